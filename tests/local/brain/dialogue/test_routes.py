"""Ways to other agents, as the router sees them."""

from __future__ import annotations

import pytest

from orchestrator.core.wording import HAND_BACK, HANDED_OVER, REASON, ROLE
from orchestrator.local.brain.dialogue.routes import (
    NEEDED_FIRST,
    briefing,
    can_give_back,
    is_consulted,
    is_route,
    is_waited_for,
    past_calls,
    requiring,
)
from tests.local.brain.routing import message, text, tool


def test_ways_are_known_by_their_names() -> None:
    """Transfers, questions, the way back; nothing else."""
    names = ("transfer_to_billing", "hand_back", "find_order", "ask_for_a_callback")

    assert [is_route({"name": name}) for name in names] == [True, True, False, False]
    assert is_route({"name": "ask_planner", "description": "Ask planner while the caller stays with you."})


def test_the_last_briefing_counts() -> None:
    """Who handed the caller over last says whether they want them back."""
    first = f"{HANDED_OVER.format(source='front')}\n{HAND_BACK.format(source='front')}"
    items = [message("system", first), message("user", "hello"), message("system", "Be brief.")]
    assert briefing(items) == first
    assert can_give_back(items)

    assert not can_give_back([*items, message("system", HANDED_OVER.format(source="billing"))])
    assert not can_give_back([])


def test_a_session_that_is_asked_says_so_at_its_beginning() -> None:
    """It has no caller."""
    consulted = ROLE.format(asker="front")
    assert is_consulted([message("system", f"{consulted}\nWhat was said so far:")])
    assert not is_consulted([message("user", consulted)])
    assert not is_consulted([])


@pytest.mark.parametrize(
    ("reason", "returns", "waits"),
    [
        (f"{NEEDED_FIRST} billing: a refund", True, True),
        (f"{NEEDED_FIRST} billing: a refund", False, False),
        ("a refund", True, False),
    ],
)
def test_a_colleague_waits_for_a_caller_who_was_sent_for_what_a_call_needs(
    reason: str, returns: bool, waits: bool
) -> None:
    """And who can be given back."""
    lines = [HANDED_OVER.format(source="front"), REASON.format(reason=reason)]
    if returns:
        lines.append(HAND_BACK.format(source="front"))

    assert is_waited_for([message("system", "\n".join(lines))]) is waits


def test_calls_come_with_what_came_of_them_and_the_wish_before() -> None:
    """Output that is plain text tells nothing here."""
    call = {"type": "function_call", "call_id": "c1", "name": "find", "arguments": '{"a": 1}'}
    output = {"type": "function_call_output", "call_id": "c1", "output": '{"error": "no"}'}
    plain = {"type": "function_call", "call_id": "c2", "name": "look", "arguments": "broken"}
    found = past_calls([message("user", "Please."), call, output, plain])

    assert [(one.name, dict(one.arguments), dict(one.output), one.wish) for one in found] == [
        ("find", {"a": 1}, {"error": "no"}, "Please."),
        ("look", {}, {}, "Please."),
    ]


def test_an_optional_argument_can_be_required() -> None:
    """Of those that the function has."""
    changed = requiring(tool("move", "Move.", to=text("where", optional=True)), ["to", "nothing"])

    assert changed["parameters"]["required"] == ["to"]
