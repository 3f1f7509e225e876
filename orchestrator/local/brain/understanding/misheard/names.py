"""Names as recognition writes them, brought to names that people have: "Anishmit" is Anna Schmidt, "Obrion" O'Brien.

Only for what was heard, never for what was typed. A name that many people have is left as it is, and so is one that
sounds like none of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

import yaml

from orchestrator.local.brain.language import LOADER
from orchestrator.local.brain.understanding.misheard import sounds

RUN_TOGETHER = 0.86  # likeness from which one word is a first and a last name
LONG = 5  # fewest sounds of such a word
FEWEST = 2  # sounds of each of the two


def share_known(name: str) -> float:
    """Return which part of a name's words many people have."""
    words = name.split()
    return sum(word.lower() in _known() for word in words) / len(words) if words else 0.0


def mended(name: str) -> str:
    """Return a name as it is most likely written."""
    *first, last = name.split() or [""]
    if not first and _same(last, "last") == last and last.lower() not in _known() and (both := together(last)):
        return both
    return " ".join([*(_same(word, "first") for word in first), _same(last, "last")])


def together(text: str) -> str:
    """Return the first and last name that were heard as other words ("and a Schmidt"); "" if none are near enough."""
    heard = sounds.sounds(text)
    if len(heard) < LONG:
        return ""
    best, found = 1 - RUN_TOGETHER, ""
    for at in range(FEWEST, len(heard) - FEWEST + 1):
        first, last = _nearest(heard[:at], _lists()["first"]), _nearest(heard[at:], _lists()["last"])
        cost = (first[0] + last[0]) / len(heard)
        if cost < best:
            best, found = cost, f"{first[1]} {last[1]}"
    return found


def _same(word: str, part: str) -> str:
    """Return the first or last name that a word is another spelling of; the word if there is none."""
    if word.lower() in _known():
        return word
    heard = sounds.sounds(word)
    cost, name = _nearest(heard, _lists()[part])
    return name if heard and cost / len(heard) <= 1 - sounds.SAME else word


def _nearest(heard: str, among: Mapping[str, str]) -> tuple[float, str]:
    """Return what it costs to make a name of what was heard, and the name."""
    near = (sound for sound in among if abs(len(sound) - len(heard)) <= 1 and _begins_alike(sound, heard))
    return min(((sounds.distance(heard, sound), among[sound]) for sound in near), default=(float(len(heard)), ""))


def _begins_alike(one: str, other: str) -> bool:
    return one[:1] == other[:1] or sounds.replaced(one[:1], other[:1]) < 1


@cache
def _lists() -> dict[str, dict[str, str]]:
    """Return the first and the last names, by their sounds; of two that sound the same, the one listed first."""
    return {part: {sounds.sounds(name): name for name in reversed(names.split())} for part, names in _file().items()}


@cache
def _known() -> frozenset[str]:
    return frozenset(name.lower() for names in _file().values() for name in names.split())


@cache
def _file() -> dict[str, str]:
    source = resources.files("orchestrator.local.brain") / "languages" / "people.yaml"
    names: dict[str, str] = yaml.load(source.read_text("utf-8"), LOADER)
    return names
