"""What a caller says with a pause in the middle: several turns, of which they heard only the last answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.local.brain.dialogue.frames import Dialogue
from orchestrator.local.brain.dialogue.heard import SURE
from orchestrator.local.brain.dialogue.turn import MATTERS
from orchestrator.local.brain.language import current, normalized
from orchestrator.local.brain.learned.meaning import Pending, meaning
from orchestrator.local.brain.port import Item
from orchestrator.protocol.items import words

FEW_WORDS = 3  # of a reply that was interrupted at once
NOT_UNDERSTOOD = "was not understood"  # how the reasons of turns begin that are asked about again


@dataclass(frozen=True, slots=True)
class Before:
    """The dialogue as it was before a turn of the caller that may have been only a part of what they say."""

    turns: int  # of the caller that came before
    dialogue: Dialogue


def taken_together(memory: dict[str, Any], items: Sequence[Item]) -> list[str]:
    """Return the caller's turns that are answered as one, and let the dialogue be as it was before them.

    Another matter is a turn of its own, if what was said before it was understood.
    """
    turns, said = unanswered(items), sum(item.get("role") == "user" for item in items)
    before: Before | None = memory.get("before")
    if before is not None and before.turns == said - len(turns):
        if not understood(memory) or not is_other_matter(turns, before.dialogue):
            memory["dialogue"] = before.dialogue.copy()
            return turns
        turns = turns[-1:]
    memory["before"] = Before(said - len(turns), memory.setdefault("dialogue", Dialogue()).copy())
    return turns


def unanswered(items: Sequence[Item]) -> list[str]:
    """Return the caller's turns since the last answer: a pause may split one thought into several turns.

    An answer of which hardly anything was heard counts as none.
    """
    turns: list[str] = []
    for item in reversed(items):
        if item.get("role") == "user":
            turns.insert(0, normalized(words(item)))
        elif turns and (item.get("type") != "message" or not was_cut_short(words(item))):
            break
    return turns


def joined(turns: Sequence[str]) -> str:
    """Return one thought that pauses have split; the recogniser ends each part like a sentence."""
    text = ""
    for turn in filter(None, turns):
        goes_on = text and (turn[0].islower() or turn[0].isdecimal() or text[-1].isalnum())
        text = f"{text.rstrip(' .,')}, {turn}" if goes_on else f"{text} {turn}".strip()
    return text


def understood(memory: Mapping[str, Any]) -> bool:
    """Return whether the turn before was understood, so that it counts although its answer was not heard."""
    dialogue: Dialogue | None = memory.get("dialogue")
    return dialogue is not None and not str(dialogue.why.get("why", NOT_UNDERSTOOD)).startswith(NOT_UNDERSTOOD)


def is_other_matter(turns: Sequence[str], before: Dialogue) -> bool:
    """Return whether the last of several turns surely wants or asks something, after what was asked before the first.

    As far as that was learnt.
    """
    learnt = meaning(current().code)
    if learnt is None or len(turns) == 1 or not turns[-1]:
        return False
    doings = learnt.doing(turns[-1], before.current.stage.pending if before.current else Pending.NOTHING)
    return sum(doings[one] for one in MATTERS) >= SURE


def was_cut_short(said: str) -> bool:
    """Return whether of a reply so little was heard that the caller, who went on speaking, was not answered yet."""
    return not said or (len(said.split()) <= FEW_WORDS and said[-1].isalnum())
