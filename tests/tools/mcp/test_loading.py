"""Entries of this kind become tools."""

from __future__ import annotations

from pathlib import Path

from orchestrator.tools import check_tools
from tests.tools.teams import team_with

ENTRIES = {
    "http": "{name: ping, description: Pings., http: GET https://example.com/}",
    "openapi": "{openapi: crm.yaml}",
    "mcp": "mcp:crm",
}


def test_it_is_told_that_there_are_none_yet(tmp_path: Path) -> None:
    """At the entry."""
    problems = check_tools(team_with(tmp_path, ENTRIES["mcp"]))

    assert any("not there yet" in problem.what for problem in problems)
