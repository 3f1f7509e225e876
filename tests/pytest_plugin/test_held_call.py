"""A call that a test in Python holds, and the functions that it puts in the place of tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from orchestrator.core import Call
from orchestrator.pytest_plugin.team import TeamUnderTest
from orchestrator.testing import call as function_call
from orchestrator.tools import CallView
from tests.pytest_plugin.shop import shop


@pytest.fixture
def team() -> Iterator[TeamUnderTest]:
    """The team of the shop, whose first agent looks for an order."""
    with shop() as under_test:
        under_test.scripted("front", function_call("find_order", number="7"))
        yield under_test


@pytest.mark.parametrize("kind", [Mock, AsyncMock])
def test_a_function_runs_in_place_of_a_tool(team: TeamUnderTest, kind: type[Mock]) -> None:
    """Also one of unittest.mock, which tells what it was called with."""
    mock = kind(return_value="It is here.")
    call = team.call(tools={"find_order": mock})
    call.says("Where is order 7?")

    mock.assert_called_once_with(number="7")
    assert call.calls[0].result == "It is here."


def test_such_a_function_can_have_the_call(team: TeamUnderTest) -> None:
    """Under the name that tools have it by."""

    def find_order(number: str, call: CallView) -> str:
        call.variables["account"] = number
        return call.agent

    call = team.call(tools={"find_order": find_order})
    call.says("Where is order 7?")

    assert call.variables["account"] == "7"
    assert call.calls[0].result == "front"


def test_the_arguments_are_checked_as_those_of_the_tool(team: TeamUnderTest) -> None:
    """The function is not called with others."""
    mock = Mock()
    team.scripted("front", function_call("find_order", order="7"))
    call = team.call(tools={"find_order": mock})
    call.says("Where is order 7?")

    mock.assert_called_once_with(number="7")
    assert "Invalid arguments for find_order" in call.calls[1].result


def test_what_a_function_raises_is_told_as_by_a_tool(team: TeamUnderTest) -> None:
    """The model can act on it, and the test goes on."""
    call = team.call(tools={"find_order": Mock(side_effect=ValueError("Ask for the number."))})

    assert call.says("Where is order 7?") == "Okay."
    assert call.calls[0].result == "find_order failed: Ask for the number."


def test_a_mock_that_does_what_it_may_not_fails_the_test(team: TeamUnderTest) -> None:
    """It would be wrong of the test, not of the team."""
    call = team.call(tools={"find_order": {"sets": {"acount": "7"}}})

    with pytest.raises(AssertionError, match="find_order: it cannot set acount"):
        call.says("Where is order 7?")


def test_a_mistake_of_ours_fails_the_test(team: TeamUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a word on where to look."""
    call, handle = team.call(), Call.handle

    def fail(*_: Any) -> None:
        monkeypatch.setattr(Call, "handle", handle)
        raise ZeroDivisionError

    monkeypatch.setattr(Call, "handle", fail)
    with pytest.raises(AssertionError, match="The call failed inside"):
        call.says("Where is order 7?")
