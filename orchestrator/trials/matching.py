"""Whether words, and the arguments of functions, are what a test expects.

Words are found in upper or lower case alike. `/…/` is a regular expression. Of arguments, `*` stands for anything, and
`<friday>` for a day as the caller's clock has it: `<tomorrow>`, `<next monday>`, `<in 2 days>`, `<23rd>`,
`<3 december>`, `<friday + 2>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from orchestrator.team.trials.expectations import expression_in

ANY = "*"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
DAY = re.compile(r"<([^<>]+?)(?: \+ (\d+))?>")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:00)?")
CLOCK = re.compile(r"(\d\d:\d\d):00")


def finder(wanted: str) -> Callable[[str], bool]:
    """Return what finds some words in a text, or a regular expression between slashes."""
    expression = regular(wanted)
    if expression is not None:
        return lambda text: expression.search(text) is not None
    return lambda text: wanted.casefold() in text.casefold()


def regular(wanted: str) -> re.Pattern[str] | None:
    """Return the regular expression between slashes; None when it is words."""
    expression = expression_in(wanted)
    return None if expression is None else re.compile(expression, re.IGNORECASE | re.DOTALL)


def said(wanted: str, texts: Iterable[str]) -> bool:
    """Return whether some words are in one of the texts, or go through several of them."""
    return finder(wanted)(" ".join(texts))


def is_right(wanted: Any, given: Any, today: date) -> bool:
    """Return whether an argument has the value that is wanted; upper and lower case count as the same."""
    if isinstance(wanted, Mapping) and isinstance(given, Mapping):
        return wanted.keys() == given.keys() and all(is_right(one, given[key], today) for key, one in wanted.items())
    if isinstance(wanted, list) and isinstance(given, list):
        same = zip(wanted, given, strict=False)
        return len(wanted) == len(given) and all(is_right(one, other, today) for one, other in same)
    if wanted == ANY:
        return True
    if wanted is None or given is None:
        return wanted is given
    text = _plain(given)
    if isinstance(wanted, str) and (expression := regular(wanted)) is not None:
        return expression.search(text) is not None
    return with_days(_plain(wanted), today).casefold() == text.casefold()


def with_days(text: str, today: date) -> str:
    """Return a text with the days that `<…>` stands for."""
    return DAY.sub(lambda found: _iso(found, today), text)


def day(words: str, today: date) -> date:
    """Return the day that some words stand for; raises `ValueError` if they stand for none.

    They are "friday", "next friday", "last friday", "tomorrow", "in 2 days", "23rd" (the next one), "3 december" or
    "3 next month".
    """
    if words in NEAR:
        return today + timedelta(days=NEAR[words])
    if words in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(words) - today.weekday() - 1) % 7 + 1)
    first, _, second = words.partition(" ")
    if not second:
        return _on(int(first[:-2]), today)
    if second == "next month":
        return (today.replace(day=1) + timedelta(days=31)).replace(day=int(first))
    if first == "in":
        return today + timedelta(days=int(second.removesuffix("s").removesuffix(" day")))
    if first == "last":
        return today - timedelta(days=(today.weekday() - WEEKDAYS.index(second) - 1) % 7 + 1)
    if first == "next":
        return today - timedelta(days=today.weekday()) + timedelta(days=7 + WEEKDAYS.index(second))
    value = date(today.year, MONTHS.index(second) + 1, int(first))
    return value if value >= today else value.replace(year=value.year + 1)


def _on(number: int, today: date) -> date:
    """Return the next day of a month with this number."""
    if not 1 <= number <= 31:
        raise ValueError(f"no month has a day {number}")
    value = today
    while value.day != number:
        value += timedelta(days=1)
    return value


def _iso(found: re.Match[str], today: date) -> str:
    try:
        return (day(found[1].lower(), today) + timedelta(days=int(found[2] or 0))).isoformat()
    except ValueError:
        return found[0]  # it stands for itself


def _plain(value: Any) -> str:
    """Write a value so that spellings of the same number, truth, time of day or moment are equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if found := CLOCK.fullmatch(text):
        return found[1]
    if found := MOMENT.fullmatch(text):
        return f"{found[1]} {found[2]}"
    return text
