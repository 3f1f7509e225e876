"""Values as people say them: "Tuesday, 1 December", "half past three", "for three people"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from orchestrator.local.brain.language import Expression, current, length
from orchestrator.local.brain.understanding.kinds import (
    Kind,
    counts_anything,
    counts_people,
    is_place_in_row,
    kind_of,
)
from orchestrator.local.brain.understanding.parameter import Parameter, spaced
from orchestrator.team.functions import transfer_name

ISO_MOMENT = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?(?!\d)")
ISO_DAY = re.compile(r"(?<!\d)\d{4}-\d\d-\d\d(?!\d)")
LABELLED = (",", "，")  # how a value begins that has its name before it
LONG = 12  # most words of a value that is read back
THINGS = frozenset({"product", "item", "items", "goods", "article"})  # parameters whose values need no name


def day(value: date, today: date) -> str:
    """Return a day as it is said: with its weekday when it is near, with its year when it is far."""
    lines = current().lines
    if value == today:
        return str(lines["today"])
    parts = {
        "weekday": lines["weekdays"][value.weekday()],
        "day": lines["date_parts"].get(value.day, value.day),
        "month": lines["months"][value.month - 1],
        "year": value.year,
    }
    if value == today + timedelta(days=1):
        return str(lines["tomorrow"]).format(**parts)
    near = timedelta(0) < value - today < timedelta(days=300)
    return str(lines["near" if near else "far"]).format(**parts)


def time(value: str) -> str:
    """Return a time `HH:MM` as it is said."""
    lines = current().lines
    hour, minute = (int(part) for part in value.split(":")[:2])
    hour %= 24
    named = {0: "midnight", 12: "noon"}
    if minute == 0 and hour in named:
        return str(lines[named[hour]])
    said = {0: "o_clock", 15: "quarter_past", 30: "half_past", 45: "quarter_to"}.get(minute, "minutes")
    parts = {
        "hour": lines["hours"][hour],
        "next": lines["hours"][(hour + 1) % 24],
        "full": lines["full_hours"][hour],
        "full_next": lines["full_hours"][(hour + 1) % 24],
        "twelve": hour % 12 or 12,
        "figure": hour,
        "minute": f"{minute:02}",
        "period": next((name for until, name in lines["periods"].items() if hour < until), ""),
    }
    return str(lines[said]).format(**parts)


def natural(text: str, today: date) -> str:
    """Return a text with the dates of machines as people say them."""
    text = ISO_MOMENT.sub(lambda match: _moment(match.group(1), match.group(2), today), text)
    return ISO_DAY.sub(lambda match: _day(match.group(0), today), text)


def _moment(written: str, clock: str, today: date) -> str:
    return str(current().lines["moment"]).format(day=_day(written, today), time=time(clock))


def _day(written: str, today: date) -> str:
    try:
        return day(date.fromisoformat(written), today)
    except ValueError:
        return written


def plain(name: str) -> str:
    """Return a function's or parameter's name as words."""
    return spaced(name.removeprefix(transfer_name("")))


def label(parameter: Parameter) -> str:
    """Return what a parameter is called: its name or, where names are not in the language, its description."""
    about = str(parameter.schema.get("description") or "")
    if not current().words["labels_are_described"] or not about:
        return plain(parameter.name)
    return Expression("cut").pattern.split(about, maxsplit=1)[0].strip(" .。")


def phrase(parameter: Parameter, value: Any, today: date) -> str:
    """Return a value as part of a sentence: "on Tuesday", "for three people", ", name Anna Schmidt"."""
    lines = current().lines
    written = current().words["and"].join(map(str, value)) if isinstance(value, list) else str(value)
    kind, said = kind_of(parameter), natural(written, today)
    if kind is Kind.FLAG:
        return str(lines["with" if value else "without_it"]).format(label=label(parameter))
    if kind in (Kind.DAY, Kind.MOMENT):
        if parameter.hints("birth"):
            return labelled(parameter, written, today)
        return _day_phrase(parameter, said)
    if kind is Kind.TIME:
        clock = time(value) if re.fullmatch(r"[0-9]{1,2}:[0-9]{2}", str(value)) else said
        return str(lines["at_time"]).format(time=clock)
    if kind is Kind.COUNT and isinstance(value, int) and not is_place_in_row(parameter):
        return _count_phrase(parameter, value)
    if kind is Kind.NAME:
        return str(lines["for_name"]).format(name=said)
    if kind is Kind.CHOICE or parameter.words in THINGS:
        return str(lines["choice"]).format(value=said.replace("_", " "), label=label(parameter))
    if kind is Kind.FREE and length(said) > LONG:
        return ""
    return labelled(parameter, written, today)


def labelled(parameter: Parameter, value: Any, today: date) -> str:
    """Return a value behind its name: ", pet Coco"."""
    return str(current().lines["labelled"]).format(label=label(parameter), value=natural(str(value), today))


def _day_phrase(parameter: Parameter, said: str) -> str:
    lines = current().lines
    if parameter.hints("from"):
        return str(lines["from_day"]).format(day=said)
    if parameter.hints("to"):
        return str(lines["to_day"]).format(day=said)
    return said if re.match(lines["undated"], said) else str(lines["on_day"]).format(day=said)


def _count_phrase(parameter: Parameter, value: int) -> str:
    lines = current().lines
    if counts_anything(parameter):
        return str(lines["choice"]).format(value=_small(value))
    if counts_people(parameter):
        people = lines["person"] if value == 1 else lines["people"]
        return str(lines["for_people"]).format(n=_small(value), people=people)
    return counted(parameter, value)


def _small(value: int) -> str:
    small: Sequence[str] = current().lines["small"]
    return small[value] if 0 <= value < len(small) else str(value)


def counted(parameter: Parameter, value: int) -> str:
    """Return how many of what a parameter is called: "two children" beside "two adults"."""
    lines, said = current().lines, _small(value)
    if Expression("count_place").search(label(parameter)):
        return str(lines["count_in_label"]).format(label=Expression("count_place").sub(said, label(parameter)))
    if current().words["labels_are_described"]:
        return str(lines["labelled"]).format(label=label(parameter), value=said)
    things = parameter.words.removeprefix("number of ")
    if value == 1:
        things = things.removesuffix("ren" if things.endswith("children") else "s")
    elif not things.endswith(("s", "children")):
        things = f"{things}s"
    lasts = bool(Expression("counted_but_money").match(things))
    return str(lines["for_people"]).format(n=said, people=things) if lasts else f", {said} {things}"
