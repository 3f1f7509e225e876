"""What a worker may send, and which right it takes."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.desk.events import EVENTS, check
from orchestrator.team.people import EVERYTHING

ALL = frozenset(EVERYTHING)
# Event → the least that it holds.
LEAST: dict[str, dict[str, Any]] = {
    "team.audio.offer": {"sdp": "v=0"},
    "team.person.note": {"text": "x"},
    "team.person.say": {"text": "x"},
    "team.person.instruct": {"text": "x"},
    "team.person.run": {"name": "find_order"},
    "team.approval.answer": {"id": "call_1", "approve": True},
    "input_audio_buffer.append": {"audio": "AAAA"},
    "conversation.item.create": {
        "item": {"type": "mcp_approval_response", "approval_request_id": "call_1", "approve": False, "reason": None}
    },
}


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_takes_its_right(kind: str) -> None:
    """With it the event is fine, without it nothing else is looked at."""
    right = EVENTS[kind][1]
    event = {"type": kind, **LEAST.get(kind, {})}

    check({**event, "event_id": "e1", "call": "sess_1"}, ALL)
    with pytest.raises(CallerError, match=f"lacks '{right}'") as refused:
        check({**event, "nonsense": 1}, ALL - {right})
    assert refused.value.code == "forbidden"


@pytest.mark.parametrize("kind", EVENTS)
def test_what_an_event_does_not_hold_is_refused(kind: str) -> None:
    """As everywhere else in the protocol."""
    with pytest.raises(CallerError, match="nonsense"):
        check({"type": kind, **LEAST.get(kind, {}), "nonsense": 1}, ALL)


@pytest.mark.parametrize("kind", [None, 7, "", "response.create", "team.person.nonsense"])
def test_an_unknown_event_is_answered_with_the_known_ones(kind: Any) -> None:
    """So that whoever builds a desk of their own sees what there is."""
    with pytest.raises(CallerError, match=r"Known: conversation\.item\.create, input_audio_buffer\.append"):
        check({"type": kind}, ALL)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "team.person.note"},
        {"type": "team.person.note", "text": ""},
        {"type": "team.person.note", "text": "x", "when": "now"},
        {"type": "team.person.run", "name": "x", "arguments": "{}"},
        {"type": "team.person.watch", "on": "yes"},
        {"type": "team.person.watch", "call": 7},
        {"type": "input_audio_buffer.append", "audio": "not base64"},
        {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": []}},
    ],
    ids=str,
)
def test_a_malformed_event_is_refused(event: dict[str, Any]) -> None:
    """By where and why."""
    with pytest.raises(CallerError):
        check(event, ALL)
