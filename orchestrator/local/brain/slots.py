"""Filling a function's arguments from what the caller said: each parameter's name, type and description pick a reader.

What was read is taken out of the text before the next parameter looks at it, so that "a table for four at seven
thirty" is four people and half past seven. Nothing is invented: what was not said stays open and is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from orchestrator.local.brain import slot_readers as readers
from orchestrator.local.brain.parameter import Parameter
from orchestrator.local.brain.slot_readers import Nearest, Read, Said

ORDER = (
    readers.choice, readers.time, readers.day, readers.identifier, readers.amount, readers.count, readers.flag,
    readers.name, readers.place, readers.free,
)  # fmt: skip
NUMBERED = ("digits?", "number", "id", "pin", "code", "phone", "account", "zip", "reference")


def fill(
    wanted: Sequence[Parameter], text: str, *, answer: bool = False, nearest: Nearest | None = None
) -> dict[str, Any]:
    """Return the arguments that a text says.

    `answer`: it answers the question for the one parameter wanted, so a bare value counts. `nearest` finds a listed
    value that is meant but not said.
    """
    found: dict[str, Any] = {}
    for parameter in sorted(wanted, key=lambda one: ORDER.index(_reader(one))):
        value, text = _reader(parameter)(Said(parameter, text, answer, nearest))
        if value is not None:
            found[parameter.name] = value
    return found


def _reader(parameter: Parameter) -> Callable[[Said], Read]:
    """Return what reads a parameter, by its type and what it is about."""
    kind, hints = parameter.kind, parameter.hints
    if parameter.choices:
        return readers.choice
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
    """Return whether a parameter is a number that names something: an order, an invoice."""
    return _reader(parameter) is readers.identifier


def is_free(parameter: Parameter) -> bool:
    """Return whether any words fill a parameter: a message."""
    return _reader(parameter) is readers.free


def joined(heard: str, more: str, length: int) -> str:
    """Return a number of known length from its parts: said in two goes, or said twice in one."""
    if len(more) == 2 * length and more[:length] == more[length:]:
        return more[:length]
    return heard + more if heard and len(heard) + len(more) <= length else more


def is_definite(parameter: Parameter) -> bool:
    """Return whether only certain words can be its value, so that a bare answer is not taken for one by mistake."""
    return _reader(parameter) not in (readers.free, readers.name, readers.place)
