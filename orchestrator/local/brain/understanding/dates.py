"""Days as people say them: "tomorrow", "next Tuesday", "the third of May 1984", "a week on Monday", "in ten days"."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from orchestrator.local.brain import language
from orchestrator.local.brain.understanding import numbers

ENGLISH = language.load("en")
MONTHS = {name[:length]: at for at, name in enumerate(ENGLISH.months, 1) for length in (3, len(name))} | {"sept": 9}
WEEKDAYS = {name: at for at, name in enumerate(ENGLISH.weekdays)}
MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
WEEKDAY = "|".join(WEEKDAYS)
ORDINALS = ENGLISH.ordinals
ORDINAL_WORD = rf"(?:(?:twenty|thirty)[- ])?(?:{'|'.join(ORDINALS)})"
ORDINAL = rf"\d{{1,2}}(?:st|nd|rd|th)|{ORDINAL_WORD}"
SMALL = r"\d{1,2}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen"
WORD_NUMBER = r"(?:[a-z]+(?:ty|teen)|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
ON = rf"(?:\b(?:{WEEKDAY}),? )?\b"  # a weekday before a date adds nothing
YEAR = (
    r"(?:,? (?:of |in )?(?P<year>(?:19|20)\d\d|'?\d\d(?![\d:.])|"
    rf"(?:nineteen|twenty)[- ]{WORD_NUMBER}(?:[- ]{WORD_NUMBER})?|nineteen oh {WORD_NUMBER}|"
    rf"two thousand(?:(?: and)? {WORD_NUMBER}(?:[- ]{WORD_NUMBER})?)?|"
    rf"(?:{'|'.join(numbers.TENS)})(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)\b)?"
)
PIVOT = 10  # how many years ahead a year of two digits may lie: '84 is 1984


@dataclass(frozen=True, slots=True)
class Day:
    """A day and where it stands in a text."""

    value: date
    words: str  # as it was said, without "on"
    dated: bool  # whether it was said as a date: "the third of May"
    start: int
    end: int


def find(text: str, today: date, *, past: bool = False) -> list[Day]:
    """Return the days in a text, in order of their places. `past`: birthdays and the like, which need a year."""
    found: list[Day] = []
    taken: list[tuple[int, int]] = []
    for pattern, read in RULES:
        for match in pattern.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            value = read(match, today, past)
            if value is not None:
                taken.append(match.span())
                words = re.sub(r"^(?:on|for|by) ", "", match.group(0).strip(" ,").lower())
                found.append(Day(value, words, read in (_iso, _figures, _named), *match.span()))
    return _in_order(sorted(found, key=lambda day: day.start))


def _in_order(days: list[Day]) -> list[Day]:
    """Move weekdays past the days before them: "from Friday to Sunday"."""
    for at in range(1, len(days)):
        day, before = days[at], days[at - 1]
        if day.words in WEEKDAYS and timedelta(0) < before.value - day.value <= timedelta(days=7):
            days[at] = replace(day, value=day.value + timedelta(days=7))
    return days


def _iso(match: re.Match[str], today: date, past: bool) -> date | None:
    return _date(int(match["y"]), int(match["m"]), int(match["d"]))


def _figures(match: re.Match[str], today: date, past: bool) -> date | None:
    """Read "3.5.1984" with the day first and "5/3/1984" with the month first, unless only the other is possible."""
    first, second = int(match["a"]), int(match["b"])
    year = _year(match["y"], today) if match["y"] else None
    month_first = (match["sep"] == "/" and first <= 12) or second > 12
    day, month = (second, first) if month_first else (first, second)
    return _in_year(day, month, year, today, past)


def _named(match: re.Match[str], today: date, past: bool) -> date | None:
    day = _ordinal(match["day"])
    month = MONTHS[match["month"].lower()]
    said = match["year"]
    return _in_year(day, month, _year(said, today) if said else None, today, past)


def _in_year(day: int, month: int, year: int | None, today: date, past: bool) -> date | None:
    if year is not None:
        return _date(year, month, day)
    if past:
        return None
    value = _date(today.year, month, day)
    return value if value is None or value >= today else _date(today.year + 1, month, day)


def _weekday(match: re.Match[str], today: date, past: bool) -> date | None:
    """Read a weekday: the next one; "next Tuesday" is in the week after this one, as is "Tuesday next week"."""
    wanted = WEEKDAYS[match["weekday"].lower()]
    monday = today - timedelta(days=today.weekday())
    before, after = (match["before"] or "").lower(), (match["after"] or "").lower()
    if "last" in before:
        return today - timedelta(days=(today.weekday() - wanted - 1) % 7 + 1)
    if past:
        return None
    if "next" in before or "next" in after:
        return monday + timedelta(days=7 + wanted)
    coming = today + timedelta(days=(wanted - today.weekday() - 1) % 7 + 1)
    return coming + timedelta(days=7) if "week" in (before + after) else coming


def _relative(match: re.Match[str], today: date, past: bool) -> date | None:
    words = match.group(0).lower()
    away = {"after tomorrow": 2, "before yesterday": -2, "tomorrow": 1, "yesterday": -1}
    return today + timedelta(days=next((days for part, days in away.items() if part in words), 0))


def _ahead(match: re.Match[str], today: date, past: bool) -> date | None:
    days = _count(match["n"]) * (7 if match["unit"].lower().startswith("week") else 1)
    return today + timedelta(days=days)


def _ago(match: re.Match[str], today: date, past: bool) -> date | None:
    ahead = _ahead(match, today, past)
    return ahead and today - (ahead - today)


def _of_this_month(match: re.Match[str], today: date, past: bool) -> date | None:
    """Read "the third of next month"."""
    month = today.month + (1 if match["which"].lower() == "next" else 0)
    return _date(today.year + month // 13, (month - 1) % 12 + 1, _ordinal(match["day"]))


def _of_month(match: re.Match[str], today: date, past: bool) -> date | None:
    """Read "the 12th": of this month, or the next."""
    day = _ordinal(match["day"])
    for ahead in range(3):
        month = (today.month - 1 + ahead) % 12 + 1
        value = _date(today.year + (today.month - 1 + ahead) // 12, month, day)
        if value is not None and value >= today and not past:
            return value
    return None


def _feast(match: re.Match[str], today: date, past: bool) -> date | None:
    day, month = FEASTS[match["feast"].lower().replace("’", "'")]
    return _in_year(day, month, None, today, past)


FEASTS = {
    "christmas eve": (24, 12), "christmas day": (25, 12), "christmas": (25, 12), "boxing day": (26, 12),
    "new year's eve": (31, 12), "new year's day": (1, 1), "valentine's day": (14, 2),
}  # fmt: skip
Reader = Callable[[re.Match[str], date, bool], date | None]
RULES: Sequence[tuple[re.Pattern[str], Reader]] = [
    (re.compile(expression, re.IGNORECASE), read)
    for expression, read in (
        (r"\b(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)\b", _iso),
        (r"\b(?P<a>\d{1,2})(?P<sep>[./])(?P<b>\d{1,2})[./](?P<y>\d{4}|\d{2})\b", _figures),
        (
            rf"{ON}(?:the )?(?P<day>{ORDINAL}|\d{{1,2}})(?: day)?(?: of)? (?P<month>{MONTH})\b\.?{YEAR}",
            _named,
        ),
        (rf"{ON}(?P<month>{MONTH})\b\.?(?: the)? (?P<day>{ORDINAL}|\d{{1,2}}(?![\d:]))\b{YEAR}", _named),
        (rf"{ON}(?:the )?(?P<day>{ORDINAL}) (?:day )?of (?P<which>this|next|the) month\b", _of_this_month),
        (rf"{ON}the (?P<day>{ORDINAL})\b(?! (?:one|time|of|floor|name|option|half))", _of_month),
        (r"\b(?:(?:the )?day (?:after tomorrow|before yesterday)|tomorrow|yesterday|today|tonight)\b", _relative),
        (r"\bthis (?:morning|afternoon|evening)\b", _relative),
        (
            rf"(?P<before>\b(?:a week (?:on |from )?|next |this |coming |last |on )?)\b(?P<weekday>{WEEKDAY})s?\b"
            r"(?P<after> next week| week\b| the week after| after next)?",
            _weekday,
        ),
        (rf"\bin (?P<n>{SMALL}) (?P<unit>days?|weeks?)\b", _ahead),
        (rf"\b(?P<n>{SMALL}) (?P<unit>days?|weeks?) from (?:now|today)\b", _ahead),
        (rf"\b(?P<n>{SMALL}) (?P<unit>days?|weeks?) ago\b", _ago),
        (rf"\b(?P<feast>{'|'.join(FEASTS)})\b", _feast),
    )
]  # fmt: skip


def _ordinal(words: str) -> int:
    plain = words.lower().replace("-", " ")
    if plain[0].isdigit():
        return int(re.match(r"\d+", plain).group())  # type: ignore[union-attr]
    return sum(ORDINALS.get(word) or numbers.TENS.get(word, 0) for word in plain.split())


def _count(words: str) -> int:
    if words.isdigit():
        return int(words)
    return 1 if words.lower() in ("a", "an") else numbers.UNITS[words.lower()]


def _year(words: str, today: date) -> int | None:
    """Return a year: "1984", "'84", "nineteen eighty-four", "two thousand and five"."""
    plain = words.lower().replace("-", " ").strip("' ")
    if plain.startswith("two thousand"):
        rest = numbers.find(plain.removeprefix("two thousand").replace("and", ""))
        return 2000 + (int(rest[0].digits) if rest else 0)
    if plain.startswith(("nineteen ", "twenty ")) and not plain.isdigit():
        century, _, after = plain.partition(" ")
        digits = numbers.find(after)
        low = int(digits[0].digits) if digits else 0
        if century == "nineteen" or low >= 10:
            return numbers.UNITS.get(century, numbers.TENS.get(century, 0)) * 100 + low
    if not plain.isdigit():
        found = numbers.find(plain)
        plain = found[0].digits if found else ""
    if not plain:
        return None
    year = int(plain)
    if year >= 100:
        return year
    return year + (2000 if 2000 + year <= today.year + PIVOT else 1900)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
