"""Dialogues with a team, as files have them: what the caller says, and what is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent


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
