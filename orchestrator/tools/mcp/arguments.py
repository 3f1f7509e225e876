"""The arguments of a server's tool, as models write them: read, made to fit its schema, and validated by it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.tools.python.arguments import left_out, whole

Schema = Mapping[str, Any]
MOST_FAULTS, LONGEST = 3, 200  # that a model is told, and characters of one


def read(text: str, schema: Schema) -> dict[str, Any]:
    """Return the values by argument; raises ValueError with what is wrong with them."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match

    given = whole(text)
    if not isinstance(given, Mapping):
        raise ValueError("arguments: not an object")
    definitions = schema.get("$defs", {})
    known = schema.get("properties", {})
    values = {
        name: _fitting(value, known.get(name, {})) for name, value in left_out(given, schema, definitions).items()
    }
    errors = list(Draft202012Validator(schema).iter_errors(values))[: MOST_FAULTS + 1]
    if errors:
        told = [best_match([error]) or error for error in errors[:MOST_FAULTS]]
        faults = (f"{'.'.join(map(str, one.absolute_path)) or 'arguments'}: {one.message[:LONGEST]}" for one in told)
        raise ValueError("; ".join(faults))
    return values


def _fitting(value: Any, schema: Any) -> Any:
    """Return a value as the type that its argument has, where a model has written it as another."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    if kind == "string" and isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # models write order numbers as numbers
    if kind in ("integer", "number", "boolean") and isinstance(value, str):
        try:
            read = json.loads(value.strip().lower())
        except (ValueError, RecursionError):
            return value
        return read if isinstance(read, int | float) else value
    return value
