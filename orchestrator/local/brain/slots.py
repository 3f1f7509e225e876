"""Fills a function's arguments from the caller's words: each parameter's name, type and description select a reader.

A value that was read is removed from the text before the next parameter is read, so that "a table for four at seven
thirty" is four people and half past seven. Nothing is invented: what the caller did not say is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.local.brain import slot_readers as readers
from orchestrator.local.brain.parameter import Parameter
from orchestrator.local.brain.slot_readers import Nearest, Read, Utterance

ORDER = (
    readers.listed, readers.time, readers.day, readers.identifier, readers.amount, readers.count, readers.flag,
    readers.name, readers.place, readers.free,
)  # fmt: skip
NUMBERED = ("digits?", "number", "id", "pin", "code", "phone", "account", "zip", "reference")


def fill(
    wanted: Sequence[Parameter], text: str, *, answer: bool = False, nearest: Nearest | None = None
) -> dict[str, Any]:
    """Return the arguments that a text contains.

    `answer`: the text answers the question for the one parameter wanted, so a bare value counts. `nearest` finds the
    listed value that is meant but not said.
    """
    found: dict[str, Any] = {}
    for parameter in sorted(wanted, key=lambda one: ORDER.index(_reader(one))):
        value, text = _reader(parameter)(Utterance(parameter, text, answer=answer, nearest=nearest))
        if value is not None:
            found[parameter.name] = value
    return found


def _reader(parameter: Parameter) -> Callable[[Utterance], Read]:
    """Return the reader of a parameter, by its type and subject."""
    kind, hints = parameter.kind, parameter.hints
    if parameter.choices:
        return readers.listed
    if kind == "boolean":
        return readers.flag
    if kind in ("integer", "number"):
        return readers.amount if hints("amount", "price", "euros?", "dollars?", "sum") else readers.count
    if hints("time", "hour", "o'clock"):
        return readers.time
    if hints("day", "date", "weekday"):
        return readers.day
    if hints(*NUMBERED):
        return readers.identifier
    if hints("name", "surname", "who"):
        return readers.name
    return readers.place if hints("city", "town", "destination", "country", "airport", "place") else readers.free


def is_identifier(parameter: Parameter) -> bool:
    """Return whether a parameter is a number that identifies something: an order, an invoice."""
    return _reader(parameter) is readers.identifier


def is_free(parameter: Parameter) -> bool:
    """Return whether a parameter takes any words: a message."""
    return _reader(parameter) is readers.free


def joined(before: str, more: str, length: int) -> str:
    """Return a number of known length from digits that came before and digits that came now.

    It may be said in two parts, or twice in one breath.
    """
    if len(more) == 2 * length and more[:length] == more[length:]:
        return more[:length]
    return before + more if before and len(before) + len(more) <= length else more


def is_definite(parameter: Parameter) -> bool:
    """Return whether a parameter accepts only certain words, so that no other answer is taken for its value."""
    return _reader(parameter) not in (readers.free, readers.name, readers.place)
