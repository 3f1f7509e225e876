"""What the page on tools says of MCP servers."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.team import check_team, load_team
from orchestrator.team.tools import McpServer
from orchestrator.tools import check_tools, results
from orchestrator.tools.mcp import listing, pace, server, servers, stdio
from tests.docs.pages import TOOLS, block, keys, read


def test_every_key_of_a_server_is_explained() -> None:
    """No key without a word, no word without a key."""
    assert keys(TOOLS, "## MCP") == set(McpServer.model_fields)


def test_the_bounds_of_servers_are_those_of_the_code() -> None:
    """Each is in the text."""
    text = read(TOOLS)

    assert f"up to {pace.MOST} messages a second" in text
    assert f"more than {stdio.LARGEST // 1024**2} MB" in text
    assert f"more than {server.MOST_AT_ONCE} calls at a time | they wait, up to {server.MOST_WAITING}" in text
    assert f"after {server.SHORTEST_PAUSE:g} s, then 1 s, up to {server.LONGEST_PAUSE:g} s" in text
    assert f"{servers.LINGER:g} seconds longer" in text
    assert f"at most {results.RESULT:,} characters" in text
    assert (listing.FEW, server.RELIST) == (12, 60)


def test_nothing_is_wrong_with_the_example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers are not asked."""
    monkeypatch.setenv("CRM_TOKEN", "sk-12345")
    monkeypatch.setenv("NOTES_DIR", "/notes")
    path = tmp_path / "agents.yaml"
    path.write_text(block(TOOLS, "mcp"), encoding="utf-8")
    team = load_team(path)

    assert [str(problem) for problem in [*check_team(path), *check_tools(team)]] == []
