"""A team as its record has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.records.format.team import resolved, restored
from orchestrator.team import Team, load_team
from tests.bank import bank
from tests.docs.pages import ROOT

ENVIRON = {"KEY": "key-of-ours", "PLACE": "Kiel", "HOST": "wss://user:word@host.example/v1", "PIN": "4821"}
TEXT = """
team: shop
variables: {branch: "${PLACE}", pin: {default: "${PIN}", secret: true}, code: {secret: true}}
providers: {own: {url: "${HOST}", api_key: "${KEY}"}, other: {url: "wss://other.example", api_key: written-here}}
people: {support: {keys: "${KEY}"}}
agents:
  front: {instructions: "You are in ${PLACE}.", model: own/x, handoffs: [back]}
  back: {instructions: Help., handoffs: {front: {returns: true}}}
"""


def load(folder: Path, text: str = TEXT) -> Team:
    """Load a team."""
    path = folder / "agents.yaml"
    path.write_text(text, encoding="utf-8")
    return load_team(path, environ=ENVIRON)


def test_a_team_that_uses_every_key_behaves_alike(tmp_path: Path) -> None:
    """Through JSON and back it is the same team, with the same sessions, edges and rules."""
    for team in (load_team(bank(tmp_path), environ={}), load_team(ROOT / "agents.yaml", environ={})):
        again = restored(json.loads(json.dumps(resolved(team))))
        for name, agent in team.agents.items():
            assert again.agents[name].session_fields() == agent.session_fields()
            assert again.edges(name) == team.edges(name)
        assert (again.rules, again.limits, again.variables) == (team.rules, team.limits, team.variables)


@pytest.mark.parametrize("value", [*ENVIRON.values(), "written-here"])
def test_no_value_of_the_environment_and_no_key_is_in_it(tmp_path: Path, value: str) -> None:
    """Neither whole nor as a part of something else."""
    assert value not in json.dumps(resolved(load(tmp_path)))


def test_values_of_the_environment_are_written_as_in_the_file(tmp_path: Path) -> None:
    """A secret variable has its own name, and one that is not set stays so; names of models are no secrets."""
    written = resolved(load(tmp_path))

    assert written["providers"]["own"] == {"url": "${HOST}", "api_key": "${KEY}"}
    assert written["providers"]["other"]["api_key"] == "secret:api_key"
    assert written["people"]["support"]["keys"] == "${KEY}"
    assert written["variables"]["branch"] == {"default": "${PLACE}"}
    assert written["variables"]["pin"]["default"] == "secret:pin"
    assert "default" not in written["variables"]["code"]
    assert written["agents"]["front"]["instructions"] == "You are in ${PLACE}."
    assert written["agents"]["front"]["model"] == "own/x"
