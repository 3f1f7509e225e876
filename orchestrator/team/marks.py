"""YAML as it was written: plain values, where each of them stands, and what is wrong with the writing.

Scalars follow YAML 1.2 (`no`, `on` and `12:30` are text); a key that stands twice is a fault, not a choice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import yaml

from orchestrator.errors import Problem

Path = tuple[str | int, ...]
INT, OCT, HEX = re.compile(r"[-+]?[0-9]{1,4000}"), re.compile(r"0o[0-7]+"), re.compile(r"0x[0-9a-fA-F]+")
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

NO_TEXT = "a character in it is not text"
AROUND = "Check the indentation (spaces, no tabs), the colons and the quotes around this place."
NOT_CLOSED = (
    "a bracket that is opened here is not closed",
    "Close it, put commas between, and text that ends with ? in quotes.",
    True,
)
# What PyYAML says → what is wrong, what to do, and whether the place is where it began.
SYNTAX: list[tuple[str, str, str, bool]] = [
    ("'\\t'", "a tab", "Indent with spaces.", False),
    ("cannot start any token", "text cannot begin with this character", "Put the text in quotes.", False),
    (
        "mapping values are not allowed",
        "a colon where none can be",
        "Put text that has a colon in quotes, or give the key above its own.",
        False,
    ),
    (
        "but found '<scalar>'",
        "text goes on after a quote or a bracket that was closed",
        "Put all of it in quotes.",
        False,
    ),
    (
        "expected <block end>, but found '-'",
        "an item of a list (`- `) among keys",
        "Write `key: value` without `- ` before it, as above it.",
        False,
    ),
    (
        "expected <block end>, but found '?'",
        "a key in line with the items of a list",
        "Indent it as far as the keys that it belongs to, or begin it with `- `.",
        False,
    ),
    ("expected <block end>", "this line is not in line with those above", "Indent it as far as they are.", False),
    (
        "but got '?'",
        "a question mark in text between brackets",
        "Put the whole text in quotes; or a bracket before it is not closed.",
        False,
    ),
    ("unexpected end of stream", "a quote is opened here and never closed", "Close it.", True),
    ("expected ',' or", *NOT_CLOSED),
    ("could not find expected ':'", "a key without a colon", "Write `key: value`.", True),
]


@dataclass(slots=True)
class Marks:
    """Where each value of a file stands."""

    file: str = "agents.yaml"  # as it is called in messages
    at: dict[Path, tuple[int, int]] = field(default_factory=dict)  # path → line and column, from 1
    filled: set[Path] = field(default_factory=set)  # values that came from the environment: never shown

    def written(self, path: Path) -> Path:
        """Return the path under which the file says something: an agent's own key, or that of `defaults`."""
        default = ("defaults", *path[2:])
        own = path[:1] != ("agents",) or path[:3] in self.at
        return path if own or default not in self.at else default

    def place(self, path: Sequence[str | int]) -> str:
        """Say where a path is, or the nearest thing around it: `agents.yaml:12:5 agents.front.voice`."""
        known = path = self.written(tuple(path))
        while known and known not in self.at:
            known = known[:-1]
        line, column = self.at.get(known, (1, 1))
        return f"{self.file}:{line}:{column} {'.'.join(map(str, path))}".rstrip()


class Reader:
    """Reads one YAML text into plain values and marks; collects what is wrong."""

    def __init__(self, file: str) -> None:
        # Where things are.
        self.marks = Marks(file)
        # What is wrong with the writing.
        self.problems: list[Problem] = []

    def read(self, text: str) -> Any:
        """Return the value of the text; None when it cannot be read at all."""
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
            return None if node is None else self._value(node, ())
        except yaml.YAMLError as error:
            self.problems.append(self._syntax(error, text))
        except RecursionError:
            what = "something stands inside itself, or too deep inside other things"
            self.problems.append(Problem(self.marks.file, what, "Check the aliases (`*name`) and the brackets."))
        return None

    def _syntax(self, error: yaml.YAMLError, text: str) -> Problem:
        said, mark = str(getattr(error, "problem", None) or ""), getattr(error, "problem_mark", None)
        known = ((what, remedy, begun) for word, what, remedy, begun in SYNTAX if word in said)
        what, remedy, begun = next(known, (said or NO_TEXT, AROUND, False))
        if "but got '?'" in said and mark and text[mark.index : mark.index + 1] != "?":
            what, remedy, begun = NOT_CLOSED
        quote = _quote_before(text, mark.index) if mark else None
        if quote is not None:
            what = f"a quote that is opened here is closed only in line {quote.end_mark.line + 1}"
            inside = r'\" for "' if text[quote.start_mark.index] == '"' else "'' for '"
            remedy, mark = f"Close it where its text ends; inside of it, write {inside}.", quote.start_mark
        elif begun:
            mark = getattr(error, "context_mark", None) or mark
        where = f"{self.marks.file}:{mark.line + 1}:{mark.column + 1}" if mark else self.marks.file
        return Problem(where, f"cannot be read as YAML: {what}", remedy)

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.marks.at.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return node.value if node.style else _scalar(node.value)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            where = f"{self.marks.file}:{line}:{column}"
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(where, "a key must be plain text", "Write `name: value`."))
                continue
            key, at = str(key_node.value), (*path, str(key_node.value))
            if key in value:
                first = self.marks.at[at][0]
                name = ".".join(map(str, at))
                what = f"the key stands twice, first in line {first}"
                self.problems.append(Problem(f"{where} {name}", what, "Keep one of them."))
                continue
            self.marks.at[at] = (line, column)
            value[key] = self._value(value_node, at)
        return value


def _quote_before(text: str, index: int) -> yaml.Token | None:
    """Return the quoted text of several lines that ends in the line of a place, before it."""
    found = None
    with suppress(yaml.YAMLError):
        for token in yaml.scan(text, Loader=yaml.SafeLoader):
            quoted = isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')
            if token.start_mark.index >= index:
                break
            if quoted and token.start_mark.line < token.end_mark.line:
                found = token
    return found if found and "\n" not in text[found.end_mark.index : index] else None


def _scalar(text: str) -> Any:
    """Read a plain scalar by the core schema of YAML 1.2."""
    if text in ("", "~", "null", "Null", "NULL"):
        return None
    if text.lower() in ("true", "false") and text in (text.lower(), text.upper(), text.title()):
        return text.lower() == "true"
    if INT.fullmatch(text):
        return int(text)
    if OCT.fullmatch(text) or HEX.fullmatch(text):
        return int(text, 0)
    return float(text) if FLOAT.fullmatch(text) else text
