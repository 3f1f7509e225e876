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
DAY = re.compile("<(.+)>")
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
    """Return the folder of a team: one of those here by its name, any other by its path."""
    here = HERE / team
    return here if here.is_dir() else Path(team).resolve()


def team_file(team: str) -> Path:
    """Return the team file: the folder's own, or the sample team's."""
    own = folder(team) / "agents.yaml"
    return own if own.exists() else HERE.parent.parent / "agents.yaml"


def load(team: str) -> list[Dialogue]:
    """Read the dialogues of a team."""
    entries = yaml.safe_load((folder(team) / "dialogues.yaml").read_text("utf-8"))
    return [Dialogue(entry["name"], [Turn(**turn) for turn in entry["turns"]]) for entry in entries]


def day(words: str, today: date) -> date:
    """Return the day that "<friday>", "<next friday>", "<tomorrow>", "<3 december>" or "<3 next month>" stands for."""
    if words in NEAR:
        return today + timedelta(days=NEAR[words])
    first, _, second = words.partition(" ")
    if second == "next month":
        return (today.replace(day=1) + timedelta(days=31)).replace(day=int(first))
    if first == "last":
        return today - timedelta(days=(today.weekday() - WEEKDAYS.index(second) - 1) % 7 + 1)
    if first == "next":
        return today - timedelta(days=today.weekday()) + timedelta(days=7 + WEEKDAYS.index(second))
    if words in WEEKDAYS:
        return today + timedelta(days=(WEEKDAYS.index(words) - today.weekday() - 1) % 7 + 1)
    value = date(today.year, MONTHS.index(second) + 1, int(first))
    return value if value >= today else value.replace(year=value.year + 1)


def is_right(wanted: Any, given: Any, today: date) -> bool:
    """Return whether an argument has the value that is wanted; upper and lower case count as the same."""
    if wanted in (ANY, given):
        return True
    if isinstance(wanted, str) and (found := DAY.fullmatch(wanted)):
        wanted = day(found.group(1), today).isoformat()
    return str(wanted).lower() == str(given).lower()
