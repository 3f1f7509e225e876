"""The arguments of a call by a JSON Schema, for tools that are no Python functions.

They are read as those of functions are: what says "nothing" is left out, numbers that are written as text are numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any

from orchestrator.tools.reading import left_out, object_of

if TYPE_CHECKING:
    from jsonschema import ValidationError

MOST_FAULTS = 5  # that a model is told at once
WORDS = 200  # characters of one
LARGEST_WHOLE = 2**53  # up to which a number with a fraction can tell every whole one


class SchemaArguments:
    """What a tool takes: its schema for the model, and the reading of what the model writes."""

    def __init__(self, schema: Mapping[str, Any], checked: Mapping[str, Any] | None = None) -> None:
        """Raises ValueError for what is no JSON Schema; `checked` is what arguments are held against, if less."""
        from jsonschema import Draft202012Validator, SchemaError
        from referencing import Registry

        try:
            Draft202012Validator.check_schema(schema)
        except SchemaError as error:
            raise ValueError(error.message[:WORDS]) from None
        # The JSON Schema.
        self.schema = {"type": "object", "properties": {}, **schema}
        # What arguments are held against.
        self._checked = self.schema if checked is None else {"type": "object", "properties": {}, **checked}
        # Validates. An empty registry: otherwise it would fetch what references to elsewhere name, also files.
        self._validator = Draft202012Validator(self._checked, registry=Registry())

    def read(self, text: str) -> dict[str, Any]:
        """Return the values by argument, with defaults for those that are left out; raises ValueError."""
        from referencing.exceptions import Unresolvable

        given = object_of(text)
        if given == [] and not self._checked.get("required"):
            given = {}
        given = left_out(given, self._checked, self._checked.get("$defs", {}))
        if isinstance(given, dict):
            given = {name: _as_meant(value, self._property(name)) for name, value in given.items()}
        try:
            faults = [_told(error) for error in islice(self._validator.iter_errors(given), MOST_FAULTS)]
        except Unresolvable:
            raise ValueError("arguments: their schema refers to what is not in it") from None
        if faults:
            raise ValueError("; ".join(faults))
        defaults = {
            name: each["default"]
            for name, each in self._checked["properties"].items()
            if isinstance(each, Mapping) and each.get("default") is not None
        }
        return {**defaults, **given}

    def _property(self, name: str) -> Any:
        return self._checked["properties"].get(name, {})


def _as_meant(value: Any, schema: Any) -> Any:
    """Return a value of the type that the schema wants, where a model has written the right one as another."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if kind in ("integer", "number") and isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            return value
        whole = number.is_integer() and abs(number) < LARGEST_WHOLE
        return int(number) if whole else number if math.isfinite(number) else value
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return value


def _told(error: ValidationError) -> str:
    """Say what is wrong, where, and without the value."""
    where = ".".join(map(str, error.absolute_path)) or "arguments"
    wanted: Any = error.validator_value
    schema: Any = error.schema
    instance: Any = error.instance
    match error.validator:
        case "required":
            missing = next((name for name in wanted if name not in instance), "")
            return f"{'' if where == 'arguments' else f'{where}.'}{missing}: Field required"
        case "additionalProperties":
            known = schema.get("properties", {})
            return f"{next(name for name in instance if name not in known)}: there is no such argument"
        case "type":
            return f"{where}: must be of type {wanted if isinstance(wanted, str) else ' or '.join(wanted)}"
        case "enum":
            return f"{where}: must be one of {', '.join(map(str, wanted))}"[:WORDS]
        case "pattern":
            return f"{where}: must match {wanted}"[:WORDS]
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "minLength" | "maxLength" | "format":
            return f"{where}: {error.validator} is {wanted}"[:WORDS]
    return f"{where}: does not fit its schema ({error.validator})"
