"""Teams that cannot be served by one server."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from orchestrator.errors import OrchestratorError
from orchestrator.gateway.teams.clashes import check_bound, clashes
from orchestrator.gateway.teams.teams import Teams
from orchestrator.gateway.teams.version import Version
from orchestrator.outside.api_keys import ApiKey
from orchestrator.team import load_team
from tests.gateway.serving import helpdesk

TEAM = "team: {0}\ndefault: {1}\nnumbers: ['{2}', '+493099999999']\nagents: {{a: {{instructions: Hi}}}}\n"


def version(folder: Path, file: str, name: str, default: str, number: str) -> Version:
    """Load a team."""
    path = folder / file
    path.write_text(TEAM.format(name, default, number), encoding="utf-8")
    return Version(team=load_team(path, environ={}), files=(path,))


def test_name_default_and_number_are_of_one_team(tmp_path: Path) -> None:
    """Each clash is told with its place, and with the other team's file."""
    mine = version(tmp_path, "a.yaml", "clinic", "true", "+493012345678")
    other = version(tmp_path, "b.yaml", "clinic", "true", "+493012345679")

    told = [str(problem) for problem in clashes(mine, [other])]

    team = f"the team of {tmp_path / 'b.yaml'}"
    assert told == [
        f"a.yaml:1:1 team: {team} has the name 'clinic' too. Give one of them another name.",
        f"a.yaml:2:1 default: {team} is the default too. Let one team be the default.",
        f"a.yaml:3:28 numbers.1: {team} has the number '+493099999999' too. Remove it from one of them.",
    ]


def test_teams_that_have_nothing_in_common_are_served(tmp_path: Path) -> None:
    """One may be the default."""
    mine = version(tmp_path, "a.yaml", "clinic", "true", "+493012345678")
    other = Version(team=load_team(_plain(tmp_path), environ={}))

    assert list(clashes(mine, [other])) == []


def _plain(folder: Path) -> Path:
    path = folder / "c.yaml"
    path.write_text("team: hotel\nagents: {a: {instructions: Hi}}\n", encoding="utf-8")
    return path


def test_keys_are_bound_to_teams_that_there_are() -> None:
    """A team that is spelt wrong would only be noticed by the program that may do nothing."""
    teams = Teams([Version(team=helpdesk())])
    check_bound([ApiKey(SecretStr("k1")), ApiKey(SecretStr("k2"), frozenset({"helpdesk"}))], teams)
    with pytest.raises(OrchestratorError, match="a key is bound to 'clinic', but no team has this name") as refused:
        check_bound([ApiKey(SecretStr("s3cret"), frozenset({"clinic", "helpdesk"}))], teams)

    assert "s3cret" not in str(refused.value)
