"""Times of day as people say them: "half past six", "quarter to nine", "seven thirty", "at four"."""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.local.brain.understanding import numbers

UNIT = "|".join(word for word in numbers.UNITS if word not in ("o", "zero", "nought"))
NUMBER = rf"(?:\d{{1,2}}|(?:twenty|thirty|forty|fifty)(?:[\s-](?:{UNIT}))?|{UNIT})"
HALF_DAY = (
    r"(?:,?\s*(a\.?\s?m\b\.?|p\.?\s?m\b\.?|in the (?:early |late )?(?:morning|afternoon|evening)|"
    r"(?:this )?(?:morning|afternoon|evening)|tonight|at night))?"
)
FIVES = r"half|quarter|five|ten|twenty(?:[\s-]five)?|5|10|20|25"  # minutes; from two to four is none
PAST = re.compile(
    rf"(?<!from )(?<!between )\b(?:a )?({FIVES}) (past|to|after|before) ({NUMBER}){HALF_DAY}", re.IGNORECASE
)
HALF = re.compile(rf"\bhalf ({NUMBER}){HALF_DAY}\b", re.IGNORECASE)  # "half three"
FIVE = "[- ]five"
MINUTES = (
    r"(?:[:.](\d\d)|"
    rf"\s(oh five|ten|fifteen|twenty{FIVE}|twenty|thirty{FIVE}|thirty|forty{FIVE}|forty|fifty{FIVE}|fifty|\d\d))"
)
PLAIN = re.compile(
    rf"\b(at |around |about |by |from |until |to )?({NUMBER}){MINUTES}?( o'? ?clock)?{HALF_DAY}(?![\w])", re.IGNORECASE
)
NAMED = re.compile(r"\b(noon|midday|midnight)\b", re.IGNORECASE)
JOINED = re.compile(
    r"\b([01]?\d|2[0-3])([0-5]\d)(?=\s*(?:a\.?m|p\.?m|o'clock))|\bat (\d{1,2})([0-5]\d)\b", re.IGNORECASE
)
# What a number before it counts, so that it is no hour.
UNITS = (
    "of us|people|persons?|guests|nights?|days?|weeks?|months?|years?|percent|minutes|hours|street|rooms?|adults|"
    "children|kids"
)
COUNTED_BUT_MONEY = re.compile(rf"(?:{UNITS})\b", re.IGNORECASE)
COUNTED = re.compile(rf"(?:{UNITS}|euros?|dollars?|pounds?)\b")
SURE_CUES = ("at ", "around ", "about ")
PART = re.compile(r"\b(morning|breakfast|afternoon|lunch|evening|tonight|night|dinner|supper)\b", re.IGNORECASE)
# Which hours of twelve are meant in the afternoon when nobody says so, by the words around.
LATE = re.compile(
    r"\b(?:dinner|supper|table|restaurant|evening|tonight|night|show|concert|theat(?:re|er)|film|movie)\b",
    re.IGNORECASE,
)
EARLY = re.compile(r"\b(?:wake|breakfast|morning|alarm)\b", re.IGNORECASE)
OPENING = 7  # the hour from which a time of business is in the morning


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
        late = LATE.search(about) or (not EARLY.search(about) and self.hour < OPENING)
        hour = self.hour + 12 if late and not self.certain and 1 <= self.hour < 12 else self.hour
        return f"{hour % 24:02}:{self.minute:02}"


def find(text: str, *, bare: bool = False) -> list[Time]:
    """Return the times of day in a text, in order of their places. `bare`: a lone number counts."""
    found: list[Time] = []
    for time in (*_named(text), *_past(text), *_joined(text), *_plain(text, bare=bare)):
        if all(time.start >= one.end or time.end <= one.start for one in found):
            found.append(time)
    return sorted(found, key=lambda time: time.start)


def _named(text: str) -> list[Time]:
    return [
        Time(0 if match.group(1).lower() == "midnight" else 12, 0, certain=True, start=match.start(), end=match.end())
        for match in NAMED.finditer(text)
    ]


def _past(text: str) -> list[Time]:
    found: list[Time] = []
    for match in PAST.finditer(text):
        part, side, hour, half = match.groups()
        minutes = {"half": 30, "quarter": 15}.get(part.lower()) or _value(part)
        if side.lower() in ("to", "before"):
            found.append(_time(text, match, (_value(hour) - 1) % 24, 60 - minutes, half))
        else:
            found.append(_time(text, match, _value(hour), minutes, half))
    halves = [_time(text, match, _value(match.group(1)), 30, match.group(2)) for match in HALF.finditer(text)]
    return found + halves


def _joined(text: str) -> list[Time]:
    found: list[Time] = []
    for match in JOINED.finditer(text):
        hour, minute = match.group(1) or match.group(3), match.group(2) or match.group(4)
        if int(hour) < 24:
            found.append(_time(text, match, int(hour), int(minute), text[match.end() : match.end() + 6].strip()))
    return found


def _plain(text: str, *, bare: bool) -> list[Time]:
    found: list[Time] = []
    for match in PLAIN.finditer(text):
        cue, hour, figures, spoken, clock, half = match.groups()
        hours, minutes = _value(hour), _minutes(figures or spoken or "")
        after = text[match.end() :].lstrip().lower()
        counted = COUNTED.match(after)
        said = (cue and cue.lower() in SURE_CUES) or clock or half or figures or spoken
        if hours > 24 or minutes > 59 or counted or not (said or bare):
            continue
        if spoken and not (cue or clock or half or bare) and hours > 12:
            continue
        found.append(_time(text, match, hours, minutes, half))
    return found


def _minutes(word: str) -> int:
    """Return the minutes after the hour: "oh five", "thirty", "30", or none."""
    return _value(word.lower().removeprefix("oh "))


def _value(word: str) -> int:
    found = numbers.find(word)
    return int(float(found[0].digits)) if found else 0


def _time(text: str, match: re.Match[str], hour: int, minute: int, half: str | None) -> Time:
    said = half or ""
    if not said and (part := PART.search(text)):
        said = part.group(1)
    plain = said.lower().replace(".", "").replace(" ", "")
    late = plain.startswith("p") or bool(re.search("afternoon|evening|tonight|night|dinner|supper", plain))
    early = plain.startswith("am") or "morning" in plain or "breakfast" in plain
    if late and hour < 12:
        hour += 12
    if early and hour == 12:
        hour = 0
    certain = late or early or hour > 12 or hour == 0
    return Time(hour, minute, certain=certain, start=match.start(), end=match.end())
