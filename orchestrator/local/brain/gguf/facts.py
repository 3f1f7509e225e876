"""What a model may state: numbers, days, times and names that somebody gave it.

Small models make up prices and names. So a sentence is said only if every number, day, time of day and name in it
occurs in what the session knows: the agent's instructions and functions, results, notes, and the caller's words.
That finds inventions, not confusions: a price that belongs to something else passes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from orchestrator.local.brain.port import Item
from orchestrator.local.brain.understanding import dates, numbers, times
from orchestrator.local.speech.reading_aloud import reading
from orchestrator.protocol.items import words

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
DIGITS = re.compile(r"\d+(?:[.,]\d+)?")
# After these a word may begin with a capital without being a name.
BEGINS = re.compile(r"(?:^|[.!?:;…]|[\"“‘(])\s*$")
NO_NAMES = frozenset({"i", "ok", "okay", "am", "pm", *(title.lower() for title in reading(None).titles)})
# Share of capitals among the words of the instructions from which they do not mark names: German has a quarter.
CAPITALS, ENOUGH_WORDS = 0.15, 12
Clock = tuple[int, int]  # hour of twelve, minute: the half of the day is often left open


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known, taken from texts."""

    today: date
    numbers: frozenset[str]
    days: frozenset[date]
    times: frozenset[Clock]
    words: frozenset[str]
    marks_names: bool = True  # whether capitals mark names in this language

    @classmethod
    def of(cls, texts: Sequence[str], today: date, *, prose: str = "") -> Facts:
        """Collect the facts of some texts; `prose` is in the team's language."""
        text = "\n".join(texts)
        days = set(_days(text, today))
        clocks = set(_times(text))
        parts = {str(part) for day in days for part in (day.year, day.month, day.day)}
        parts |= {str(part) for clock in clocks for part in clock}
        return cls(
            today=today,
            numbers=frozenset({*parts, *(one for found in _numbers(text) for one in found)}),
            days=frozenset(days),
            times=frozenset(clocks),
            words=frozenset(_plain(found.group()) for found in WORD.finditer(text)),
            marks_names=not _capitalizes(prose),
        )

    def unfounded(self, text: str) -> list[str]:
        """Return the numbers, days, times and names in a text that are not known."""
        wrong = [day.isoformat() for day in _days(text, self.today) if day not in self.days]
        wrong += [f"{hour}:{minute:02}" for hour, minute in _times(text) if (hour, minute) not in self.times]
        asks = text.rstrip().endswith("?")
        wrong += [
            whole
            for whole, *single in _numbers(text)
            if whole not in self.numbers and not self._may_be_said(single, asks=asks)
        ]
        return wrong + (self.strange(text) if self.marks_names else [])

    def strange(self, text: str, *, whole: bool = False) -> list[str]:
        """Return the names in a text that are not known; `whole`: the text is nothing but a name."""
        return [
            found.group()
            for found in WORD.finditer(text)
            if (whole or (found.group()[0].isupper() and not BEGINS.search(text[: found.start()])))
            and found.group().lower() not in NO_NAMES
            and not dates.is_named(found.group())  # these are read as days
            and _plain(found.group()) not in self.words
        ]

    def _may_be_said(self, single: Sequence[str], *, asks: bool) -> bool:
        """Whether a series of numbers is known one by one; "one" counts nothing, and a question states nothing."""
        return all(one in self.numbers or one == "1" or (asks and len(one) == 1) for one in single)


def told(items: Sequence[Item]) -> list[str]:
    """Return what a conversation tells: the caller's words, notes and results, not what the model said itself."""
    results = [str(item.get("output") or "") for item in items if item.get("type") == "function_call_output"]
    return [*(words(item) for item in items if item.get("role") in ("user", "system")), *results]


def _days(text: str, today: date) -> Iterator[date]:
    return (day.value for past in (False, True) for day in dates.find(text, today, past=past))


def _times(text: str) -> Iterator[Clock]:
    return ((time.hour % 12, time.minute) for time in times.find(text))


def _numbers(text: str) -> Iterator[tuple[str, ...]]:
    """Yield each series of numbers as one number, followed by its single numbers."""
    for found in numbers.find(text):
        part = text[found.start : found.end]
        single = [one.digits for word in re.findall(r"\w+(?:[.,]\d+)*", part) for one in numbers.find(word)]
        yield (_number(found.digits), *map(_number, [*single, *DIGITS.findall(part)]))


def _number(digits: str) -> str:
    plain = digits.replace(",", "").lstrip("0") or "0"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _plain(word: str) -> str:
    return re.sub(r"['’]?s$", "", word.lower())


def _capitalizes(prose: str) -> bool:
    """Whether a language writes more than names with a capital: then capitals tell nothing."""
    inner = [
        found.group()[0].isupper() and not dates.is_named(found.group())
        for found in WORD.finditer(prose)
        if not BEGINS.search(prose[: found.start()])
    ]
    runs = sum(capital and not before for before, capital in zip([False, *inner], inner, strict=False))  # a name is one
    return len(inner) >= ENOUGH_WORDS and runs > CAPITALS * len(inner)
