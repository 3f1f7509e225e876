"""From a function's signature and docstring to what a model must know: description, JSON Schema, validation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, create_model

CALL = "call"  # the parameter that receives the call; no argument of the model
SECTION = re.compile(r"^(Args|Arguments|Returns|Raises|Yields|Examples?|Notes?):\s*$")
ARGUMENT = re.compile(r"^\s*\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")


def describe(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return a function's description and those of its parameters, from a Google-style docstring."""
    lines = inspect.cleandoc(function.__doc__ or "").splitlines()
    text: list[str] = []
    parameters: dict[str, str] = {}
    section, last = "", ""
    for line in lines:
        if heading := SECTION.match(line):
            section = heading.group(1)
        elif not section:
            text.append(line)
        elif section in ("Args", "Arguments"):
            found = ARGUMENT.match(line)
            indent = len(line) - len(line.lstrip())
            if found and indent <= 4:
                last = found.group(1)
                parameters[last] = found.group(2).strip()
            elif line.strip() and last:
                parameters[last] = f"{parameters[last]} {line.strip()}".strip()
    return " ".join(" ".join(text).split()), parameters


def arguments_model(function: Callable[..., Any]) -> type[BaseModel]:
    """Build the pydantic model of a function's arguments; raises TypeError for a signature that no model can call."""
    hints = get_type_hints(function, include_extras=True)
    _, described = describe(function)
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"the parameter {name!r} cannot be filled by name")
        if name == CALL:
            continue
        default = ... if parameter.default is parameter.empty else parameter.default
        fields[name] = (hints.get(name, str), Field(default, description=described.get(name)))
    return create_model(function.__name__, __config__=ConfigDict(extra="forbid"), **fields)


def parameters_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, without the titles that pydantic adds."""
    schema = model.model_json_schema()
    _untitle(schema)
    schema.setdefault("properties", {})
    return schema


def _untitle(schema: Any) -> None:
    if isinstance(schema, list):
        for item in schema:
            _untitle(item)
    elif isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for value in schema.values():
            _untitle(value)
