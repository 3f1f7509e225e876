"""The arguments of a call, as models write them: read, relieved of what only says "nothing", and validated.

A parameter that has a default may be left out, and models have more ways to do that than to leave it out: null, "",
"null", {}. A schema allows none of them, so they are taken for what they mean before the values are validated. A value
that the schema does allow is never touched, except that "" and "null" are no text where there is a default, and "none"
is none where that is None. What nobody asked for and says nothing is dropped. An object or array that is written as
text, where no text may stand, is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

LONGEST = 200_000  # characters of the arguments of one call
NOTHING = frozenset({"", "null", "none", "nil", "undefined", "n/a"})  # in lower case, as a value of no text type
NO_TEXT = frozenset({"", "null"})  # where any text is valid; "none" may be what the caller said
UNSET_TEXT = NOTHING - {"nil"}  # where any text is valid, and None by default; Nil is a name
Schema = Mapping[str, Any]
NEVER: Schema = {"type": ""}  # what no value fits


def object_of(text: str) -> Any:
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
    alternatives = list(_alternatives(schema, definitions))
    value = _unquoted(value, alternatives)
    for one in alternatives:
        if isinstance(value, Mapping) and "properties" in one:
            known, needed = one["properties"], one.get("required", ())
            # A member that does not exist is kept, and refused, if it says something.
            unknown = NEVER if one.get("additionalProperties") is False else {}
            kept = {
                name: member
                for name, member in value.items()
                if name in needed or not _is_nothing(member, known.get(name, unknown), definitions)
            }
            return {name: left_out(member, known.get(name, {}), definitions) for name, member in kept.items()}
        if isinstance(value, list) and "items" in one:
            return [left_out(member, one["items"], definitions) for member in value]
    return value


def _unquoted(value: Any, alternatives: Sequence[Schema]) -> Any:
    """Return the object or array that a model has written as text, where no text may stand."""
    if not isinstance(value, str) or any(one.get("type") not in ("object", "array", "null") for one in alternatives):
        return value
    try:
        return json.loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return value


def _is_nothing(value: Any, schema: Schema, definitions: Schema) -> bool:
    alternatives = list(_alternatives(schema, definitions))
    if value is None:
        return not any(_takes_null(one) for one in alternatives)
    if value in ({}, []):
        return not any(one.get("type", "object") in ("object", "array") for one in alternatives)
    if not isinstance(value, str) or any(value in (*one.get("enum", ()), one.get("const")) for one in alternatives):
        return False
    if not any(_takes_any_text(one) for one in alternatives):
        return value.strip().lower() in NOTHING
    return value.strip().lower() in (UNSET_TEXT if schema.get("default", ...) is None else NO_TEXT)


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
