"""Entries of `tools:` while they are loaded."""

from __future__ import annotations

from pathlib import Path

from orchestrator.tools.entries import Entry
from orchestrator.tools.sources import Sources
from tests.tools.teams import team_with


def test_a_problem_is_told_at_the_key_that_it_concerns(tmp_path: Path) -> None:
    """In the team file, with line and column."""
    entry = Entry(team_with(tmp_path, "{tool: agents/x.py:f, confirm: true}", x=""), Sources(), "front", ("tools", 0))
    entry.report("odd", "Look.", "confirm", fatal=False)

    assert [str(problem) for problem in entry.problems] == ["agents.yaml:6:31 agents.front.tools.0.confirm: odd. Look."]
