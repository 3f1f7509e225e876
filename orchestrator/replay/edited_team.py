"""An edited team, as a record would have it: so both teams of a comparison are written in the same way."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.core.state import MEMORY
from orchestrator.core.tools.rules import rules_of
from orchestrator.records.format.header import Header, TeamHeader
from orchestrator.team import Team, load_team
from orchestrator.tools import load_tools
from orchestrator.tools.mcp.sources import sources_of


@dataclass(frozen=True, slots=True)
class EditedTeam:
    """A team that answers calls which another one had."""

    said: Mapping[str, Any]  # of the header that its calls would have
    team: Team  # without values of the environment, as that of a record

    def header(self, then: Header) -> Header:
        """Return the header of a call as this team would have had it."""
        old: Mapping[str, Any] = then.said["team"]
        begins = then.said["agent"]
        first = old.get("start") or next(iter(old["agents"]))
        return Header({**then.said, **self.said, "agent": self.team.start if begins == first else begins})


def read_edited(path: str | Path) -> EditedTeam:
    """Load a team file with its tools; raises `TeamError`."""
    team = load_team(path)
    with redirect_stdout(sys.stderr):  # what tools print while they are loaded is none of ours
        tools, sources = load_tools(team), sources_of(team)
    said = TeamHeader(
        team,
        team_hash="",
        models={},
        rules=rules_of({agent: (*own, *sources[agent]) for agent, own in tools.items()}),
        memory=MEMORY,
    ).said
    kept = {name: said[name] for name in ("team", "tools")}
    return EditedTeam(kept, Header(kept).team)


def tool_names(header: Header) -> dict[str, Sequence[str]]:
    """Return agent → the names of its tools."""
    return {agent: list(own) for agent, own in header.said["tools"].items()}
