"""From schemas of an OpenAPI file to JSON Schema for a model: small, without references, the same for 3.0 and 3.1.

What is kept is what tells a model how to fill a value in. The service checks all the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeAlias

from orchestrator.tools.openapi.reading import Document, Fault, Placed, numbers

Schema: TypeAlias = dict[str, Any]
MOST = 500  # schemas of one operation, all that it refers to included
DEEPEST = 6  # a value below is any object
WORDS = 250  # characters of a description
BOUNDS = ("multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems")
FORMATS = frozenset({"date", "date-time", "time", "email", "uuid", "uri"})
LOOKAROUND = re.compile(r"\(\?[=!<]")  # services refuse such patterns
TAG, BEFORE_SIGN = re.compile(r"<[^<>]{1,80}>"), re.compile(r" ([.,;:!?])")
ALTERNATIVES = ("oneOf", "anyOf")
ANY_OBJECT: Schema = {"type": "object"}
NULL: Schema = {"type": "null"}
TYPES = frozenset({"string", "number", "integer", "boolean", "object", "array", "null"})
TOO_LARGE = f"its arguments have more than {MOST} parts"
Inside: TypeAlias = tuple[int, ...]  # the schemas that were followed on the way to this one


class Schemas:
    """The schemas of one operation."""

    def __init__(self, document: Document) -> None:
        # The file they are in.
        self._document = document
        # How many were read.
        self._count = 0

    def read(self, schema: Any) -> Schema:
        """Return the JSON Schema of a value; raises `Fault`."""
        return self._read(schema, ())

    def _read(self, schema: Any, inside: Inside, depth: int = 0) -> Schema:
        if not isinstance(schema, Placed):
            return {}  # `true`, or none at all: any value
        self._count += 1
        if self._count > MOST:
            raise Fault(TOO_LARGE, "Leave it out of `allow`, or offer a simpler operation.", schema.here)
        followed = self._followed(schema, inside)
        if followed is None or depth > DEEPEST:
            return ANY_OBJECT
        whole, inside = followed
        listed = next((whole[key] for key in ALTERNATIVES if isinstance(whole.get(key), list)), None)
        if not listed:
            return self._one(whole, inside, depth)
        base = {key: value for key, value in whole.items() if key not in (*ALTERNATIVES, "description", "default")}
        found = []
        for each in listed:
            part = self._followed(each, inside) if isinstance(each, Placed) else None
            found.append(self._with(base, *part, depth) if part else ANY_OBJECT)
        return _either(found) | _said(whole) | _default(whole)

    def _with(self, base: Mapping[str, Any], part: Mapping[str, Any], inside: Inside, depth: int) -> Schema:
        """Read one of several alternatives together with what is said of all."""
        return self._read(_placed(_merged(base, part)), inside, depth + 1)

    def _followed(self, schema: Placed, inside: Inside) -> tuple[dict[str, Any], Inside] | None:
        """Return a schema with what its `$ref` and `allOf` lead to; None when they lead back to where one is."""
        own = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        parts = schema.get("allOf")
        todo = [each for each in parts if isinstance(each, Placed)] if isinstance(parts, list) else []
        if "$ref" in schema:
            found = self._document.target(schema)
            if id(found) in inside:
                return None
            inside = (*inside, id(found))
            todo = [found if isinstance(found, Placed) else Placed(), *todo]
        whole: dict[str, Any] = {}
        for each in todo:
            followed = self._followed(each, inside)
            if followed is None:
                return None
            whole, inside = _merged(whole, followed[0]), followed[1]
        return _merged(whole, own), inside

    def _one(self, whole: Mapping[str, Any], inside: Inside, depth: int) -> Schema:
        """Read a schema without alternatives."""
        types = _types(whole)
        found = [self._of_type(kind, whole, inside, depth) for kind in types if kind != "null"]
        if "null" in types or (found and whole.get("nullable") is True):
            found.append(NULL)
        return _either(found) | _said(whole) | _default(whole)

    def _of_type(self, kind: str, whole: Mapping[str, Any], inside: Inside, depth: int) -> Schema:
        schema: Schema = {"type": kind, **_choice(whole, kind)}
        if kind in ("number", "integer"):
            schema |= _range(whole)
        schema |= {key: numbers(whole[key]) for key in BOUNDS if key in whole}
        if kind == "string":
            schema |= _text(whole)
        elif kind == "array":
            schema["items"] = self._read(whole.get("items"), inside, depth + 1)
        elif kind == "object":
            schema |= self._members(whole, inside, depth)
        return schema

    def _members(self, whole: Mapping[str, Any], inside: Inside, depth: int) -> Schema:
        needed = [name for name in _listed(whole.get("required")) if isinstance(name, str)]
        properties: Schema = {}
        for name, each in self._document.mapping(whole.get("properties")).items():
            about = self._document.mapping(each)
            unwanted = about.get("readOnly") is True or (about.get("deprecated") is True and name not in needed)
            if not unwanted:
                properties[name] = self._read(each, inside, depth + 1)
        found: Schema = {"properties": properties} if properties else {}
        if required := [name for name in needed if name in properties]:
            found["required"] = required
        others = whole.get("additionalProperties")
        if others is False and properties:
            found["additionalProperties"] = False
        elif isinstance(others, Placed) and others:
            found["additionalProperties"] = self._read(others, inside, depth + 1)
        return found


def _placed(values: Mapping[str, Any]) -> Placed:
    found = Placed()
    found.update(values)
    return found


def _listed(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else ()


def _merged(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return two schemas that must both hold as one: members of both, and of everything else the second."""
    whole = {**base, **more}
    if isinstance(base.get("properties"), Mapping) and isinstance(more.get("properties"), Mapping):
        whole["properties"] = _placed({**base["properties"], **more["properties"]})
    if "required" in base and "required" in more:
        whole["required"] = list(dict.fromkeys([*_listed(base["required"]), *_listed(more["required"])]))
    return whole


def _types(whole: Mapping[str, Any]) -> list[str]:
    """Return the types of a value; those that are not named follow from what else is said."""
    named = whole.get("type")
    found = [str(each) for each in (named if isinstance(named, list) else [named]) if str(each) in TYPES]
    if found:
        return found
    if "properties" in whole or isinstance(whole.get("additionalProperties"), Placed):
        return ["object"]
    if "items" in whole:
        return ["array"]
    return ["string"] if whole.keys() & {"enum", "const", "format", "pattern"} else []


def _choice(whole: Mapping[str, Any], kind: str) -> Schema:
    """Return which values there are, if not all of a type."""
    listed = [whole["const"]] if "const" in whole else list(_listed(whole.get("enum")))
    values = [_of(kind, value) for value in listed if value is not None]
    return {"enum": values} if values else {}


def _of(kind: str, value: Any) -> Any:
    """Read a value of the file as one of this type: `1` may be text."""
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    return str(value) if kind == "string" and isinstance(value, str) else numbers(value)


def _range(whole: Mapping[str, Any]) -> Schema:
    """Return the bounds of a number; in 3.0 `exclusiveMinimum` says of `minimum` whether it is a value itself."""
    found: Schema = {}
    for key, strictly in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if key in whole:
            found[strictly if whole.get(strictly) is True else key] = numbers(whole[key])
        if strictly in whole and not isinstance(whole[strictly], bool):
            found[strictly] = numbers(whole[strictly])
    return {key: value for key, value in found.items() if isinstance(value, int | float)}


def _text(whole: Mapping[str, Any]) -> Schema:
    found: Schema = {"format": whole["format"]} if whole.get("format") in FORMATS else {}
    pattern = whole.get("pattern")
    if isinstance(pattern, str) and not LOOKAROUND.search(pattern):
        with suppress(re.error):  # some of JavaScript's are none here
            re.compile(pattern)
            found["pattern"] = str(pattern)
    return found


def _said(whole: Mapping[str, Any]) -> Schema:
    text = whole.get("description") or whole.get("title")
    return {"description": shortened(text)} if isinstance(text, str) and text.strip() else {}


def _default(whole: Mapping[str, Any]) -> Schema:
    if whole.get("default") is None:
        return {}
    kinds = [kind for kind in _types(whole) if kind != "null"]
    return {"default": _of(kinds[0] if kinds else "", whole["default"])}


def _either(found: list[Schema]) -> Schema:
    """Return the schema of a value that fits one of several; of none, any value does."""
    different: list[Schema] = []
    for each in found:
        inner = each["anyOf"] if each.keys() == {"anyOf"} else [each]
        different += [one for one in inner if one not in different]
    if len(different) > 1:
        return {"anyOf": different}
    return dict(different[0]) if different else {}


def without_null(schema: Schema) -> Schema:
    """Return the schema of a value that need not be there, so that nothing has to say that it is none."""
    if "anyOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return _either([each for each in schema["anyOf"] if each != NULL] or [NULL]) | rest


def shortened(text: str, most: int = WORDS) -> str:
    """Return a text on one line, cut at the end of a sentence or a word when it is long."""
    line = BEFORE_SIGN.sub(r"\1", " ".join(TAG.sub(" ", text).split()))
    if len(line) <= most:
        return line
    start = line[:most]
    sentence = max(start.rfind(end) for end in (". ", "! ", "? "))
    return start[: sentence + 1] if sentence > most // 3 else start.rpartition(" ")[0] + " …"
