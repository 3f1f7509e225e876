"""The operations of an OpenAPI file: which there are, and what each of them takes and sends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from orchestrator.tools.openapi.body import Body, Incomplete
from orchestrator.tools.openapi.body import Path as BodyPath
from orchestrator.tools.openapi.media import json_content
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

    path: dict[str, str]  # parameter → its value
    query: list[tuple[str, str]]
    headers: dict[str, str]
    body: Any  # None: none


@dataclass(slots=True)
class Operation:
    """What an operation takes, and how that is sent."""

    method: str
    path: str
    about: str  # what it does, for the model
    arguments: dict[str, Source] = field(default_factory=dict)  # argument → what it is
    body: Body | None = None
    same: list[tuple[Parameter, Any]] = field(default_factory=list)  # parameters that can have one value only
    schema: Schema = field(default_factory=dict)  # of all arguments

    def parts(self, values: Mapping[str, Any]) -> Parts:
        """Return what is sent for these values; raises ValueError when one is missing beside others."""
        found = Parts({}, [], {}, None)
        given = [(source, values[name]) for name, source in self.arguments.items() if name in values]
        parameters = [(source, value) for source, value in given if isinstance(source, Parameter)]
        for parameter, value in [*self.same, *parameters]:
            if parameter.where == "query":
                found.query.extend(parameter.pairs(value))
            else:
                (found.path if parameter.where == "path" else found.headers)[parameter.name] = parameter.text(value)
        if self.body is None:
            return found
        below = {source: value for source, value in given if isinstance(source, tuple)}
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
    described = {parameter.name for parameter in parameters if parameter.where == "path"}
    for name in BRACES.findall(listed.path):
        if name not in described:
            raise Fault(f"no parameter describes {{{name}}} in its path", "Add it to `parameters`.", listed.at)
    operation = Operation(listed.method, listed.path, _about(listed))
    required: list[str] = []
    properties: dict[str, Schema] = {}

    def add(source: Source, schema: Schema, needed: bool, *names: str) -> None:
        name = unlike(operation.arguments, *names)
        operation.arguments[name] = source
        properties[name] = schema
        required.extend([name] if needed else [])

    for each in parameters:
        if each.same is not None:
            operation.same.append((each, each.same))
        elif each.where != "path" or each.name in BRACES.findall(listed.path):
            add(each, each.schema, each.required, usable(each.name), usable(each.where, each.name))
    body, fault = _body(document, schemas, listed.operation)
    left_out += [fault] if fault else []
    for value in body.fields if body else ():
        add(value.path, value.schema, value.required, usable(*value.words), usable("body", *value.words))
    operation.body = body
    operation.schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        operation.schema["required"] = required
    return operation, left_out


def _about(listed: Listed) -> str:
    """Return what an operation does, for the model."""
    texts = [listed.operation.get(key) for key in ("summary", "description")]
    known = [" ".join(text.split()) for text in texts if isinstance(text, str) and text.strip()]
    if len(known) == 2 and known[1].startswith(known[0].rstrip(".")):
        del known[0]
    sentences = " ".join(text if text.endswith((".", "!", "?")) else f"{text}." for text in known)
    return shortened(sentences, ABOUT) or listed.name.replace("_", " ")


def _body(document: Document, schemas: Schemas, operation: Placed) -> tuple[Body | None, Fault | None]:
    """Return the body of an operation's requests, and what is wrong with one that is left out."""
    body = document.mapping(operation.get("requestBody"))
    if not body:
        return None, None
    content = document.mapping(body.get("content"))
    media, required = json_content(document, content), body.get("required") is True
    if media is not None:
        return Body(schemas.read(media.get("schema")), required=required), None
    kinds = " or ".join(content) or "nothing"
    fault = Fault(f"its body is {kinds}, and only JSON is sent", SIMPLER, operation.place("requestBody"))
    if required:
        raise fault
    return None, fault
