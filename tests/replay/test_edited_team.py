"""An edited team, as a record would have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import TeamError
from orchestrator.records.format.decoding import read
from orchestrator.replay.edited_team import read_edited, tool_names
from tests.replay.talks import TEAM, billed, edited_team, header, team_file


def test_it_begins_the_call_where_the_old_team_did(tmp_path: Path) -> None:
    """Or with its own first agent, if the call began with that of the old team."""
    team = edited_team(tmp_path, ("team: helpdesk", "team: helpdesk\nstart: tech"))
    lines = billed(text=TEAM)

    assert team.header(read(lines).header).said["agent"] == "tech"
    assert team.header(read(header(lines, agent="stock")).header).said["agent"] == "stock"
    assert team.header(read(lines).header).said["seed"] == "test"
    assert tool_names(team.header(read(lines).header))["billing"] == ["find_invoice"]


def test_values_of_the_environment_are_those_of_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By their names, so that they are no difference."""
    monkeypatch.setenv("COMPANY", "Acme Ltd")
    team = edited_team(tmp_path, ("Fix technical", "Fix ${COMPANY}'s"))

    assert team.team.agents["tech"].instructions == "Fix ${COMPANY}'s problems."


def test_mistakes_in_it_are_told_as_always(tmp_path: Path) -> None:
    """With place, fault and remedy."""
    path = team_file(tmp_path, ("handoffs: [front]", "handoffs: [fron]"))

    with pytest.raises(TeamError, match="fron"):
        read_edited(path)
