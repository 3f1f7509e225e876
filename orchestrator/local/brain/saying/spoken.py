"""Values as people say them: "Tuesday, 1 December", "half past three", "for three people"."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from orchestrator.local.brain.understanding.kinds import Kind, counts_people, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter

HOURS = ["twelve", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"]
SMALL = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ISO_MOMENT = re.compile(r"\b(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?\b")
ISO_DAY = re.compile(r"\b\d{4}-\d\d-\d\d\b")
LONG = 6  # most words of a value that is read back


def day(value: date, today: date) -> str:
    """Return a day as it is said: with its weekday when it is near, with its year when it is far."""
    if value == today:
        return "today"
    if value == today + timedelta(days=1):
        return f"tomorrow, {value.day} {value:%B}"
    near = timedelta(0) < value - today < timedelta(days=300)
    return f"{value:%A}, {value.day} {value:%B}" if near else f"{value.day} {value:%B %Y}"


def time(value: str) -> str:
    """Return a time `HH:MM` as it is said."""
    hour, minute = (int(part) for part in value.split(":")[:2])
    if minute == 0:
        named = {0: "midnight", 12: "noon"}
        return named.get(hour, f"{HOURS[hour % 12]} o'clock")
    if minute in (15, 30):
        return f"{'half' if minute == 30 else 'quarter'} past {HOURS[hour % 12]}"
    if minute == 45:
        return f"quarter to {HOURS[(hour + 1) % 12]}"
    return f"{hour % 12 or 12}:{minute:02}"


def natural(text: str, today: date) -> str:
    """Return a text with the dates of machines as people say them."""
    text = ISO_MOMENT.sub(lambda match: f"{_day(match.group(1), today)} at {time(match.group(2))}", text)
    return ISO_DAY.sub(lambda match: _day(match.group(0), today), text)


def _day(written: str, today: date) -> str:
    try:
        return day(date.fromisoformat(written), today)
    except ValueError:
        return written


def phrase(parameter: Parameter, value: Any, today: date) -> str:
    """Return a value as part of a sentence: "on Tuesday", "for three people", "under the name Anna Schmidt"."""
    kind, said = kind_of(parameter), natural(str(value), today)
    named = parameter.name.replace("_", " ")
    if kind is Kind.FLAG:
        return f"{'with' if value else 'without'} {named}"
    if kind in (Kind.DAY, Kind.MOMENT):
        return f", {named} {said}" if parameter.hints("birth\\w*", "dob") else _day_phrase(parameter, said)
    if kind is Kind.TIME:
        return f"at {time(value) if re.fullmatch(r'[0-9]{1,2}:[0-9]{2}', str(value)) else said}"
    if kind is Kind.COUNT and isinstance(value, int):
        return _count_phrase(parameter, value)
    if kind is Kind.NAME:
        return f"for {said}"
    if kind is Kind.CHOICE:
        return f", {said.replace('_', ' ')}"
    if kind is Kind.FREE and len(said.split()) > LONG:
        return ""
    return f", {named} {said}"


def _day_phrase(parameter: Parameter, said: str) -> str:
    if parameter.hints("arriv\\w+", "check ?in", "start"):
        return f"from {said}"
    if parameter.hints("depart\\w+", "check ?out", "end", "until"):
        return f"to {said}"
    return said if said.startswith(("today", "tomorrow", "the ", "next ")) else f"on {said}"


def _count_phrase(parameter: Parameter, value: int) -> str:
    counted = "people" if counts_people(parameter) else parameter.name.removeprefix("number_of_").replace("_", " ")
    if value == 1:
        counted = "person" if counted == "people" else counted.removesuffix("s")
    elif not counted.endswith("s") and counted != "people":
        counted = f"{counted}s"
    said = SMALL[value] if 0 <= value < len(SMALL) else str(value)
    return f"for {said} {counted}"
