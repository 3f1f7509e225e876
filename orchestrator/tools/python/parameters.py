"""What a model needs to know of a function, from its signature and docstring: description, JSON Schema, validation."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from types import SimpleNamespace
from typing import Annotated, Any, get_args, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, create_model
from pydantic.fields import FieldInfo

from orchestrator.team.tools import NAME, VALID_NAME
from orchestrator.tools.python.json_schema import NotStrict, schema_of, tidy

CALL = "call"  # the parameter that receives the call; the model does not see it
SIMPLE = (bool, int, float, str)
SECTION = re.compile(r"^(Args|Arguments|Parameters|Returns|Raises|Yields|Examples?)\s*[:：]\s*$")
ARGUMENTS = ("Args", "Arguments", "Parameters")
ARGUMENT = re.compile(r"^\s+\*{0,2}(\w+)\s*(?:[(（].*?[)）])?\s*[:：]\s*(.*)$")
SIGNATURE = "Give every parameter a name and a simple type."
LOST = "The model is not told of it: use None, or describe it in the docstring."
# A line that looks as if it described a parameter, in one of the other styles: `:param int NAME: …`, `NAME : int`.
MEANT = r"^\s*(?:[-*•]\s*|[:@]param\s+(?:\S+\s+)?)?`*{name}`*\s*(?:[(（][^)）]*[)）])?\s*(?:[:：=–—]|-)"
DESCRIBED = "`Args:`, and below it, indented, `NAME: what it is`,"
TYPED_DICT = "Import TypedDict from typing_extensions."
TYPES = "Use one of the types that docs/team-file.md lists under Tools."


class Unusable(TypeError):
    """A signature that a model cannot call: what is wrong, and what to do."""

    def __init__(self, what: str, remedy: str = SIGNATURE) -> None:
        super().__init__(what)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter that the model fills in."""

    name: str
    annotation: Any
    default: Any  # `...` when it has none
    lost: tuple[str, ...]  # defaults, its own and those in its type, that JSON does not have


def written(function: Callable[..., Any]) -> Any:
    """Return the function that an author wrote: below decorators and `partial`, and of an object that can be called."""
    function = inspect.unwrap(function)
    if isinstance(function, partial):
        return written(function.func)
    return function if inspect.isroutine(function) else type(function).__call__


def describe(function: Callable[..., Any]) -> tuple[str, dict[str, str]]:
    """Return a function's description and those of its parameters, from a Google-style docstring.

    A line that describes no parameter, in whatever section, is part of the description.
    """
    text: list[str] = []
    parameters: dict[str, str] = {}
    section, depth, last = "", 0, ""
    for line in _docstring(function).splitlines():
        indent = len(line) - len(line.lstrip())
        if heading := SECTION.match(line):
            section, depth, last = heading.group(1), 0, ""
        elif line.strip() and not indent:
            section = ""
            text.append(line)
        elif section in ARGUMENTS and line.strip():
            found = ARGUMENT.match(line)
            depth = depth or indent
            if found and indent <= depth:
                last = found.group(1)
                parameters[last] = found.group(2).strip()
            elif last:
                parameters[last] = f"{parameters[last]} {line.strip()}".strip()
            else:
                text.append(line)
        elif not section:
            text.append(line)
    return " ".join(" ".join(text).split()), parameters


def _docstring(function: Callable[..., Any]) -> str:
    """Return a function's docstring; an object that can be called has one at its `__call__`, or that of its class."""
    own = function.__doc__
    if own == type(function).__doc__:
        own = written(function).__doc__ or ("" if isinstance(function, partial) else own)
    return inspect.cleandoc(own or "")


def doubts(function: Callable[..., Any], schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what a function does not tell the model, or tells of nothing: what, and what to do.

    `schema` is that of its arguments.
    """
    text, described = describe(function)
    if not text:
        yield "has no docstring that says what it does", "Write one: it tells the model when to call the tool."
    parameters = list(_parameters(function))
    # Of these the model learns no more than the name and the type.
    unsaid = [name for name, one in schema["properties"].items() if "description" not in one] if text else []
    # With those that `partial` has filled in: the docstring is that of the whole function.
    known = {*inspect.signature(function).parameters, *inspect.signature(written(function)).parameters}
    for name in described.keys() - known:
        close = get_close_matches(name, [parameter.name for parameter in parameters], 1)
        unsaid = [other for other in unsaid if other not in close]
        hint = f"Did you mean {close[0]!r}?" if close else "Remove it from the docstring."
        yield f"has no argument {name!r}, but its docstring describes one", hint
    for parameter in parameters:
        meant = re.search(MEANT.format(name=parameter.name), _docstring(function), re.MULTILINE)
        if meant and parameter.name not in described:
            unsaid = [other for other in unsaid if other != parameter.name]
            yield f"describes {parameter.name!r} in a way that is not read", f"Write {DESCRIBED} in its docstring."
        if not VALID_NAME.match(parameter.name):
            yield f"has an argument {parameter.name!r}, a name that some services refuse", NAME
        for value in parameter.lost:
            yield f"has a default for {parameter.name!r} that JSON does not have: {value}", LOST
    if unsaid:
        yield f"does not describe {', '.join(map(repr, unsaid))}", f"Write {DESCRIBED} in its docstring."


def arguments_model(function: Callable[..., Any]) -> type[BaseModel]:
    """Build the pydantic model of a function's arguments; raises `Unusable` if a model cannot call the function.

    The fields have neutral names and the parameters' names as aliases: a parameter may be called `json` or `copy`.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise Unusable("it is a generator; a tool must return its result")
    _, described = describe(function)
    fields: dict[str, Any] = {}
    for number, parameter in enumerate(_parameters(function)):
        about = described.get(parameter.name) or _words(parameter.annotation)
        field = Field(parameter.default, alias=parameter.name)
        if about:  # otherwise the annotation may have a description
            field = Field(parameter.default, alias=parameter.name, description=about)
        fields[f"argument_{number}"] = (parameter.annotation, field)
    # Models write order numbers as numbers; JSON has no infinite ones.
    config = ConfigDict(extra="forbid", coerce_numbers_to_str=True, allow_inf_nan=False)
    return create_model(getattr(function, "__name__", "tool"), __config__=config, **fields)


def parameters_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a tool's arguments, without titles, and with references only for recursive types."""
    return tidy(schema_of(model.__pydantic_core_schema__)[0])


def _parameters(function: Callable[..., Any]) -> Iterator[Parameter]:
    """Yield each parameter that the model fills in; raises `Unusable`."""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
            raise Unusable(f"the parameter {name!r} cannot be passed by name")
        if name == CALL:
            _check_call(function, parameter)
        else:
            yield _parameter(function, parameter)


def _check_call(function: Callable[..., Any], parameter: inspect.Parameter) -> None:
    """Refuse a parameter that was meant for the model, and would silently be the running call instead."""
    kind: Any = type(parameter.default)
    if parameter.annotation is not parameter.empty:
        try:
            kind = _resolved(function, parameter)
            TypeAdapter(kind).json_schema()
        except Exception:
            return  # no data: a class or protocol of the author's, or known to type checkers only
        ours = any(str(getattr(one, "__module__", "")).startswith("orchestrator.") for one in (kind, *get_args(kind)))
        if kind in (Any, object) or ours:
            return
    elif not isinstance(parameter.default, SIMPLE):
        return
    name = getattr(kind, "__name__", str(kind))
    raise Unusable(f"the parameter 'call' is the running call, and cannot be of type {name}", "Rename it.")


def _parameter(function: Callable[..., Any], parameter: inspect.Parameter) -> Parameter:
    name, default = parameter.name, ... if parameter.default is parameter.empty else parameter.default
    try:
        annotation = _resolved(function, parameter)
        if _default_in_field(annotation, default):
            remedy = f"Write `{name}: Annotated[…, Field(…)] = …`."
            raise Unusable(f"the default of {name!r} is in a Field, which a function does not see", remedy)
        alone: Any = Annotated[annotation, Field(default=default)]
        _, lost = schema_of(TypeAdapter(alone).core_schema)
    except Unusable:
        raise
    except NameError as error:
        raise Unusable(f"the type of {name!r} is unknown: {error}") from None
    except NotStrict as error:
        raise Unusable(f"the type of {name!r} holds {error}, which JSON does not have", "Leave it out.") from None
    except Exception as error:
        remedy = TYPED_DICT if getattr(error, "code", "") == "typed-dict-version" else TYPES
        raise Unusable(f"the type of {name!r} cannot be described in JSON Schema", remedy) from None
    return Parameter(name, annotation, default, lost)


def _resolved(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return a parameter's type; one without annotation is text, or what its default is."""
    if parameter.annotation is parameter.empty:
        return type(parameter.default) if isinstance(parameter.default, SIMPLE) else str
    # One at a time: the annotations of `call` and of the result may name what only exists for type checkers.
    alone = SimpleNamespace(__annotations__={parameter.name: parameter.annotation})
    names = getattr(written(function), "__globals__", {})
    return get_type_hints(alone, globalns=names, include_extras=True)[parameter.name]


def _default_in_field(annotation: Any, default: Any) -> bool:
    inside = (one for one in getattr(annotation, "__metadata__", ()) if isinstance(one, FieldInfo))
    return isinstance(default, FieldInfo) or (default is ... and any(not one.is_required() for one in inside))


def _words(annotation: Any) -> str:
    """Return the text in `Annotated[str, "the order's number"]`, or in a `Doc` in its place."""
    told = (getattr(one, "documentation", one) for one in getattr(annotation, "__metadata__", ()))
    return next((one for one in told if isinstance(one, str)), "")
