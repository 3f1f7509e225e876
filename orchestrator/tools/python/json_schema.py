"""JSON Schema of Python types, as a Realtime service takes it: strict JSON, arrays with `items`, few references."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticSerializationError, to_jsonable_python

LEAF = ("default", "const", "enum", "examples")  # keys of a JSON Schema whose values are not schemas


class NotStrict(Exception):
    """A schema with something in it that JSON does not have; the text says what."""


class ToolSchema(GenerateJsonSchema):
    """Pydantic's schemas, without what services refuse or models cannot read."""

    def __init__(self) -> None:
        super().__init__()
        # Defaults that JSON does not have: left out, as they mean nothing to the model.
        self.lost: list[str] = []

    def encode_default(self, dft: Any) -> Any:
        """Return a default as JSON has it; raises what makes pydantic leave it out."""
        plain = dft._asdict() if isinstance(dft, tuple) and hasattr(dft, "_asdict") else dft
        try:
            strict(float(dft) if isinstance(dft, Decimal) else to_jsonable_python(dft))
        except (ValueError, TypeError):  # pydantic would write null
            raise PydanticSerializationError("not JSON") from None
        return float(dft) if isinstance(dft, Decimal) else super().encode_default(plain)

    def emit_warning(self, kind: Any, detail: str) -> None:
        """Keep what is left out, for the author."""
        if kind == "non-serializable-default":
            self.lost.append(detail.removeprefix("Default value ").partition(" is not JSON")[0])

    def decimal_schema(self, schema: Any) -> JsonSchemaValue:
        """Write a decimal as a number only: the pattern of its other form is of a kind that services refuse."""
        number: JsonSchemaValue = super().decimal_schema(schema)["anyOf"][0]
        return number

    def enum_schema(self, schema: Any) -> JsonSchemaValue:
        """Refuse an enum whose values no JSON is equal to, such as tuples."""
        if not all(isinstance(member.value, str | int | float | None) for member in schema["members"]):
            self.handle_invalid_for_json_schema(schema, "an enum of other values than text and numbers")
        return super().enum_schema(schema)

    def is_subclass_schema(self, schema: Any) -> JsonSchemaValue:
        """Refuse `type[…]`: there are no classes in JSON."""
        return self.handle_invalid_for_json_schema(schema, "a class")

    def named_tuple_schema(self, schema: Any) -> JsonSchemaValue:
        """Write a named tuple as an object: an array has no names."""
        return self.kw_arguments_schema(schema["fields"], None)

    def arguments_schema(self, schema: Any) -> JsonSchemaValue:
        """Write a named tuple as an object, as older versions of pydantic describe it."""
        return self.kw_arguments_schema(schema["arguments_schema"], None)


def strict(value: Any) -> None:
    """Raise ValueError or TypeError when a value cannot be written as JSON in UTF-8."""
    json.dumps(value, allow_nan=False, ensure_ascii=False).encode()


def schema_of(core_schema: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the JSON Schema of what pydantic validates, and the defaults that it cannot hold.

    Raises `NotStrict` when it is no JSON, and what pydantic raises when there is none.
    """
    generator = ToolSchema()
    schema = generator.generate(core_schema)
    try:
        strict(schema)
    except (ValueError, TypeError):
        raise NotStrict(_culprit(schema)) from None
    return schema, tuple(generator.lost)


def _culprit(value: Any) -> str:
    """Return what in a value is no JSON."""
    if isinstance(value, Mapping | list | tuple):
        inside = value.values() if isinstance(value, Mapping) else value
        return next(filter(None, map(_culprit, inside)), "")
    plain = value is None or isinstance(value, str | int | float)
    return "" if plain and not (isinstance(value, float) and not math.isfinite(value)) else str(value)


def tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object without titles, and with references only for recursive types."""
    definitions = schema.pop("$defs", {})
    tidied: dict[str, Any] = _tidy(schema, definitions, ())
    tidied.setdefault("properties", {})
    if "#/$defs/" in repr(tidied):
        tidied["$defs"] = {name: _tidy(each, {}, ()) for name, each in definitions.items()}
    return tidied


def _tidy(schema: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_tidy(item, definitions, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in inside:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _tidy({**definitions[name], **beside}, definitions, (*inside, name))
    if schema.get("type") == "array" and "items" not in schema:  # services insist on it, also for tuples
        kinds = schema.get("prefixItems")
        schema = {**schema, "items": {"anyOf": kinds} if kinds else {}}
    return {key: _member(key, value, definitions, inside) for key, value in schema.items() if key != "title"}


def _member(key: str, value: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if key in LEAF:
        return value
    if key == "properties":  # whose keys are names, even `title`
        return {name: _tidy(each, definitions, inside) for name, each in value.items()}
    return _tidy(value, definitions, inside)
