"""The call for unit tests of tools: it allows what a call allows, and refuses what a call refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import TeamError
from orchestrator.team import load_team
from orchestrator.testing import FakeCall
from orchestrator.tools import CallView, FunctionTool
from tests.patience import PATIENCE

TEAM = """
team: bank
variables:
  account: null
  verified: { type: boolean, default: false, set_by: check_pin }
  visits: { type: integer, default: 1 }
  diagnosis: healthy
start: front
agents:
  front: { instructions: Help., handoffs: [desk, nurse] }
  desk: { instructions: Help., tools: ["tools.py:check_pin"], handoffs: [nurse] }
  nurse: { instructions: Help., handoffs: [desk] }
rules:
  - diagnosis stays in nurse
"""


def check_pin(pin: str, call: CallView) -> str:
    """Check a PIN; who is right goes to the nurse."""
    if pin != "4821":
        call.end("Goodbye.")
        return "wrong"
    call.variables["verified"] = True
    call.hand_over("nurse", "knows the PIN")
    return "right"


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """A team file with a tool, whose code is not needed."""
    path = tmp_path / "agents.yaml"
    path.write_text(TEAM, encoding="utf-8")
    return path


def test_a_tool_is_tested_in_three_lines() -> None:
    """What it has done with the call is read from the call."""
    call = FakeCall({"verified": False})

    assert check_pin("4821", call) == "right"
    assert call.variables == {"verified": True}
    assert (call.transfer, call.last_words) == (("nurse", "knows the PIN"), None)


def test_its_last_words_can_be_read() -> None:
    """Of a tool that ends the call."""
    call = FakeCall()

    assert check_pin("0", call) == "wrong"
    assert (call.transfer, call.last_words) == (None, "Goodbye.")


async def test_it_is_what_a_tool_gets_in_a_call() -> None:
    """Not something that looks like it: the same class, with nothing left out."""
    call = FakeCall({"verified": False}, id="sess_1", agent="desk", function_call="call_7")

    assert isinstance(call, CallView)
    assert (call.id, call.agent, call.function_call) == ("sess_1", "desk", "call_7")
    assert await FunctionTool(check_pin).run('{"pin": "4821"}', call, seconds=PATIENCE) == "right"


@pytest.mark.parametrize("name", ["acount", "verified"])
def test_what_a_test_does_not_give_is_not_there(name: str) -> None:
    """The message says what to do about it."""
    call = FakeCall({"account": None})
    hint = "Did you mean 'account'" if name == "acount" else "Give it to the FakeCall"

    with pytest.raises(KeyError, match=hint):
        call.variables[name]
    with pytest.raises(KeyError, match=hint):
        call.variables[name] = True


def test_only_the_agents_that_are_given_exist() -> None:
    """Without any, all do."""
    FakeCall().hand_over("anybody")

    with pytest.raises(KeyError, match="agents: front, desk"):
        FakeCall(agents=("front", "desk")).hand_over("nurse")


def test_a_team_brings_its_variables_and_agents(team: Path) -> None:
    """With the defaults; what a rule keeps from the agent is not to be seen."""
    call = FakeCall({"account": "12"}, team=team, tool="check_pin")

    assert call.agent == "desk"
    assert call.variables == {"account": "12", "verified": False, "visits": 1}
    assert call.agents == ("front", "desk", "nurse")
    assert "diagnosis" in FakeCall(team=load_team(team), agent="nurse").variables
    assert FakeCall(team=team).agent == "front"


REFUSED: dict[str, tuple[str, Any, type[Exception], str]] = {
    "of another type": ("visits", "many", ValueError, "must be of type integer"),
    "no scalar": ("account", ["1"], TypeError, "must be text"),
    "not declared": ("acount", "1", KeyError, "Did you mean 'account'"),
    "set by another tool": ("verified", True, PermissionError, "may only be set by check_pin"),
    "kept from the agent": ("diagnosis", "ill", KeyError, "kept from this agent by a rule"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_the_team_refuses_is_refused(team: Path, case: str) -> None:
    """With what a tool would get in a call."""
    name, value, error, message = REFUSED[case]
    call = FakeCall(team=team, tool="find_account")

    with pytest.raises(error, match=message):
        call.variables[name] = value
    with pytest.raises(KeyError, match="no agent 'doctor'"):
        call.hand_over("doctor")


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"acount": "1"}, KeyError, "Did you mean 'account'"),
        ({"x": "1"}, KeyError, "Declare it"),
        ({"visits": "many"}, ValueError, "variable 'visits' must be of type integer"),
    ],
    ids=["misspelt", "unknown", "of another type"],
)
def test_a_test_that_the_team_contradicts_is_wrong(
    team: Path, given: dict[str, Any], error: type[Exception], message: str
) -> None:
    """It could pass although the tool fails in every call."""
    with pytest.raises(error, match=message):
        FakeCall(given, team=team)


def test_an_agent_that_the_team_does_not_have_calls_no_tool(team: Path) -> None:
    """Nor is there a call with a team that cannot be loaded."""
    with pytest.raises(KeyError, match="no agent 'doctor'"):
        FakeCall(team=team, agent="doctor")
    with pytest.raises(TeamError):
        FakeCall(team=team.with_name("other.yaml"))
