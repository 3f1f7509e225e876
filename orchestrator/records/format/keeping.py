"""Which words are kept, by the policy of the team file; those that are not are `null` in the record.

Words are what anybody says, writes or is told, what functions are given and return, and why models do things. What is
left without them says who spoke when, which functions ran and for how long, and who had the caller. Variables of the
call are no words: which of them nobody may see, the team file says with `secret`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from orchestrator.core.effects import AddItem, Announce, CreateResponse, Effect, TellCaller, TellWords
from orchestrator.core.events import (
    CallerReferred,
    Event,
    ItemReported,
    ResponseFinished,
    ResponseProgressed,
    ResponseStarted,
    ToolFailed,
    TranscriptProduced,
)
from orchestrator.core.people.events import PersonDecided, PersonTook

FUNCTIONS = frozenset({"arguments", "output", "keys"})
WORDS = FUNCTIONS | {"text", "transcript", "delta", "instructions", "extra", "question", "answer", "say", "refusal"}
WORDS |= {"brief"}  # what a person is told before they take a call
# Why something is wanted is said by models and persons; why a call ended, or a session was lost, is not.
REASONED = Announce | CallerReferred | PersonTook | PersonDecided | ToolFailed
SPOKEN = TranscriptProduced | ResponseStarted | ResponseProgressed | ResponseFinished | TellWords
# What agents are told of what was said before, and what comes back of it.
RETOLD = AddItem | CreateResponse | ItemReported
ITEMS = "conversation.item."
TRANSCRIBED = "conversation.item.input_audio_transcription."


class Kept(Enum):
    """Which words of an event and its effects are kept."""

    ALL = "all"
    NEW = "new"  # not those that were said before: the caller may have said them while nothing was kept
    AGENTS = "agents"  # only what agents say to the caller
    NONE = "none"


def dropped(value: Event | Effect, kept: Kept) -> frozenset[str]:
    """Return the fields of an event or effect that hold words which are not kept, at any depth."""
    if kept is Kept.ALL or (kept is Kept.NEW and not _retold(value)):
        return frozenset()
    if kept is Kept.AGENTS and _spoken(value):
        return FUNCTIONS
    return WORDS | {"reason"} if isinstance(value, REASONED) else WORDS


def _retold(value: Event | Effect) -> bool:
    if isinstance(value, TellCaller):
        kind = _type(value)
        return kind.startswith(ITEMS) and not kind.startswith(TRANSCRIBED)
    return isinstance(value, RETOLD)


def _spoken(value: Event | Effect) -> bool:
    if isinstance(value, TellCaller):
        return _type(value).startswith("response.")
    return isinstance(value, SPOKEN)


def _type(effect: TellCaller) -> str:
    return str(effect.payload.get("type"))


def without(value: Any, names: frozenset[str]) -> Any:
    """Return a value of JSON without the text under some names, at any depth."""
    if isinstance(value, Mapping):
        return {
            name: None if name in names and isinstance(each, str) else without(each, names)
            for name, each in value.items()
        }
    return [without(each, names) for each in value] if isinstance(value, list) else value
