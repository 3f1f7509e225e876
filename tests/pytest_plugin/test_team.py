"""A team, as a test has it: scripted models, mocked tools, and calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors import TeamError
from orchestrator.observe.facts import as_json
from orchestrator.pytest_plugin.team import TeamUnderTest
from orchestrator.testing import call as function_call
from orchestrator.testing import say
from tests.docs.pages import ROOT
from tests.pytest_plugin.shop import shop, write_shop


@pytest.fixture
def team() -> Iterator[TeamUnderTest]:
    """The team of the shop."""
    with shop() as under_test:
        yield under_test


def test_responses_are_given_in_order_and_then_okay(team: TeamUnderTest) -> None:
    """Each can say something and call functions, and can be said at any time."""
    team.scripted("front", "One", say("moment."), function_call("find_order", number="7"))
    call = team.call(tools={"find_order": "It is here."})
    assert call.says("Where is order 7?") == "One moment. Okay."

    team.scripted("front", "It is here.")
    assert call.says("Well?") == "It is here."
    assert call.says("Thank you.") == "Okay."


def test_a_response_can_fail(team: TeamUnderTest) -> None:
    """As one of a service does; the team goes on."""
    team.scripted("front", fails="server_error")
    call = team.call()
    call.says("Hello?")

    assert call.ending is None
    assert call.says("Hello?") == "Okay."


def test_what_was_never_asked_for_is_told_once(team: TeamUnderTest) -> None:
    """As a person reads it."""
    assert team.unused() == []
    team.scripted("billing", "It is paid.", function_call("find_invoice"), function_call("x", a=1))
    team.scripted("billing")

    assert team.unused() == ["billing: 'It is paid.', find_invoice({}), x({\"a\": 1})", "billing: "]
    assert team.unused() == []


def test_a_call_begins_as_the_test_says(team: TeamUnderTest) -> None:
    """With an agent, and with variables, whoever has to set them."""
    team.scripted("billing", "It is your account.")
    call = team.call(agent="billing", variables={"account": "12", "verified": True}, now=datetime(2026, 12, 24, 18))

    assert call.agent == "billing"
    assert call.greeting == "It is your account."
    assert call.variables == {"account": "12", "card": None, "visits": 1, "verified": True}


def test_several_calls_are_held_beside_each_other(team: TeamUnderTest) -> None:
    """Each has a report."""
    team.scripted("front", "First.")
    team.scripted("front", "Second.")
    first, second = team.call(), team.call()

    assert (first.says("Hello"), second.says("Hello")) == ("First.", "Second.")
    assert [title for title, _ in team.reports()] == [
        "1. <call with shop, agent='front'>",
        "2. <call with shop, agent='front'>",
    ]
    assert "front: Second." in team.reports()[1][1]


def test_one_call_needs_no_number(team: TeamUnderTest) -> None:
    """In its report."""
    team.scripted("front")
    team.call()

    assert [title for title, _ in team.reports()] == ["<call with shop, agent='front'>"]
    assert repr(team) == "<team shop of agents.yaml>"


def test_a_test_that_is_run_again_sees_the_same() -> None:
    """To the last id and the last millisecond."""
    runs = []
    for _ in range(2):
        with shop("seed") as team:
            team.scripted("front", function_call("check_pin", pin="4821"))
            call = team.call(tools="real")
            call.says("4821")
            runs.append([as_json(fact) for fact in call.facts])

    assert runs[0] == runs[1]


WRONG: dict[str, tuple[Callable[[TeamUnderTest], Any], type[Exception], str]] = {
    "script of nobody": (lambda team: team.scripted("frnt"), KeyError, "no agent 'frnt' in agents.yaml; agents: front"),
    "call to nobody": (lambda team: team.call(agent="x"), KeyError, "no agent 'x'"),
    "mock of nothing": (
        lambda team: team.call(tools={"x": 1}),
        KeyError,
        r"no tool 'x' in .* Tools: check_pin",
    ),
    "mock misspelt": (lambda team: team.call(tools={"find_ordr": 1}), KeyError, "Did you mean 'find_order'"),
    "variable misspelt": (
        lambda team: team.call(variables={"x": 1}),
        ValueError,
        "^variables: there is no",
    ),
    "variable of another type": (lambda team: team.call(variables={"visits": "many"}), ValueError, "of type integer"),
    "words after a function": (
        lambda team: team.scripted("front", function_call("find_order"), "Yes."),
        ValueError,
        "speaks before it calls",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_meant_is_refused(team: TeamUnderTest, case: str) -> None:
    """With what is there instead."""
    does, error, message = WRONG[case]
    if not case.startswith(("script", "words")):
        team.scripted("front")

    with pytest.raises(error, match=message):
        does(team)


def test_a_model_that_cannot_be_had_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that scripts none needs one."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("ORCHESTRATOR_MODEL", "openai/gpt-realtime")
    with TeamUnderTest(write_shop(tmp_path)) as team:
        with pytest.raises(RuntimeError, match=r"front cannot run on openai/gpt-realtime.*team\.scripted"):
            team.call()
        team.scripted("front", "Yes.")
        assert team.call().says("Hello?") == "Yes."


def test_a_team_that_cannot_be_loaded_is_not_tested(tmp_path: Path) -> None:
    """Nor one whose tools cannot."""
    path = write_shop(tmp_path)
    (tmp_path / "tools.py").unlink()

    with pytest.raises(TeamError, match=r"tools\.py"):
        TeamUnderTest(path)


@pytest.mark.speech
def test_a_team_runs_on_the_embedded_model() -> None:
    """Whose words nobody scripts; once it does, scripts come too late."""
    with TeamUnderTest(ROOT / "agents.yaml", model="local/embedded") as team:
        call = team.call(tools={"find_order": "Order 48213 is on its way."})
        call.says("Where is my order?")
        answer = call.says("My order number is 48213")

        assert call.agent == "orders"
        assert "on its way" in answer
        with pytest.raises(RuntimeError, match="whose models are not scripted"):
            team.scripted("orders", "Yes.")
        call.hangs_up()
        team.scripted("reception", "Yes.")
