"""The operations of an OpenAPI file: which there are, and what each of them takes and sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from orchestrator.tools.openapi.body import Body, Incomplete
from orchestrator.tools.openapi.body import Path as BodyPath
from orchestrator.tools.openapi.media import JSON, json_content
from orchestrator.tools.openapi.names import unlike, usable
from orchestrator.tools.openapi.parameters import Parameter, read_parameters
from orchestrator.tools.openapi.reading import Document, Fault, Place, Placed
from orchestrator.tools.openapi.schemas import Schema, Schemas, shortened

METHODS = ("get", "put", "post", "delete", "head", "patch")
BRACES = re.compile(r"\{([^{}]*)\}")
ABOUT = 400  # characters of the description of an operation
SIMPLER = "Leave it out of `allow`, or use an operation that does without it."
Source: TypeAlias = Parameter | BodyPath  # what an argument is: a parameter, or a value at this path in the body


@dataclass(frozen=True, slots=True)
class Listed:
    """An operation, before it is looked at."""

    name: str  # of its tool
    id: str  # as the file has it
    method: str
    path: str
    item: Placed  # what the file says of the path
    operation: Placed
    at: Place

    @property
    def words(self) -> str:
        """How it is named in messages."""
        return f"{self.method} {self.path}"


@dataclass(frozen=True, slots=True)
class Parts:
    """What the arguments become in a request."""

    path: dict[str, str]  # argument → its value
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any  # None: none


@dataclass(slots=True)
class Operation:
    """What an operation takes, and how that is sent."""

    method: str
    path: str  # with `{argument}` in it
    about: str  # what it does, for the model
    arguments: dict[str, Source] = field(default_factory=dict)  # argument → what it is
    body: Body | None = None
    same: list[tuple[Parameter, Any]] = field(default_factory=list)  # parameters that can have one value only
    content_type: str = JSON  # of the body
    schema: Schema = field(  # of all arguments
        default_factory=lambda: {"type": "object", "properties": {}, "additionalProperties": False}
    )

    def take(self, source: Source, schema: Schema, names: tuple[str, ...], *, required: bool) -> str:
        """Have one more argument, by the first of these names that is free; returns its name."""
        name = unlike(self.arguments, *names)
        self.arguments[name] = source
        self.schema["properties"][name] = schema
        if required:
            self.schema.setdefault("required", []).append(name)
        return name

    def parts(self, values: Mapping[str, Any]) -> Parts:
        """Return what is sent for these values; raises ValueError when one is missing beside others."""
        found = Parts({}, [], {}, None)
        given = [(name, source, values[name]) for name, source in self.arguments.items() if name in values]
        parameters = [(name, source, value) for name, source, value in given if isinstance(source, Parameter)]
        for name, parameter, value in [*(("", each, value) for each, value in self.same), *parameters]:
            if parameter.where == "query":
                found.query.extend(parameter.pairs(value))
            elif parameter.where == "header":
                found.headers[parameter.name] = parameter.text(value)
            else:
                found.path[name] = parameter.text(value)
        if self.body is None:
            return found
        below = {source: value for _, source, value in given if isinstance(source, tuple)}
        try:
            return Parts(found.path, found.query, found.headers, self.body.put_together(below))
        except Incomplete as error:
            missing, beside = (", ".join(map(self._argument, paths)) for paths in (error.missing, error.given))
            raise ValueError(f"{missing}: needed with {beside}" if beside else f"{missing}: missing") from None

    def _argument(self, path: BodyPath) -> str:
        return next(name for name, source in self.arguments.items() if source == path)


def list_operations(document: Document) -> tuple[list[Listed], list[Fault]]:
    """Return the operations of a file in its order, and what is wrong with those that cannot be one."""
    found: dict[str, Listed] = {}
    faults: list[Fault] = []
    for path, value in document.mapping(document.root.get("paths")).items():
        try:
            item = document.mapping(value)
        except Fault as fault:
            faults.append(fault)
            continue
        for method, operation in item.items():
            if method not in METHODS or not isinstance(operation, Placed):
                continue
            named = str(operation.get("operationId") or f"{method}{path}")
            name = usable(named)
            one = Listed(name, named, method.upper(), path, item, operation, item.place(method))
            if name in found:
                what = f"{one.words} has the name of {found[name].words}: {name!r}"
                faults.append(Fault(what, "Give it another `operationId`.", operation.place("operationId")))
            else:
                found[name] = one
    return list(found.values()), faults


def read_operation(document: Document, listed: Listed, given: frozenset[str]) -> tuple[Operation, list[Fault]]:
    """Return what an operation takes, and what of it is left out; raises `Fault` when it cannot be used.

    `given` are the headers that the team file gives, in lower case.
    """
    schemas = Schemas(document)
    parameters, left_out = read_parameters(document, schemas, listed.item, listed.operation, given)
    in_path = BRACES.findall(listed.path)
    described = {parameter.name for parameter in parameters if parameter.where == "path"}
    if missing := [name for name in in_path if name not in described]:
        raise Fault(f"no parameter describes {{{missing[0]}}} in its path", "Add it to `parameters`.", listed.at)
    operation = Operation(listed.method, listed.path, _about(listed))
    for each in parameters:
        names = usable(each.name), usable(each.where, each.name)
        if each.where == "path":
            if each.name in in_path:
                name = operation.take(each, each.schema, names, required=True)
                operation.path = operation.path.replace(f"{{{each.name}}}", f"{{{name}}}")
        elif each.same is not None:
            operation.same.append((each, each.same))
        else:
            operation.take(each, each.schema, names, required=each.required)
    operation.body, operation.content_type, fault = _body(document, schemas, listed.operation)
    for value in operation.body.fields if operation.body else ():
        names = usable(*value.words), usable("body", *value.words)
        operation.take(value.path, value.schema, names, required=value.required)
    return operation, [*left_out, fault] if fault else left_out


def _about(listed: Listed) -> str:
    """Return what an operation does, for the model."""
    texts = [listed.operation.get(key) for key in ("summary", "description")]
    known = [" ".join(text.split()) for text in texts if isinstance(text, str) and text.strip()]
    if len(known) == 2 and known[1].startswith(known[0].rstrip(".")):
        del known[0]
    sentences = " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in known)
    return shortened(sentences, ABOUT) or listed.name.replace("_", " ")


def _body(document: Document, schemas: Schemas, operation: Placed) -> tuple[Body | None, str, Fault | None]:
    """Return the body of an operation's requests, its type, and what is wrong with one that is left out."""
    body = document.mapping(operation.get("requestBody"))
    if not body:
        return None, JSON, None
    content = document.mapping(body.get("content"))
    found, required = json_content(document, content), body.get("required") is True
    if found is not None:
        kind, media = found
        return Body(schemas.read(media.get("schema")), required=required), kind, None
    kinds = " or ".join(content) or "nothing"
    fault = Fault(f"its body is {kinds}, and only JSON is sent", SIMPLER, operation.place("requestBody"))
    if required:
        raise fault
    return None, JSON, fault
