"""Hides secrets in the lines of a record: `secret:NAME` stands in their place.

Every text is searched but those by which parts of a record refer to each other: ids, names, types. They would be taken
apart where they happen to hold digits of a secret. JSON within a text stays JSON. Numbers are searched in there, and
among variables; elsewhere they are counts and times.

A secret that is said bit by bit is found with what was said before it: in the same item, or in the caller's last turns.
"""

from __future__ import annotations

import json
import re
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import to_json

from orchestrator.core.memory.masking import Masker
from orchestrator.core.tools.hiding import shown as veiled

MARK = "secret:{}"
NAMES = frozenset(
    {"type", "session", "successor", "timer", "seat", "name", "status", "code", "kind", "role", "object", "agent"}
    | {"from", "to", "ending", "id", "model", "joined"}
)
FREE = frozenset({"variables", "values"})  # below these, keys and numbers are the caller's
ITEMS, TAIL = 64, 64  # items of which the last characters are remembered
# Ids of calls are given to `mask` without their keys.
CALL_ID = re.compile(r"(?:sess|rtc|call)_[0-9A-Za-z]+")
CALLER = "caller"
ARGUMENTS = "arguments"
SAME = "="  # stands for words, or a payload, of the event
STANDARD = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
WORDS = {"TranscriptProduced": "item_id", "TurnTranscribed": ""}  # → which field says in what they go on


def as_json(value: Any) -> str:
    """Write a value of JSON on one line."""
    try:
        return to_json(value, inf_nan_mode="constants").decode()  # in a fifth of the time
    except ValueError:  # there is a lone surrogate in it
        return STANDARD.encode(value)


class Hider:
    """Hides the secrets of one call, as they are known when it is asked to."""

    def __init__(
        self,
        masker: Callable[[], Masker],
        *,
        shown: frozenset[str] = frozenset(),
        arguments: frozenset[str] = frozenset(),
    ) -> None:
        # Returns what finds the secrets now.
        self._masker = masker
        # Texts that are none of the caller's and stay what they are: those of the header.
        self._shown = shown
        # Names of arguments of functions whose values nobody is shown, of whatever function.
        self._arguments = arguments
        # Item → the last characters of it; the caller's turns are one.
        self._said: OrderedDict[str, str] = OrderedDict()

    def text(self, text: str) -> str:
        """Hide the secrets in a text, or in a line of a record."""
        if text.startswith('{"') and (line := _parsed(text)) is not None:
            return text if "v" in line else as_json(self.line(line))
        if text in self._shown or CALL_ID.fullmatch(text):
            return text
        return self._masker().mask(text, mark=MARK)

    def line(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Hide the secrets in a line."""
        masker, before = self._masker(), self._before(line.get("in"))
        line = _veiled(line, self._arguments) if self._arguments else line
        hidden: dict[str, Any] = _hidden(line, lambda text: masker.mask(text, before, MARK), free=False)
        return hidden

    def words(self, line: dict[str, Any]) -> dict[str, Any]:
        """Hide the secrets in the `text` of a line that else holds names and numbers of ours; changes the line."""
        masker, before = self._masker(), self._before(line.get("in"))
        for told in filter(None, map(line.get, ("in", "out"))):
            if isinstance(told.get("text"), str):
                told["text"] = _text(told["text"], lambda text: masker.mask(text, before, MARK))
        return line

    def _before(self, event: Any) -> str:
        """Return what was said before the words of an event, and remember these."""
        key = WORDS.get(str(event.get("type"))) if isinstance(event, Mapping) else None
        text = event.get("text") if key is not None else None
        if not isinstance(text, str):
            return ""
        item = event.get(key) or CALLER
        before = self._said.pop(item, "")
        self._said[item] = f"{before} {text}"[-TAIL:] if item == CALLER else f"{before}{text}"[-TAIL:]
        if len(self._said) > ITEMS:
            self._said.popitem(last=False)
        return f"{before} " if item == CALLER and before else before


def _veiled(value: Any, names: frozenset[str]) -> Any:
    """Hide arguments wherever functions are called in a value of JSON."""
    if isinstance(value, Mapping):
        return {
            key: veiled(each, names) if key == ARGUMENTS and isinstance(each, str) else _veiled(each, names)
            for key, each in value.items()
        }
    return [_veiled(each, names) for each in value] if isinstance(value, list) else value


def _hidden(value: Any, mask: Callable[[str], str], *, free: bool) -> Any:
    """Hide the secrets in a value of JSON; what is `free` has no keys of ours in it."""
    if isinstance(value, str):
        return _text(value, mask)
    if isinstance(value, Mapping):
        return {
            (mask(name) if free else name): each
            if not free and isinstance(each, str) and _is_name(name)
            else _hidden(each, mask, free=free or name in FREE)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_hidden(each, mask, free=free) for each in value]
    if free and isinstance(value, int | float) and not isinstance(value, bool):
        written = str(value)
        return value if (shown := mask(written)) == written else shown
    return value


def _text(text: str, mask: Callable[[str], str]) -> str:
    """Hide the secrets in a text; one that is JSON stays JSON."""
    if text == SAME:
        return text
    found = _parsed(text) if text[:1] in ("{", "[") else None
    if found is None:
        return mask(text)
    shown = _hidden(found, mask, free=True)
    return text if shown == found else json.dumps(shown, ensure_ascii=False)


def _is_name(key: str) -> bool:
    return key in NAMES or key.endswith("_id")


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
