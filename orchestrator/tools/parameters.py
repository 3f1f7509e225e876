"""What a model needs to know of a function, from its signature and docstring: description, JSON Schema, validation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from types import SimpleNamespace
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.errors import PydanticUserError

CALL = "call"  # the parameter that receives the call; the model does not see it
SIMPLE = (bool, int, float, str)
SECTION = re.compile(r"^(Args|Arguments|Returns|Raises|Yields|Examples?|Notes?):\s*$")
ARGUMENT = re.compile(r"^\s+\*{0,2}(\w+)\s*(?:\([^)]*\))?:\s*(.*)$")
LEAF = ("default", "const", "enum", "examples")  # keys of a JSON Schema whose values are not schemas


def describe(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return a function's description and those of its parameters, from a Google-style docstring."""
    text: list[str] = []
    parameters: dict[str, str] = {}
    section, depth, last = "", 0, ""
    for line in inspect.cleandoc(function.__doc__ or "").splitlines():
        indent = len(line) - len(line.lstrip())
        if heading := SECTION.match(line):
            section, depth, last = heading.group(1), 0, ""
        elif line.strip() and not indent:
            section = ""
            text.append(line)
        elif section in ("Args", "Arguments") and line.strip():
            found = ARGUMENT.match(line)
            depth = depth or indent
            if found and indent <= depth:
                last = found.group(1)
                parameters[last] = found.group(2).strip()
            elif last:
                parameters[last] = f"{parameters[last]} {line.strip()}".strip()
        elif not section:
            text.append(line)
    return " ".join(" ".join(text).split()), parameters


def doubts(function: Callable[..., Any]) -> Iterator[tuple[str, str]]:
    """Yield what is missing in a function's docstring, or describes nothing: what, and what to do."""
    text, described = describe(function)
    if not text:
        yield "has no docstring that says what it does", "Write one: it tells the model when to call the tool."
    names = [name for name in inspect.signature(function).parameters if name != CALL]
    for name in described.keys() - {*names, CALL}:
        close = get_close_matches(name, names, 1)
        hint = f"Did you mean {close[0]!r}?" if close else "Remove it from the docstring."
        yield f"has no argument {name!r}, but its docstring describes one", hint


def arguments_model(function: Callable[..., Any]) -> type[BaseModel]:
    """Build the pydantic model of a function's arguments; raises TypeError if a model cannot call the function.

    The fields have neutral names and the parameters' names as aliases: a parameter may be called `json` or `copy`.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError("it is a generator; a tool must return its result")
    _, described = describe(function)
    fields: dict[str, Any] = {}
    for number, (name, annotation, parameter) in enumerate(_parameters(function)):
        default = ... if parameter.default is parameter.empty else parameter.default
        field = Field(default, alias=name)
        if name in described:  # otherwise the annotation may have a description
            field = Field(default, alias=name, description=described[name])
        fields[f"argument_{number}"] = (annotation, field)
    config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)  # models write order numbers as numbers
    return create_model(getattr(function, "__name__", "tool"), __config__=config, **fields)


def _parameters(function: Callable[..., Any]) -> list[tuple[str, Any, inspect.Parameter]]:
    """Return name, type and declaration of each parameter that the model fills in."""
    found = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise TypeError(f"the parameter {name!r} cannot be passed by name")
        if name != CALL:
            found.append((name, _annotation(function, name, parameter), parameter))
    return found


def _annotation(function: Callable[..., Any], name: str, parameter: inspect.Parameter) -> Any:
    if parameter.annotation is parameter.empty:
        return type(parameter.default) if isinstance(parameter.default, SIMPLE) else str
    # One at a time: the annotations of `call` and of the result may name what only exists for type checkers.
    alone = SimpleNamespace(__annotations__={name: parameter.annotation})
    try:
        names = getattr(inspect.unwrap(function), "__globals__", {})
        annotation = get_type_hints(alone, globalns=names, include_extras=True)[name]
        TypeAdapter(annotation).json_schema()
    except NameError as error:
        raise TypeError(f"the type of {name!r} is unknown: {error}") from None
    except PydanticUserError:
        raise TypeError(f"the type of {name!r} cannot be described in JSON Schema") from None
    return annotation


def parameters_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, without titles, and with references only for recursive types."""
    whole = model.model_json_schema()
    definitions = whole.pop("$defs", {})
    schema: dict[str, Any] = _plain(whole, definitions, ())
    schema.setdefault("properties", {})
    if "#/$defs/" in repr(schema):
        schema["$defs"] = {name: _plain(each, {}, ()) for name, each in definitions.items()}
    return schema


def _plain(schema: Any, definitions: Mapping[str, Any], inside: tuple[str, ...]) -> Any:
    if isinstance(schema, list):
        return [_plain(item, definitions, inside) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = str(schema.get("$ref", "")).removeprefix("#/$defs/")
    if name in definitions and name not in inside:
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        return _plain({**definitions[name], **beside}, definitions, (*inside, name))
    return {
        key: value if key in LEAF else _plain(value, definitions, inside)
        for key, value in schema.items()
        if key != "title" or not isinstance(value, str)
    }
