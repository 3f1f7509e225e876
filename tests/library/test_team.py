"""Teams that are written in Python: functions stand where a file refers to them, the rest is a team file's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator import Team
from orchestrator.errors import TeamError
from orchestrator.gateway.teams.version import Version
from orchestrator.server.loading import load
from orchestrator.settings import Settings


def find_order(number: str) -> str:
    """Find an order."""
    return f"Order {number} is on its way."


def who_calls(call: Any) -> None:
    """Find out who calls."""


def loaded(team: Team) -> Version:
    """Load a team as a server does."""
    return load(team.path, Settings(), {}, team.sources())


def test_functions_stand_for_references() -> None:
    """In `tools`, alone or with other keys beside them, and around a call."""
    tools = [{"tool": find_order, "confirm": True}]
    version = loaded(Team("desk", agents={"front": {"instructions": "Help.", "tools": tools}}, before=who_calls))

    (tool,) = version.tools["front"]
    assert tool.definition()["description"].startswith("Find an order.")
    assert version.hooks.before is not None
    assert version.name == "desk"


def test_files_are_those_of_the_folder(tmp_path: Path) -> None:
    """Instructions and tools of a file stand beside functions."""
    (tmp_path / "front.md").write_text("Help them.", "utf-8")
    (tmp_path / "more.py").write_text('def more() -> str:\n    """Do more."""\n    return ""\n', "utf-8")
    agent = {"instructions": {"file": "front.md"}, "tools": [find_order, "more.py:more"]}
    version = loaded(Team("desk", agents={"front": agent}, folder=tmp_path))

    assert [tool.name for tool in version.tools["front"]] == ["find_order", "more"]
    assert version.team.agents["front"].instructions == "Help them."


def test_the_hash_names_what_is_written() -> None:
    """Another instruction is another version, the same is the same."""
    hashes = [loaded(Team("desk", agents={"front": {"instructions": text}})).hash for text in ("A.", "A.", "B.")]
    assert hashes[0] == hashes[1] != hashes[2]


def test_what_is_wrong_is_told_in_place() -> None:
    """By the path of its key; so are two functions that a model could not tell apart."""
    with pytest.raises(TeamError, match=r"agents\.front\.handofs: unknown key. Did you mean 'handoffs'\?"):
        loaded(Team("desk", agents={"front": {"instructions": "Help.", "handofs": []}}))

    def other() -> str:
        """Find another."""
        return ""

    other.__name__ = "find_order"
    with pytest.raises(TeamError, match="there are two functions with the name 'find_order'"):
        Team("desk", agents={"front": {"instructions": "Help.", "tools": [find_order, other]}})
