"""A version of a team: what it was read from, and everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import TeamError
from orchestrator.server.loading import load, load_models
from orchestrator.settings import Settings
from orchestrator.tools.sources import Sources
from tests.server.edits.house import write


def test_a_version_is_named_by_all_that_it_was_read_from(tmp_path: Path) -> None:
    """Team file, instructions, tools and what they import; wherever its folder is."""
    hashes = []
    for folder, version in (("one", "a"), ("two", "a"), ("three", "b")):
        (tmp_path / folder).mkdir()
        hashes.append(load(write(tmp_path / folder, version), Settings(), {}).hash)

    assert hashes[0] == hashes[1] != hashes[2]
    assert len(hashes[0]) == 64


def test_files_are_known_also_when_there_is_an_error(tmp_path: Path) -> None:
    """So that an edit of any of them is noticed."""
    path, sources = write(tmp_path, "a"), Sources()
    (tmp_path / "crm.py").write_text("1 / 0\n", encoding="utf-8")

    with pytest.raises(TeamError) as refused:
        load(path, Settings(), {}, sources)

    assert "crm.py:1: ZeroDivisionError" in refused.value.problems[0].what
    assert {file.name for file in sources.files} == {"agents.yaml", "front.md", "tools.py", "crm.py", "late.py"}


async def test_a_team_on_a_service_has_no_models_to_load(tmp_path: Path) -> None:
    """Its first caller has nothing to wait for."""
    version = load(write(tmp_path, "a"), Settings(), {})

    await load_models(version)

    assert "local" not in version.providers


@pytest.mark.parametrize("how", ["model: local", "model: service/x, fallback: [local]"])
def test_local_calls_no_servers_of_tools(tmp_path: Path, how: str) -> None:
    """An agent that runs on it, first or at last, cannot have those that the provider calls: at the entry."""
    path = tmp_path / "agents.yaml"
    path.write_text(
        "team: t\nproviders: {service: {url: wss://x.example.com}}\n"
        "mcp_servers: {crm: {url: https://crm.example.com/mcp, hosted: true}}\n"
        f"agents:\n  front: {{{how}, instructions: x, tools: [end_call, mcp:crm]}}\n",
        encoding="utf-8",
    )
    with pytest.raises(TeamError) as raised:
        load(path, Settings(), {})

    (problem,) = raised.value.problems
    assert "agents.front.tools.1" in problem.where
    assert "`local` calls no MCP servers" in problem.what
