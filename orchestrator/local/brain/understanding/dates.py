"""Days as people say them: "tomorrow", "next Tuesday", "the third of May 1984", "a week on Monday", "in ten days".

A language's file has the expressions, whose groups say what is read; what they come to is worked out here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

from orchestrator.local.brain.language import Expression, Language, current
from orchestrator.local.brain.understanding import numbers

JOINED = Expression("joined_days")
PIVOT = 10  # how many years ahead a year of two digits may lie: '84 is 1984
NUMBERED = Expression("numbered_day")  # "the second"
AGAIN = "2"  # ends the name of a group that occurs a second time in an expression


@dataclass(frozen=True, slots=True)
class Day:
    """A day and where it stands in a text."""

    value: date
    words: str  # as it was said, without "on"
    dated: bool  # whether it was said as a date: "the third of May"
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Found:
    """What an expression has found: its groups by name."""

    groups: Mapping[str, str]
    today: date
    past: bool

    def __getitem__(self, name: str) -> str:
        return self.groups.get(name) or self.groups.get(name + AGAIN) or ""


Reader = Callable[[Found], date | None]


def find(text: str, today: date, *, past: bool = False) -> list[Day]:
    """Return the days in a text, in order of their places. `past`: birthdays and the like, which need a year."""
    found: list[Day] = []
    lone: set[int] = set()  # where weekdays begin of which nobody said which week's
    taken: list[tuple[int, int]] = []
    undated: list[int] = []
    language = current()
    for kind, pattern, read in _rules(language):
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            groups = {name: group.lower() for name, group in match.groupdict().items() if group}
            value = read(Found(groups, today, past))
            if value is not None:
                taken.append(match.span())
                words = _lead(language).sub("", match.group(0).strip(" ,").lower())
                found.append(Day(value, words, kind in DATED, *match.span()))
                if kind == "of_month":
                    undated.append(match.start())
                if groups.keys() == {"weekday"}:
                    lone.add(match.start())
    return _in_order(_in_month(sorted(found, key=lambda day: day.start), undated, text), lone)


def _in_month(days: list[Day], undated: Collection[int], text: str) -> list[Day]:
    """Give days without a month that of the day beside them: "the 3rd to the 7th of May", "from May 3rd to the 7th"."""
    for at in range(len(days) - 1):
        day, after = days[at], days[at + 1]
        if not JOINED.pattern.fullmatch(text[day.end : after.start]):
            continue
        if day.start in undated and after.dated:
            value = _date(after.value.year, after.value.month, day.value.day) or day.value
            days[at] = replace(day, value=value, dated=True)
        elif after.start in undated and day.dated and after.value.day > day.value.day:
            value = _date(day.value.year, day.value.month, after.value.day) or after.value
            days[at + 1] = replace(after, value=value, dated=True)
    return days


def in_month_of(text: str, before: date, today: date) -> Day | None:
    """Return the day that corrects another one by its number: "the first of May, no, the second"."""
    days = find(text, today)
    if len(days) != 1 or days[0].dated or not NUMBERED.search(days[0].words):
        return None
    value = _date(before.year, before.month, days[0].value.day)
    return replace(days[0], value=value) if value else None


def is_named(word: str) -> bool:
    """Return whether a word is the name of a month or a weekday."""
    language = current()
    return bool(_weekday_in(word.lower(), language) is not None or _month_in(word.lower(), language))


@cache
def _lead(language: Language) -> re.Pattern[str]:
    return re.compile(language.words["day_lead"])


@cache
def _rules(language: Language) -> Sequence[tuple[str, re.Pattern[str], Reader]]:
    return [
        (kind, re.compile(written, re.IGNORECASE), partial(READERS[kind], *more) if more else READERS[kind])
        for kind, written, *more in language.words["dates"]
    ]


@cache
def _names(language: Language, of: str) -> Sequence[re.Pattern[str]]:
    return [re.compile(name) for name in language.words[of]]


def _in_order(days: list[Day], lone: Collection[int]) -> list[Day]:
    """Move weekdays past the days before them: "from Friday to Sunday"."""
    for at in range(1, len(days)):
        day, before = days[at], days[at - 1]
        if day.start in lone and timedelta(0) < before.value - day.value <= timedelta(days=7):
            days[at] = replace(day, value=day.value + timedelta(days=7))
    return days


def _iso(found: Found) -> date | None:
    return _date(_number(found["year"]), _number(found["month"]), _number(found["day"]))


def _figures(found: Found) -> date | None:
    """Read "3.5.1984" with the day first and, in English, "5/3/1984" with the month first.

    Where only the other order is possible, it is that.
    """
    first, second = int(found["a"]), int(found["b"])
    year = _year(found["year"], found.today) if found["year"] else None
    month_first = (found["sep"] == current().words["month_first"] and first <= 12) or second > 12
    day, month = (second, first) if month_first else (first, second)
    return _in_year(day, month, year, found)


def _named(found: Found) -> date | None:
    month = _month_in(found["month"], current())
    return _in_year(_day(found["day"]), month, _year(found["year"], found.today) if found["year"] else None, found)


def _in_year(day: int, month: int, year: int | None, found: Found) -> date | None:
    if year is not None:
        return _date(year, month, day)
    if found.past:
        return None
    value = _date(found.today.year, month, day)
    return value if value is None or value >= found.today else _date(found.today.year + 1, month, day)


def _weekday(found: Found) -> date | None:
    """Read a weekday: the next one; "next Tuesday" is in the week after this one, as is "Tuesday next week"."""
    today, wanted = found.today, _weekday_in(found["weekday"], current()) or 0
    monday = today - timedelta(days=today.weekday())
    if found["last"]:
        return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    if found.past:
        return None
    if found["next"]:
        return monday + timedelta(days=7 + wanted)
    coming = today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    return coming + timedelta(days=7) if found["later"] else coming


def _away(days: int, found: Found) -> date | None:
    return found.today + timedelta(days=days)


def _ahead(found: Found) -> date | None:
    return found.today + timedelta(days=_number(found["n"]) * (7 if found["week"] else 1))


def _of_weeks(found: Found) -> date | None:
    """Read "the second Friday in May", "the last Monday of this month"."""
    month = _month_in(found["month"], current()) if found["month"] else found.today.month
    month = month % 12 + 1 if found["next"] else month
    first = date(found.today.year + (month < found.today.month), month, 1)
    wanted = _weekday_in(found["weekday"], current())
    days = [first + timedelta(days=at) for at in range(31)]
    fitting = [day for day in days if day.month == month and day.weekday() == wanted]
    return fitting[-1] if found["last"] else fitting[_day(found["n"]) - 1]


def _weeks_after(found: Found) -> date | None:
    """Read "two weeks from Tuesday"."""
    wanted = _weekday_in(found["weekday"], current()) or 0
    coming = found.today + timedelta(days=(wanted - found.today.weekday() - 1) % 7 + 1)
    return coming + timedelta(days=7 * _number(found["n"]))


def _end_of_month(found: Found) -> date | None:
    """Read "the end of next month"."""
    ahead = found.today.month + (1 if found["next"] else 0)
    return date(found.today.year + ahead // 12, ahead % 12 + 1, 1) - timedelta(days=1)


def _next_months(found: Found) -> date | None:
    """Read "next month on the 5th"."""
    return _date(found.today.year + found.today.month // 12, found.today.month % 12 + 1, _day(found["day"]))


def _ago(found: Found) -> date | None:
    ahead = _ahead(found)
    return ahead and found.today - (ahead - found.today)


def _of_this_month(found: Found) -> date | None:
    """Read "the third of next month"."""
    month = found.today.month + (1 if found["next"] else 0)
    return _date(found.today.year + month // 13, (month - 1) % 12 + 1, _day(found["day"]))


def _of_month(found: Found) -> date | None:
    """Read "the 12th": of this month, or the next."""
    today, day = found.today, _day(found["day"])
    for ahead in range(3):
        month = (today.month - 1 + ahead) % 12 + 1
        value = _date(today.year + (today.month - 1 + ahead) // 12, month, day)
        if value is not None and value >= today and not found.past:
            return value
    return None


def _feast(month_and_day: str, found: Found) -> date | None:
    month, _, day = month_and_day.partition("-")
    return _in_year(int(day), int(month), None, found)


READERS: Mapping[str, Callable[..., date | None]] = {
    "iso": _iso, "figures": _figures, "named": _named, "of_this_month": _of_this_month, "of_month": _of_month,
    "away": _away, "weekday": _weekday, "ahead": _ahead, "ago": _ago, "feast": _feast,
    "of_weeks": _of_weeks, "weeks_after": _weeks_after, "end_of_month": _end_of_month, "next_months": _next_months,
}  # fmt: skip
DATED = ("iso", "figures", "named")


def _weekday_in(words: str, language: Language) -> int | None:
    return next((at for at, name in enumerate(_names(language, "weekdays")) if name.fullmatch(words)), None)


def _month_in(words: str, language: Language) -> int:
    """Return the number of a month; 0 when it is none."""
    short: Mapping[str, Any] = language.words["months_short"]
    if words in short:
        return int(short[words])
    return next((at for at, name in enumerate(_names(language, "months"), 1) if name.fullmatch(words)), 0)


def _day(words: str) -> int:
    """Return the day of a month: "3rd", "third", "drei"."""
    if figures := re.match(r"\d+", words):
        return int(figures.group())
    ordinals = _names(current(), "ordinals")
    return next((at for at, name in enumerate(ordinals, 1) if name.fullmatch(words)), 0) or _number(words)


def _number(words: str) -> int:
    """Return a small number; "a" is one."""
    return numbers.value(words) or 1


def _year(words: str, today: date) -> int | None:
    """Return a year: "1984", "'84", "nineteen eighty-four", "two thousand and five"."""
    found = numbers.find(words.strip("' "))
    if not found:
        return None
    year = int(float(found[0].digits))
    if year >= 100:
        return year
    return year + (2000 if 2000 + year <= today.year + PIVOT else 1900)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
