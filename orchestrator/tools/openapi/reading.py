"""An OpenAPI file as plain values that remember where they are written.

YAML is read as YAML 1.2, so JSON is read too. Numbers stay as they are written until it is known whether text or a
number is meant. The parser is the one in C where PyYAML has it: descriptions of large services have several megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeAlias
from urllib.parse import unquote

import yaml

from orchestrator.errors import Problem
from orchestrator.outside.variables import MARK
from orchestrator.team.base import read_scalar, unquoted
from orchestrator.team.yaml_reader import YamlReader

LARGEST = 10_000_000  # bytes of a file
MOST_HOPS = 20  # from one `$ref` to the next
LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}
# Two escapes for one character, as JSON has them and YAML does not.
SURROGATES = re.compile(r"(?<!\\)((?:\\\\)*)(\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})")
Place: TypeAlias = tuple[int, int]  # line and column, counted from 1


class Placed(dict[str, Any]):
    """A mapping of a file, which knows where it and its keys are written."""

    __slots__ = ("at", "here")

    def __init__(self, here: Place = (1, 1)) -> None:
        super().__init__()
        # Where it begins.
        self.here = here
        # Key → where it is written.
        self.at: dict[str, Place] = {}

    def place(self, *keys: str) -> Place:
        """Return where the first of these keys that it has is written; else where it begins."""
        return next((self.at[key] for key in keys if key in self.at), self.here)


class Fault(Exception):
    """What is wrong in a file: what, what to do, and where."""

    def __init__(self, what: str, remedy: str, at: Place = (1, 1)) -> None:
        super().__init__(what)
        self.remedy, self.at = remedy, at


class Document:
    """An OpenAPI file, of which `$ref` are followed."""

    def __init__(self, file: str, root: Placed) -> None:
        # Its name in messages, and all that is in it.
        self.file, self.root = file, root

    def problem(self, fault: Fault, about: str = "", *, fatal: bool = False) -> Problem:
        """Return what is to be told of a fault: a warning, if it only costs a tool or a part of one."""
        where = f"{self.file}:{fault.at[0]}:{fault.at[1]} {about}".rstrip()
        return Problem(where, str(fault), fault.remedy, fatal=fatal)

    def target(self, value: Any) -> Any:
        """Return a value, or what its `$ref` leads to; raises `Fault` when that is nothing."""
        for _ in range(MOST_HOPS):
            if not isinstance(value, Placed) or "$ref" not in value:
                return value
            value = self._at(str(value["$ref"]), value.place("$ref"))
        raise Fault("the `$ref` leads in a circle", "Let one of them name a value.", value.here)

    def mapping(self, value: Any) -> Placed:
        """Return the mapping that a value is, or that its `$ref` leads to; an empty one for anything else."""
        found = self.target(value)
        return found if isinstance(found, Placed) else Placed()

    def _at(self, reference: str, at: Place) -> Any:
        file, hash_, pointer = reference.partition("#")
        if file or not hash_:
            what = f"{reference!r} leads to another file, which is not read"
            raise Fault(what, "Put all into one file, for example with `redocly bundle`.", at)
        found: Any = self.root
        for step in unquote(pointer).split("/")[1:]:
            key = step.replace("~1", "/").replace("~0", "~")
            if isinstance(found, Mapping) and key in found:
                found = found[key]
            elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            else:
                close = get_close_matches(key, found, 1) if isinstance(found, Mapping) else []
                hint = f"Did you mean {close[0]!r}?" if close else "Define it, or correct the reference."
                raise Fault(f"there is nothing at {reference!r}", hint, at)
        return found


def read_document(content: bytes, file: str) -> Document:
    """Read an OpenAPI file; `file` is its name in messages. Raises `Fault` when it cannot be used."""
    if len(content) > LARGEST:
        what = f"it is larger than {LARGEST // 1_000_000} MB"
        raise Fault(what, "Keep only the operations that agents need.")
    try:
        text = content.decode("utf-8-sig").replace(MARK, "")
    except UnicodeDecodeError:
        raise Fault("it is not UTF-8 text", "Save it as UTF-8.") from None
    if text.lstrip().startswith("{"):  # JSON, which may be indented with tabs
        text = SURROGATES.sub(_character, text.replace("\t", " "))
    root = _parsed(text)
    if not isinstance(root, Placed):
        raise Fault("it is not an OpenAPI file", "It begins with `openapi: 3.1.0`.")
    if "swagger" in root:
        remedy = "Convert it, for example with `npx swagger2openapi` or at converter.swagger.io."
        raise Fault(f"it is Swagger {root['swagger']}; OpenAPI 3.0 and 3.1 are read", remedy, root.place("swagger"))
    version = str(root.get("openapi", ""))
    if not version:
        raise Fault("it is not an OpenAPI file: it has no key `openapi`", "It begins with `openapi: 3.1.0`.")
    if not version.startswith("3."):
        raise Fault(f"its version is {version!r}", "OpenAPI 3.0 and 3.1 are read.", root.place("openapi"))
    return Document(file, root)


def _character(found: re.Match[str]) -> str:
    high, low = (int(found[2][start : start + 4], 16) for start in (2, 8))
    return found[1] + chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))


def _parsed(text: str) -> Any:
    try:
        node = yaml.compose(text, Loader=LOADER)
        return None if node is None else _value(node, {})
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        at = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        explained = YamlReader("")
        explained.read(text)
        if explained.problems:
            problem = explained.problems[0]
            line, _, column = problem.where.partition(" ")[0].lstrip(":").partition(":")
            at = (int(line), int(column)) if line.isdecimal() and column.isdecimal() else at
            raise Fault(problem.what, problem.remedy, at) from None
        raise Fault("invalid YAML", "Check the indentation, the colons and the quotes near this place.", at) from None
    except RecursionError:
        raise Fault("nested too deeply, or an alias refers to itself", "Check the aliases and the brackets.") from None


def _value(node: yaml.Node, known: dict[int, Any]) -> Any:
    """Make values of a node; what has several aliases is one value."""
    if id(node) in known:
        return known[id(node)]
    if isinstance(node, yaml.MappingNode):
        found = Placed((node.start_mark.line + 1, node.start_mark.column + 1))
        for key, value in node.value:
            name = str(key.value)
            found.at[name] = (key.start_mark.line + 1, key.start_mark.column + 1)
            found[name] = _value(value, known)
        result: Any = found
    elif isinstance(node, yaml.SequenceNode):
        result = [_value(item, known) for item in node.value]
    else:
        assert isinstance(node, yaml.ScalarNode)
        result = node.value if node.style else _plain(node.value)
    known[id(node)] = result
    return result


def _plain(text: str) -> Any:
    """Read a scalar without quotes, except that a number stays as it is written."""
    return PLAIN[text.lower()] if text.lower() in PLAIN else unquoted(text)


def numbers(value: Any) -> Any:
    """Return a value with what is a number in the file read as one."""
    if isinstance(value, Mapping):
        return {key: numbers(each) for key, each in value.items()}
    if isinstance(value, list):
        return [numbers(each) for each in value]
    return read_scalar(value)
