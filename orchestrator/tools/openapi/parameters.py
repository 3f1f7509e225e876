"""Parameters of an operation in its path, query and headers, and how their values are written there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.tools.openapi.media import json_content
from orchestrator.tools.openapi.reading import Document, Fault, Placed
from orchestrator.tools.openapi.schemas import Schema, Schemas, shortened, without_null

# Where a parameter is → the styles in which its value can be written there; the first one is that of most.
STYLES = {
    "path": ("simple",),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
}
BETWEEN = {"spaceDelimited": " ", "pipeDelimited": "|"}  # the items of a list; a comma for all other styles
# What the client writes itself, and what an operation cannot describe; in lower case.
OWN_HEADERS = frozenset({"accept", "content-type", "content-length", "host", "connection", "transfer-encoding"})
OWN_HEADERS |= {"authorization", "cookie", "te", "upgrade", "trailer", "expect", "proxy-authorization"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an operation."""

    name: str
    where: str  # path, query or header
    schema: Schema
    required: bool
    style: str
    explode: bool  # items of a list, and members of an object, are written one by one
    is_json: bool  # the value is written as JSON

    @property
    def same(self) -> Any:
        """The only value that it can have, if it must be given; else None."""
        listed = self.schema.get("enum", ())
        return listed[0] if self.required and len(listed) == 1 else None

    def text(self, value: Any) -> str:
        """Return a value as it is written in a path or a header."""
        if self.is_json:
            return _json(value)
        if isinstance(value, Mapping):
            sign = "=" if self.explode else ","
            return ",".join(f"{key}{sign}{_text(each)}" for key, each in value.items())
        return ",".join(map(_text, value)) if isinstance(value, list) else _text(value)

    def pairs(self, value: Any) -> list[tuple[str, str]]:
        """Return names and values as they are written in a query."""
        if self.is_json:
            return [(self.name, _json(value))]
        if isinstance(value, Mapping):
            return list(self._members(value))
        if not isinstance(value, list):
            return [(self.name, _text(value))]
        if self.explode and self.style not in BETWEEN:
            return [(self.name, _text(each)) for each in value]
        return [(self.name, BETWEEN.get(self.style, ",").join(map(_text, value)))]

    def _members(self, value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        if self.style == "deepObject":
            yield from _deep(self.name, value)
        elif self.explode:
            yield from ((key, _text(each)) for key, each in value.items())
        else:
            yield self.name, ",".join(f"{key},{_text(each)}" for key, each in value.items())


def _deep(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _deep(f"{name}[{key}]", each)
    else:
        yield from ((name, _text(each)) for each in (value if isinstance(value, list) else [value]))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_parameters(
    document: Document, schemas: Schemas, item: Placed, operation: Placed, given: frozenset[str]
) -> tuple[list[Parameter], list[Fault]]:
    """Return the parameters of an operation, and what is wrong with those that are left out.

    Headers that are given in the team file (`given`, in lower case) are none of them. Raises `Fault` when one that
    must be given cannot be.
    """
    found: dict[tuple[str, str], Placed] = {}
    for listed in (item.get("parameters"), operation.get("parameters")):
        for each in listed if isinstance(listed, list) else ():
            parameter = document.mapping(each)
            found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    kept: list[Parameter] = []
    left_out: list[Fault] = []
    for (where, name), parameter in found.items():
        required = where == "path" or parameter.get("required") is True
        if where == "header" and name.lower() in OWN_HEADERS | given:
            continue
        if not required and parameter.get("deprecated") is True:
            continue
        try:
            kept.append(_parameter(document, schemas, parameter, required=required))
        except Fault as fault:
            if required:
                raise
            left_out.append(fault)
    return kept, left_out


def _parameter(document: Document, schemas: Schemas, parameter: Placed, *, required: bool) -> Parameter:
    name, where = str(parameter.get("name")), str(parameter.get("in"))
    at = parameter.place("in", "name")
    if where not in STYLES:
        what = f"the parameter {name!r} is a cookie" if where == "cookie" else f"a parameter is in {where!r}"
        raise Fault(f"{what}, which is not sent", "Use an operation that does without it.", at)
    style = str(parameter.get("style", STYLES[where][0]))
    if style not in STYLES[where]:
        what = f"the parameter {name!r} has the style {style!r}, which is not written"
        raise Fault(what, f"Use {' or '.join(STYLES[where])}.", parameter.place("style"))
    content = document.mapping(parameter.get("content"))
    media = json_content(document, content)
    if content and media is None:
        raise Fault(f"the parameter {name!r} is not JSON", "Use an operation that does without it.", at)
    schema = schemas.read((media[1] if media else parameter).get("schema")) or {"type": "string"}
    if isinstance(about := parameter.get("description"), str) and about.strip():
        schema = schema | {"description": shortened(about)}
    explode = parameter.get("explode", style == "form") is True
    known = schema if required else without_null(schema)
    return Parameter(name, where, known, required, style, explode, media is not None)
