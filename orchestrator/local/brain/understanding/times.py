"""Times of day as people say them: "half past six", "quarter to nine", "seven thirty", "at four".

A language's file has the expressions, whose groups say what is read; what they come to is worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from orchestrator.local.brain.language import Expression, Language, current
from orchestrator.local.brain.understanding import numbers

# What a number before it counts, so that it is no hour.
COUNTED_BUT_MONEY = Expression("counted_but_money")
COUNTED = Expression("counted")
SURE_CUE = Expression("sure_cue")
DAY_PART = Expression("day_part")
GREETED = Expression("greeted_part")  # "good evening"
AFTERNOON, MORNING = Expression("afternoon"), Expression("morning")
LATE, EARLY = Expression("late_by_context"), Expression("early_by_context")
OPENING = 7  # the hour from which a time of business is in the morning
NEAR = 6  # characters behind a time in which its half of the day is looked for
DAY, NOON = 24 * 60, 12  # minutes, hour


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day and where it stands in a text."""

    hour: int
    minute: int
    certain: bool  # whether it is said, or clear, which half of the day is meant
    start: int
    end: int

    def resolved(self, about: str) -> str:
        """Return it as `HH:MM`; `about` are the words around, which tell the half of the day if nobody said it."""
        about = GREETED.sub(" ", about)
        late = LATE.search(about) or (not EARLY.search(about) and self.hour < OPENING)
        hour = self.hour + 12 if late and not self.certain and 1 <= self.hour < 12 else self.hour
        return f"{hour % 24:02}:{self.minute:02}"


def find(text: str, *, bare: bool = False) -> list[Time]:
    """Return the times of day in a text, in order of their places. `bare`: a lone number counts."""
    found: list[Time] = []
    for kind, pattern, more in _rules(current()):
        for time in READERS[kind](text, pattern, more, bare):
            if all(time.start >= one.end or time.end <= one.start for one in found):
                found.append(time)
    return sorted(found, key=lambda time: time.start)


@cache
def _rules(language: Language) -> Sequence[tuple[str, re.Pattern[str], Sequence[str | int]]]:
    return [(kind, re.compile(written, re.IGNORECASE), more) for kind, written, *more in language.words["times"]]


def _named(text: str, pattern: re.Pattern[str], more: Sequence[str | int], bare: bool) -> Iterator[Time]:
    hour, minute = (int(part) for part in str(more[0]).split(":"))
    for match in pattern.finditer(text):
        yield Time(hour, minute, certain=True, start=match.start(), end=match.end())


def _past(text: str, pattern: re.Pattern[str], more: Sequence[str | int], bare: bool) -> Iterator[Time]:
    """Read minutes after an hour or, where the sign is -1, before it; "half four" in German is 30 minutes before."""
    sign, base = int(more[0]), int(more[1])
    for match in pattern.finditer(text):
        groups = match.groupdict()
        after = sign * _minutes(groups.get("minute") or "") + base
        said = _value(groups["hour"])
        hour, minute = divmod((said * 60 + after) % DAY, 60)
        yield _time(text, match, NOON if said == 1 and hour == 0 else hour, minute, groups.get("part"))


def _joined(text: str, pattern: re.Pattern[str], more: Sequence[str | int], bare: bool) -> Iterator[Time]:
    for match in pattern.finditer(text):
        hour, minute = int(match["hour"]), int(match["minute"])
        if hour < 24:
            yield _time(text, match, hour, minute, text[match.end() : match.end() + NEAR].strip())


def _plain(text: str, pattern: re.Pattern[str], more: Sequence[str | int], bare: bool) -> Iterator[Time]:
    for match in pattern.finditer(text):
        said = {name: group for name, group in match.groupdict().items() if group}
        cue, spoken = said.get("cue", ""), said.get("spoken")
        hours, minutes = _value(said["hour"]), _minutes(said.get("figures") or spoken or "")
        sure = SURE_CUE.search(cue) or any(name in said for name in ("clock", "part", "figures", "spoken"))
        if hours > 24 or minutes > 59 or COUNTED.match(text[match.end() :].lstrip().lower()) or not (sure or bare):
            continue
        if spoken and not (cue or bare or "clock" in said or "part" in said) and hours > 12:
            continue
        yield _time(text, match, hours, minutes, said.get("part"))


Reader = Callable[[str, re.Pattern[str], Sequence[str | int], bool], Iterator[Time]]
READERS: Mapping[str, Reader] = {"at": _named, "past": _past, "joined": _joined, "plain": _plain}


def _minutes(words: str) -> int:
    """Return minutes: "half", "oh five", "thirty", "30", or none."""
    fractions: Mapping[str, int] = current().words["fractions"]
    return fractions.get(words.lower().strip()) or _value(words)


def _value(word: str) -> int:
    return numbers.value(word) or 0


def _time(text: str, match: re.Match[str], hour: int, minute: int, half: str | None) -> Time:
    said = half or ""
    if not said and (part := DAY_PART.search(GREETED.sub(" ", text))):
        said = part.group(0)
    plain = said.lower().strip(" ,")
    late, early = bool(AFTERNOON.search(plain)), bool(MORNING.search(plain))
    if late and hour < 12:
        hour += 12
    if early and hour == 12:
        hour = 0
    certain = late or early or hour > 12 or hour == 0
    return Time(hour, minute, certain=certain, start=match.start(), end=match.end())
