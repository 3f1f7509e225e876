"""The arguments of a call, as models write them: read, relieved of what only says "nothing", and validated.

A parameter that has a default may be left out, and models have more ways to do that than to leave it out: null, "",
"null". A schema allows none of them, so they are taken for what they mean before the values are validated. A value that
the schema does allow is never touched, except that "" and "null" are no text where there is a default.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from pydantic import ValidationError

from orchestrator.tools.parameters import arguments_model, parameters_schema

LONGEST = 200_000  # characters of the arguments of one call
NOTHING = frozenset({"", "null", "none", "nil", "undefined", "n/a"})  # in lower case, as a value of no text type
NO_TEXT = frozenset({"", "null"})  # where any text is valid; "none" may be what the caller said
Schema = Mapping[str, Any]


class Arguments:
    """What a function takes: its schema for the model, and the reading of what the model writes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        """Raises TypeError when a model cannot call the function."""
        # Validates.
        self._model = arguments_model(function)
        # The JSON Schema.
        self.schema = parameters_schema(self._model)

    def read(self, text: str) -> dict[str, Any]:
        """Return the values by parameter, without those left to the function's defaults; raises ValueError."""
        given = _object(text)
        if given == [] and "required" not in self.schema:
            given = {}
        given = left_out(given, self.schema, self.schema.get("$defs", {}))
        try:
            # As JSON again: only so a model with `strict` fields takes dates and the like.
            model = self._model.model_validate_json(json.dumps(given, allow_nan=False))
        except ValidationError as error:
            faults = error.errors(include_url=False, include_input=False, include_context=False)
            listed = (f"{'.'.join(map(str, fault['loc'])) or 'arguments'}: {fault['msg']}" for fault in faults)
            raise ValueError("; ".join(listed)) from None
        fields = type(model).model_fields
        return {str(fields[name].alias): getattr(model, name) for name in model.model_fields_set}


def _object(text: str) -> Any:
    """Read the arguments as a whole; nothing at all, however it is said, is no arguments."""
    if len(text) > LONGEST:
        raise ValueError(f"arguments: longer than {LONGEST} characters")
    value: Any = text
    for _ in range(2):  # some models write the object as a string of JSON
        if not isinstance(value, str):
            break
        if value.strip().lower() in NOTHING:
            return {}
        try:
            value = json.loads(value, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise ValueError("arguments: Invalid JSON") from None
    return {} if value is None else value


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def left_out(value: Any, schema: Schema, definitions: Schema) -> Any:
    """Return a value without the members, here and inside, that are optional and say nothing."""
    for one in _alternatives(schema, definitions):
        if isinstance(value, Mapping) and "properties" in one:
            known, needed = one["properties"], one.get("required", ())
            kept = {
                name: member
                for name, member in value.items()
                if name in needed or name not in known or not _is_nothing(member, known[name], definitions)
            }
            return {name: left_out(member, known.get(name, {}), definitions) for name, member in kept.items()}
        if isinstance(value, list) and "items" in one:
            return [left_out(member, one["items"], definitions) for member in value]
    return value


def _is_nothing(value: Any, schema: Schema, definitions: Schema) -> bool:
    if value is not None and not isinstance(value, str):
        return False
    alternatives = list(_alternatives(schema, definitions))
    if value is None:
        return not any(_takes_null(one) for one in alternatives)
    word = value.strip().lower()
    if any(value in (*one.get("enum", ()), one.get("const")) for one in alternatives):
        return False
    return word in (NO_TEXT if any(_takes_any_text(one) for one in alternatives) else NOTHING)


def _alternatives(schema: Schema, definitions: Schema) -> Iterator[Schema]:
    """Yield the schemas that a value may match, without those that only name others."""
    if "$ref" in schema:
        schema = definitions.get(str(schema["$ref"]).rpartition("/")[2], {})
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _alternatives(one, definitions)
    if "anyOf" not in schema and "oneOf" not in schema:
        yield schema


def _takes_null(schema: Schema) -> bool:
    return schema.get("type", "null") == "null" and schema.get("const") is None and None in schema.get("enum", (None,))


def _takes_any_text(schema: Schema) -> bool:
    return schema.get("type", "string") == "string" and not schema.keys() & {"enum", "const", "format"}
