"""A call with a team, as a test has it: what the caller does, and what has come of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from orchestrator.observe.facts import CallBegan
from orchestrator.pytest_plugin.happened import Handoff, ToolCall
from orchestrator.pytest_plugin.team import TeamUnderTest
from orchestrator.testing import call as function_call
from tests.pytest_plugin.shop import shop

LONG = "There is a lot to be said about that, and I will say all of it, one word after another, until you stop me."


@pytest.fixture
def team() -> Iterator[TeamUnderTest]:
    """The team of the shop."""
    with shop() as under_test:
        yield under_test


def test_a_call_tells_what_has_come_of_it(team: TeamUnderTest) -> None:
    """Who has the caller, what ran, what travelled, and what was said."""
    team.scripted("front", function_call("check_pin", pin="4821"))
    team.scripted("billing", function_call("find_invoice"))
    team.scripted("billing", "You owe us 14 euros.")
    call = team.call(tools="real")

    assert call.greeting == "Hello, this is Acme."
    assert call.says("What do I owe?") == "You owe us 14 euros."
    assert call.agent == "billing"
    assert call.calls == [
        ToolCall("check_pin", {"pin": "4821"}, "right"),
        ToolCall("find_invoice", {}, "14 euros of account 12"),
    ]
    assert call.handoffs == [Handoff("front", "billing", "knows the PIN")]
    assert call.variables == {"account": "12", "card": None, "visits": 1, "verified": True}
    assert call.heard == "Hello, this is Acme. You owe us 14 euros."
    assert "What do I owe?" in call.told("billing")
    assert "account: 12" in call.told("billing")
    assert call.refused == []
    assert isinstance(call.facts[0], CallBegan)
    assert "billing: You owe us 14 euros." in call.transcript
    assert repr(call) == "<call with shop, agent='billing'>"


def test_what_a_rule_refuses_is_told(team: TeamUnderTest) -> None:
    """A model that misbehaves is a line of script."""
    team.scripted("front", function_call("transfer_to_billing"))
    team.scripted("front", "I need your PIN first.")
    call = team.call()

    assert call.says("I want my money back") == "I need your PIN first."
    assert (call.agent, call.refused, call.handoffs) == ("front", ["needs"], [])
    assert call.told("billing") == ""


async def test_everything_can_be_awaited(team: TeamUnderTest) -> None:
    """In a test that has an event loop of its own; it gives the same."""
    team.scripted("front", "Yes?", function_call("find_order", number="7"))
    call = await team.call(tools={"find_order": "It is here."})

    assert await call.says("Hello?") == "Yes? Okay."
    assert await call.presses("1") == "Okay."
    assert await call.silence(1) == ""
    assert await call.hangs_up() is call


def test_keys_are_pressed(team: TeamUnderTest) -> None:
    """As those of a telephone, which arrive together; others do not exist."""
    team.scripted("front", "One.")
    call = team.call()

    assert call.presses("12#") == "One."
    assert "1 2 #" in call.told("front")
    with pytest.raises(ValueError, match="'help' are no keys of a telephone"):
        call.presses("help")
    with pytest.raises(ValueError, match="use `silence"):
        call.says(" ")


def test_silence_takes_simulated_time(team: TeamUnderTest) -> None:
    """Until the team has heard nothing for too long, and ends the call."""
    team.scripted("front")
    call = team.call()

    heard = call.silence(600)

    assert heard
    assert (call.ending, call.agent) == ("silence", "front")
    assert "ending='silence'" in repr(call)
    with pytest.raises(ValueError, match="at most 600"):
        call.silence(601)


def test_a_caller_who_does_not_listen_interrupts(team: TeamUnderTest) -> None:
    """They hear the beginning of the answer, and the team knows no more of it."""
    team.scripted("front", LONG)
    call = team.call()

    heard = call.says("Tell me everything.", listens=2)
    answer = call.says("Stop.")

    assert LONG.startswith(heard)
    assert 5 < len(heard) < len(LONG) / 2
    assert answer == "Okay."
    assert call.heard.endswith(f"{heard} Okay.")


def test_a_greeting_can_be_interrupted(team: TeamUnderTest) -> None:
    """By whoever knows it already."""
    team.scripted("front", "Yes.")
    call = team.call(listens=0.5)

    assert call.greeting in ("", "Hello,", "Hello, this")
    assert call.says("Hi") == "Yes."


def test_what_is_not_there_cannot_be_interrupted(team: TeamUnderTest) -> None:
    """The test is told that the answer was shorter than it means."""
    team.scripted("front", "Yes.")
    call = team.call()

    with pytest.raises(AssertionError, match="the answer was over after"):
        call.says("Hello?", listens=60)


def test_a_call_that_is_over_has_no_caller(team: TeamUnderTest) -> None:
    """Whoever has ended it; it is ended once."""
    team.scripted("front", function_call("end_call"))
    call = team.call()
    call.says("Bye.")

    assert call.ending == "finished"
    assert call.hangs_up().ending == "finished"
    over = r"the call is over \(finished\)"
    with pytest.raises(RuntimeError, match=over):
        call.says("Hello?")
    with pytest.raises(RuntimeError, match=over):
        call.presses("1")
    with pytest.raises(RuntimeError, match=over):
        call.silence(1)


def test_a_tool_that_is_not_mocked_fails_the_test(team: TeamUnderTest) -> None:
    """Once, with what to do about it."""
    team.scripted("front", function_call("find_order", number="7"))
    call = team.call(tools={"check_pin": "right"})

    with pytest.raises(AssertionError, match=r"find_order is not mocked. Say what it does in `team.call\(tools="):
        call.says("Where is order 7?")
    assert call.says("Hello?") == "Okay."
