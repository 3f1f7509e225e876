"""Times and days as people say them: "half past six", "quarter to nine", "tomorrow", "the third of May"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.local.brain import numbers

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16,
    "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
UNIT = "|".join(word for word in numbers.UNITS if word not in ("o", "zero", "nought"))
NUMBER = rf"(?:\d{{1,2}}|(?:twenty|thirty|forty|fifty)(?:[\s-](?:{UNIT}))?|{UNIT})"
HALF_DAY = r"(?:\s*(a\.?\s?m\.?|p\.?\s?m\.?|in the morning|in the afternoon|in the evening|tonight|at night))?"
FIVES = r"half|quarter|five|ten|twenty(?:[\s-]five)?|5|10|20|25"  # minutes; from two to four is none
PAST = re.compile(rf"(?<!from )(?<!between )\b({FIVES}) (past|to|after|before) ({NUMBER}){HALF_DAY}", re.IGNORECASE)
MINUTES = r"(?:[:.](\d\d)|\s(oh five|ten|fifteen|twenty|thirty|forty[- ]five|forty|fifty|\d\d))"
PLAIN = re.compile(
    rf"\b(at |around |about |by |from )?({NUMBER}){MINUTES}?( o'? ?clock)?{HALF_DAY}(?!\w)", re.IGNORECASE
)
NAMED = re.compile(r"\b(noon|midday|midnight)\b", re.IGNORECASE)
JOINED = re.compile(r"\b([01]?\d|2[0-3])([0-5]\d)(?=\s*(?:a\.?m|p\.?m|o'clock))|\bat (\d)([0-5]\d)\b", re.IGNORECASE)
WEEKDAY = re.compile(rf"\b(?:(?:on|next|this|coming) )?({'|'.join(DAYS)})s?\b", re.IGNORECASE)
RELATIVE = re.compile(r"\b(the day after tomorrow|tomorrow|today|tonight|next week)\b", re.IGNORECASE)
ORDINAL = rf"(\d{{1,2}})(?:st|nd|rd|th)?|({'|'.join(ORDINALS)})"
DATE = re.compile(
    rf"\b(?:the )?(?:{ORDINAL})(?: of)? ({'|'.join(MONTHS)})\b|\b({'|'.join(MONTHS)})(?: the)? (?:{ORDINAL})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """A time ("19:30") or a day ("friday", "tomorrow", "3 may") and where it stands."""

    value: str
    start: int
    end: int


def find_time(text: str, *, bare: bool = False) -> Found | None:
    """Return the first time of day as `H:MM`, in 24 hours if am or pm is said. `bare`: a lone number counts."""
    if match := NAMED.search(text):
        return Found("0:00" if match.group(1).lower() == "midnight" else "12:00", *match.span())
    if match := PAST.search(text):
        return Found(_past(match), *match.span())
    if match := JOINED.search(text):
        hour, minute = match.group(1) or match.group(3), match.group(2) or match.group(4)
        return Found(_time(int(hour), int(minute), text[match.end() : match.end() + 6]), *match.span())
    for match in PLAIN.finditer(text):
        cue, hour, figures, spoken, clock, half = match.groups()
        minute = figures or spoken
        hours = _value(hour)
        if hours > 24 or not (bare or cue or clock or half or minute):
            continue
        minutes = _minutes(minute or "")
        if minutes < 60:
            return Found(_time(hours, minutes, half or ""), *match.span())
    return None


def _minutes(word: str) -> int:
    """Return the minutes after the hour: "oh five", "thirty", "30", or none."""
    return _value(word.lower().removeprefix("oh "))


def _value(word: str) -> int:
    found = numbers.find(word)
    return int(float(found[0].digits)) if found else 0


def _past(match: re.Match[str]) -> str:
    part, side, hour, half = match.groups()
    minutes = {"half": 30, "quarter": 15}.get(part.lower()) or _value(part)
    if side.lower() in ("to", "before"):
        return _time((_value(hour) - 1) % 24, 60 - minutes, half or "")
    return _time(_value(hour), minutes, half or "")


def _time(hour: int, minute: int, half: str) -> str:
    plain = half.lower().replace(".", "").replace(" ", "")
    if plain.startswith(("pm", "inthea", "inthee", "tonight", "atnight")) and hour < 12:
        hour += 12
    if plain.startswith(("am", "inthem")) and hour == 12:
        hour = 0
    return f"{hour}:{minute:02}"


def find_day(text: str) -> Found | None:
    """Return the first day: a date such as "3 may", a weekday, or "today", "tomorrow"."""
    if match := DATE.search(text):
        day = match.group(1) or match.group(5) or str(ORDINALS[(match.group(2) or match.group(6)).lower()])
        return Found(f"{int(day)} {(match.group(3) or match.group(4)).lower()}", *match.span())
    if match := WEEKDAY.search(text):
        return Found(match.group(1).lower(), *match.span())
    if match := RELATIVE.search(text):
        value = match.group(1).lower()
        return Found("today" if value == "tonight" else value, *match.span())
    return None
