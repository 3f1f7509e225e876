"""Dialogues with a team, as files have them: what the caller says, and what is right."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
NEAR = {"yesterday": -1, "today": 0, "tomorrow": 1}
DAY = re.compile(r"<([^<>]+?)(?: \+ (\d+))?>")
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:00)?")
CLOCK = re.compile(r"(\d\d:\d\d):00")
ANY = "*"  # an argument that may be anything


@dataclass(frozen=True)
class Turn:
    """One turn of the caller and what is right after it."""

    caller: str
    kind: str  # what is tried
    agent: str = ""  # who has the caller afterwards; "" if it does not matter
    calls: Sequence[Mapping[str, Mapping[str, Any]]] = ()  # the tools that run, with all their arguments
    says: str = ""  # a regular expression that is found in what is said
    spoken: str = ""  # how the caller says it aloud, where that is not how it is written


@dataclass(frozen=True)
class Dialogue:
    """A whole dialogue: a turn after a wrong one counts as wrong."""

    name: str
    turns: Sequence[Turn] = field(default_factory=list)


def teams() -> list[str]:
    """Return the names of the teams."""
    return sorted(path.parent.name for path in HERE.glob("*/agents.yaml"))


def folder(team: str) -> Path:
    """Return the folder of a team: the name of one of these, or the path of another."""
    return Path(team) if "/" in team else HERE / team


def team_file(team: str) -> Path:
    """Return the team file: the folder's own, or the sample team's."""
    own = folder(team) / "agents.yaml"
    return own if own.exists() else HERE.parent.parent / "agents.yaml"


def load(team: str) -> list[Dialogue]:
    """Read the dialogues of a team."""
    entries = yaml.safe_load((folder(team) / "dialogues.yaml").read_text("utf-8"))
    return [Dialogue(entry["name"], [Turn(**turn) for turn in entry["turns"]]) for entry in entries]


def day(words: str, today: date) -> date:
    """Return the day that some words stand for.

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
        return today + timedelta(days=int(second.removesuffix(" days")))
    if first == "last":
        return today - timedelta(days=(today.weekday() - WEEKDAYS.index(second) - 1) % 7 + 1)
    if first == "next":
        return today - timedelta(days=today.weekday()) + timedelta(days=7 + WEEKDAYS.index(second))
    value = date(today.year, MONTHS.index(second) + 1, int(first))
    return value if value >= today else value.replace(year=value.year + 1)


def _on(number: int, today: date) -> date:
    """Return the next day of a month with this number."""
    value = today
    while value.day != number:
        value += timedelta(days=1)
    return value


def is_right(wanted: Any, given: Any, today: date) -> bool:
    """Return whether an argument has the value that is wanted; upper and lower case count as the same.

    "<friday>" stands for a day (and "<friday + 2>" for one two days later), also before a time of day; text between
    slashes is a regular expression.
    """
    if wanted in (ANY, given):
        return True
    text = _plain(given)
    if isinstance(wanted, str) and len(wanted) > 2 and wanted[0] == wanted[-1] == "/":
        return re.search(wanted[1:-1], text, re.IGNORECASE) is not None
    return DAY.sub(lambda found: _iso(found, today), _plain(wanted)).lower() == text.lower()


def _iso(found: re.Match[str], today: date) -> str:
    return (day(found[1], today) + timedelta(days=int(found[2] or 0))).isoformat()


def _plain(value: Any) -> str:
    """Write a value so that spellings of the same number, time of day or moment are equal."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    if found := CLOCK.fullmatch(text):
        return found[1]
    if found := MOMENT.fullmatch(text):
        return f"{found[1]} {found[2]}"
    return text
