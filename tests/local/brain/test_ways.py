"""Ways to other agents, as the router sees them."""

from __future__ import annotations

from orchestrator.local.brain.ways import briefing, calls, can_give_back, demanding, is_asked, is_way
from tests.local.brain.routing import message, text, tool


def test_ways_are_known_by_their_names() -> None:
    """Transfers, questions, the way back; nothing else."""
    names = ("transfer_to_billing", "ask_planner", "hand_back", "find_order", "asking")

    assert [is_way({"name": name}) for name in names] == [True, True, True, False, False]


def test_the_last_briefing_counts() -> None:
    """Who handed the caller over last says whether they want them back."""
    first = "The caller was handed to you by front.\nWhen you are done, call hand_back: the caller goes back to front."
    items = [message("system", first), message("user", "hello"), message("system", "Be brief.")]
    assert briefing(items) == first
    assert can_give_back(items)

    assert not can_give_back([*items, message("system", "The caller was handed to you by billing.")])
    assert not can_give_back([])


def test_a_session_that_is_asked_says_so_at_its_beginning() -> None:
    """It has no caller."""
    assert is_asked([message("system", "front has a caller on the line and asks you. Answer front.")])
    assert not is_asked([message("user", "front has a caller on the line and asks you.")])
    assert not is_asked([])


def test_calls_come_with_what_came_of_them_and_the_wish_before() -> None:
    """Output that is plain text tells nothing here."""
    call = {"type": "function_call", "call_id": "c1", "name": "find", "arguments": '{"a": 1}'}
    output = {"type": "function_call_output", "call_id": "c1", "output": '{"error": "no"}'}
    plain = {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "broken"}
    found = calls([message("user", "Please."), call, output, plain])

    assert [(one.name, dict(one.arguments), dict(one.output), one.wish) for one in found] == [
        ("find", {"a": 1}, {"error": "no"}, "Please."),
        ("look", {}, {}, "Please."),
    ]


def test_an_optional_argument_can_be_demanded() -> None:
    """Of those that the function has."""
    asked = demanding(tool("move", "Move.", to=text("where", optional=True)), ["to", "nothing"])

    assert asked["parameters"]["required"] == ["to"]
