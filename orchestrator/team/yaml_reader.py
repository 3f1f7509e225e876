"""YAML text to plain values and their positions; everything wrong with the YAML is collected as problems.

Scalars follow YAML 1.2 (`no`, `on` and `12:30` are text). A duplicate key is an error, as is a tag that would give a
value another meaning. Decimal numbers are kept as they are written: whoever wants a number makes one of them, and where
text is meant a telephone number is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import yaml

from orchestrator.errors import Problem
from orchestrator.outside.variables import MARK
from orchestrator.team.base import unquoted
from orchestrator.team.positions import Path, Positions

OCT, HEX = re.compile(r"0o[0-7]+"), re.compile(r"0x[0-9a-fA-F]+")
# The parser of libyaml, ten times faster, where PyYAML has it.
FAST: Any = getattr(yaml, "CBaseLoader", None)
DEEPEST = 200  # levels that it reads: it would not notice that it runs out of stack
MERGE = "<<"  # takes over the keys of another mapping
TAGS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq"))
TAG = "Remove it: `${NAME}` needs no tag, and `instructions: {file: agents/front.md}` reads a file."
LONGEST_CUT = 40  # characters of it that are shown
CUT = re.compile(r"[ \t]+(#\S[^\n]*)")  # behind a value: `Press #1`

BAD_CHARACTER = "a character that YAML does not allow"
CHECK_SYNTAX = "Check the indentation (spaces, not tabs), the colons and the quotes near this place."


@dataclass(frozen=True, slots=True)
class Hint:
    """How an error of PyYAML is explained."""

    message: str  # part of PyYAML's message
    what: str
    remedy: str
    at_start: bool = False  # points to where the broken construct starts, not to where parsing stopped


OPEN_BRACKET = Hint(
    "expected ',' or",
    "this bracket is never closed",
    "Close it, separate the items with commas, and quote text that ends with `?`.",
    at_start=True,
)
# The first hint whose message is part of PyYAML's applies.
HINTS = (
    Hint("'\\t'", "a tab character", "Indent with spaces."),
    Hint("cannot start any token", "a plain value cannot start with this character", "Put the value in quotes."),
    Hint(
        "mapping values are not allowed",
        "unexpected colon",
        "Quote text that contains a colon, or put the nested key on a line of its own.",
    ),
    Hint("but found '<scalar>'", "unexpected text after a closing quote or bracket", "Put the whole value in quotes."),
    Hint(
        "expected <block end>, but found '-'",
        "unexpected list item (`- `) among keys",
        "Write `key: value` without the `- `, like the lines above.",
    ),
    Hint(
        "expected <block end>, but found '?'",
        "unexpected key at the indentation of a list",
        "Align it with the keys it belongs to, or start it with `- `.",
    ),
    Hint("expected <block end>", "inconsistent indentation", "Align this line with the lines above it."),
    Hint(
        "but got '?'",
        "unexpected question mark in text inside brackets",
        "Put the whole text in quotes, or close the bracket before it.",
    ),
    Hint("another document", "a second document begins here", "A team is one document: remove the line `---`."),
    Hint(
        "undefined alias", "there is no `&name` for this alias", "Write `&name` before the value that `*name` repeats."
    ),
    Hint("unexpected end of stream", "this quote is never closed", "Add the closing quote.", at_start=True),
    OPEN_BRACKET,
    Hint("could not find expected ':'", "this key has no colon", "Write `key: value`.", at_start=True),
)


class YamlReader:
    """Reads one YAML text into plain values and their positions, and collects the problems."""

    def __init__(self, file: str) -> None:
        # Where each value is written.
        self.positions = Positions(file)
        # Syntax errors and duplicate keys.
        self.problems: list[Problem] = []
        # What is read.
        self._text = ""

    def read(self, text: str) -> Any:
        """Return the value of the text; None when it cannot be read at all."""
        self._text = text = text.replace(MARK, "")
        try:
            node = _composed(text)
            return None if node is None else self._value(node, ())
        except yaml.YAMLError as error:
            self.problems.append(self._syntax(error, text))
        except RecursionError:
            what = "nested too deeply, or an alias refers to itself"
            self.problems.append(Problem(self.positions.file, what, "Check the aliases (`*name`) and the brackets."))
        return None

    def _syntax(self, error: yaml.YAMLError, text: str) -> Problem:
        message, mark = str(getattr(error, "problem", None) or ""), getattr(error, "problem_mark", None)
        hint = _hint(message, text, mark)
        what, remedy = hint.what, hint.remedy
        quote = _quote_before(text, mark.index) if mark else None
        if quote is not None:
            what = f"this quote is not closed until line {quote.end_mark.line + 1}"
            escape = r'\" for "' if text[quote.start_mark.index] == '"' else "'' for '"
            remedy, mark = f"Close it where the text ends; inside the text, write {escape}.", quote.start_mark
        elif hint.at_start:
            mark = getattr(error, "context_mark", None) or mark
        if isinstance(error, yaml.reader.ReaderError):
            before = text[: error.position]
            mark = yaml.Mark("", error.position, before.count("\n"), len(before) - before.rfind("\n") - 1, None, 0)
        where = f"{self.positions.file}:{mark.line + 1}:{mark.column + 1}" if mark else self.positions.file
        return Problem(where, f"invalid YAML: {what}", remedy)

    def _value(self, node: yaml.Node, path: Path) -> Any:
        self.positions.at.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
        if node.tag not in TAGS:
            tag = node.tag.replace(TAGS[0].removesuffix("str"), "!!")
            self.problems.append(Problem(self.positions.place(path), f"the tag `{tag}` has no meaning here", TAG))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        if node.style:
            return node.value
        cut = CUT.match(self._text, node.end_mark.index)
        if cut and (" " in node.value or cut[1][1].isdigit()):  # otherwise a word, and another one in its place
            what = f"`{cut[1][:LONGEST_CUT]}` is a comment, and no part of the text before it"
            remedy = "Put the text in quotes, or write a space after the `#`."
            self.problems.append(Problem(self.positions.place(path), what, remedy, fatal=False))
        return _scalar(node.value)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        value: dict[str, Any] = {}
        for key_node, value_node, own in self._pairs(node):
            line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
            where = f"{self.positions.file}:{line}:{column}"
            if not isinstance(key_node, yaml.ScalarNode):
                self.problems.append(Problem(where, "a key must be plain text", "Write `name: value`."))
                continue
            key, at = str(key_node.value), (*path, str(key_node.value))
            if key in value and not own:
                continue
            if key in value:
                first = self.positions.at[at][0]
                name = ".".join(map(str, at))
                what = f"duplicate key, first used on line {first}"
                self.problems.append(Problem(f"{where} {name}", what, "Remove one of them."))
                continue
            self.positions.at[at] = (line, column)
            value[key] = self._value(value_node, at)
        return value

    def _pairs(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node, bool]]:
        """Yield keys and values, and whether they are the mapping's own: those that it merges come last."""
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value == MERGE and not key.style:
                merged.append(value)
            else:
                yield key, value, True
        for each in merged:
            for other in each.value if isinstance(each, yaml.SequenceNode) else [each]:
                if isinstance(other, yaml.MappingNode):
                    yield from ((key, value, False) for key, value, _ in self._pairs(other))
                    continue
                where = f"{self.positions.file}:{other.start_mark.line + 1}:{other.start_mark.column + 1}"
                remedy = "Write `<<: *name`, and `&name` before the mapping whose keys are taken over."
                self.problems.append(Problem(where, "only a mapping can be merged", remedy))


def _composed(text: str) -> yaml.Node | None:
    """Return the nodes, with no tags but those that are written; raises `YAMLError` in words that `HINTS` knows."""
    if FAST is not None:
        with suppress(yaml.YAMLError, UnicodeEncodeError):
            if _is_same(text):
                return yaml.compose(text, Loader=FAST)
    return yaml.compose(text, Loader=yaml.BaseLoader)


def _is_same(text: str) -> bool:
    """Return whether the fast parser can read a text, and reads it as the other, which takes no `?` in brackets."""
    in_brackets: list[bool] = []
    for event in yaml.parse(text, Loader=FAST):
        if isinstance(event, yaml.CollectionStartEvent):
            in_brackets.append(bool(event.flow_style))
        elif isinstance(event, yaml.CollectionEndEvent):
            in_brackets.pop()
        elif isinstance(event, yaml.ScalarEvent) and not event.style and "?" in event.value and any(in_brackets[-1:]):
            return False
        if len(in_brackets) > DEEPEST:
            return False
    return True


def _hint(message: str, text: str, mark: yaml.Mark | None) -> Hint:
    """Return how an error is explained."""
    if "but got '?'" in message and mark and text[mark.index : mark.index + 1] != "?":
        return OPEN_BRACKET
    unknown = Hint("", message or BAD_CHARACTER, CHECK_SYNTAX)
    return next((hint for hint in HINTS if hint.message in message), unknown)


def _quote_before(text: str, index: int) -> yaml.Token | None:
    """Return the quoted text that spans several lines and ends on the line of this position, before it."""
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
    return int(text, 0) if OCT.fullmatch(text) or HEX.fullmatch(text) else unquoted(text)
