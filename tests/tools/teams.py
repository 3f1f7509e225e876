"""Teams on disk with tool files of a test's own."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from orchestrator.errors import Problem, TeamError
from orchestrator.team import Team, load_team
from orchestrator.tools import load_tools

TEAM = """\
team: shop
agents:
  front:
    instructions: Help.
    tools:
{tools}
    handoffs: [billing]
  billing:
    instructions: Invoices.
    handoffs: [front]
"""


def team_with(folder: Path, *tools: str, **files: str) -> Team:
    """Write a team whose first agent has these tools, and its tool files: `orders` becomes `agents/orders.py`."""
    (folder / "agents").mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / "agents" / f"{name}.py").write_text(dedent(text), encoding="utf-8")
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(tools="\n".join(f"      - {tool}" for tool in tools)), encoding="utf-8")
    return load_team(path, environ={})


def problems_of(team: Team) -> tuple[Problem, ...]:
    """Return the problems of a team's tools."""
    try:
        load_tools(team)
    except TeamError as error:
        return error.problems
    return ()
