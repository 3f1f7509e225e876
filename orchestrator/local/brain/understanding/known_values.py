"""Values that are known before the caller says one: listed by a type, or named by the author of a function."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from orchestrator.local.brain.language import DEFAULT, current
from orchestrator.local.brain.understanding.misheard import sounds
from orchestrator.local.brain.understanding.utterance import Read, Utterance


def by_sound(utterance: Utterance, said: str, known: Sequence[str]) -> tuple[str, str] | None:
    """Return the known value that some words sound like, and those words; the sounds are English ones."""
    if current().code != DEFAULT:
        return None
    return _within(said, tuple(known), sounds.ALIKE if utterance.answer else sounds.SAME)


@lru_cache(maxsize=256)
def _within(said: str, known: tuple[str, ...], least: float) -> tuple[str, str] | None:
    return sounds.within(said, known, least=least)


def known_value(utterance: Utterance) -> Read | None:
    """Read one of the values that the author of a function names, which may be misheard."""
    heard = by_sound(utterance, utterance.text, utterance.parameter.known)
    return (heard[0], utterance.text.replace(heard[1], " ")) if heard else None
