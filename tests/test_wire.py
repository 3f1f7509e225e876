"""The check of what leaves the gateway is no formality: each row is an event that some real client would end on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.testing import call, say
from tests.calls import desk
from tests.wire import CLASSES, LARGEST, read, validate

AT = {"event_id": "e", "response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}
DELTA = {"type": "response.output_audio.delta", "delta": "AAAA", **AT}
STARTED = {"type": "input_audio_buffer.speech_started", "event_id": "e", "item_id": "i", "audio_start_ms": 7}
MESSAGE = {"id": "i", "object": "realtime.item", "type": "message", "role": "assistant", "content": []}
CALL = {"type": "response.function_call_arguments.done", "event_id": "e", "response_id": "r", "item_id": "i",
        "output_index": 0, "call_id": "c", "name": "n", "arguments": "{}"}  # fmt: skip
DONE: dict[str, Any] = {"type": "response.done", "event_id": "e", "response": {"id": "r", "output": []}}


def added(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.added", "event_id": "e", "item": {**MESSAGE, **fields}}


def said(part: dict[str, Any], role: str = "assistant") -> dict[str, Any]:
    return added(role=role, content=[part])


def without(event: dict[str, Any], field: str) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != field}


RIGHT = [DELTA, STARTED, CALL, DONE, added(), said({"type": "input_audio", "transcript": None}, "user")]
WRONG = [
    *[pytest.param(without(DELTA, field), id=f"delta without {field}") for field in DELTA if field != "type"],
    *[pytest.param({**DELTA, field: None}, id=f"delta with null {field}") for field in DELTA if field != "type"],
    *[pytest.param(without(CALL, field), id=f"arguments without {field}") for field in CALL if field != "type"],
    pytest.param({"type": "ping", "event_id": "e"}, id="unknown type"),
    pytest.param({"type": "team.handoff.completed", "event_id": "e"}, id="not asked for"),
    pytest.param({**DELTA, "output_index": "0"}, id="index as a string"),
    pytest.param({**DELTA, "content_index": True}, id="index as a boolean"),
    pytest.param({**STARTED, "audio_start_ms": 7.0}, id="milliseconds as a float"),
    pytest.param({**DELTA, "delta": 7}, id="delta as a number"),
    pytest.param(added(role="developer"), id="role"),
    pytest.param(added(type="force_message"), id="item type"),
    pytest.param(added(object="item"), id="item object"),
    pytest.param(added(content=None), id="null content"),
    pytest.param(added(status=None), id="null status"),
    pytest.param(said({"type": "audio", "transcript": "a"}), id="content type of the beta"),
    pytest.param(said({"type": "output_text", "text": None}), id="null text"),
    pytest.param(said({"type": "input_audio"}, "user"), id="user audio without transcript"),
    pytest.param({**DONE, "response": {"id": "r", "output": [added(status=None)["item"]]}}, id="null in an output"),
    pytest.param({**DONE, "response": {"id": "r", "metadata": {"n": 1}}}, id="metadata"),
    pytest.param({**DONE, "response": {"id": "r", "status_details": {"reason": "handoff"}}}, id="invented reason"),
    pytest.param(
        {**without(DELTA, "delta"), "type": "response.content_part.added", "part": {"type": "text", "text": None}},
        id="null in a part",
    ),
    pytest.param(
        {"type": "conversation.item.input_audio_transcription.delta", "event_id": "e", "item_id": "i", "delta": "a"},
        id="transcription delta without index",
    ),
    pytest.param({"type": "error", "event_id": "e", "error": {"message": "m"}}, id="error without type"),
    pytest.param({"type": "session.created", "event_id": "e", "session": {"model": "m"}}, id="session without type"),
]


@pytest.mark.parametrize("event", RIGHT, ids=lambda event: event["type"])
def test_what_every_client_takes_passes(event: dict[str, Any]) -> None:
    """Also with fields that the protocol may grow."""
    validate(event)
    validate({**event, "obfuscation": "x"})


@pytest.mark.parametrize("event", WRONG)
def test_what_some_client_ends_on_fails(event: dict[str, Any]) -> None:
    """Nothing is converted, nothing is guessed."""
    with pytest.raises((AssertionError, ValidationError)):
        validate(event)


def test_the_teams_own_events_are_for_those_who_asked() -> None:
    """They are no events of the protocol."""
    validate({"type": "team.handoff.completed", "event_id": "e"}, team_events=True)


def test_all_server_events_of_the_sdk_are_known() -> None:
    """The classes are found by what their `type` says."""
    assert len(CLASSES) == 46
    assert CLASSES["response.done"].__name__ == "ResponseDoneEvent"


@pytest.mark.parametrize("frame", [b"{}", "[]", '{"a":NaN}', '{"a":-Infinity}', json.dumps({"a": "x" * LARGEST})])
def test_frames_that_are_not_json_events_fail(frame: str | bytes) -> None:
    """Python reads `NaN`, a browser does not."""
    with pytest.raises(AssertionError):
        read(frame)


async def test_not_one_unknown_event_leaves_a_call() -> None:
    """A tool, a handoff, a barge-in, failures of the service, what it invents: without `?events=team` only the
    protocol's events are told, and each passes the check."""
    async with desk() as desk_, desk_.caller(query="") as caller:
        desk_.service.faults.unknown_events = True
        front = await desk_.service.session("front")
        desk_.service.reply("front", call("find_order", number="48213"))
        desk_.service.reply("front", say("It is on its way."))
        await caller.type("Where is my order?")
        await caller.until("response.done")
        desk_.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
        desk_.service.reply("billing", say("A very long answer.", ms=5000))
        await front.hear("My invoice is wrong.")
        billing = await desk_.service.session("billing")
        await caller.until("response.done", 3)

        desk_.service.reply("billing", say("One."), say("Two."), held=True)
        await billing.hear("Stop. Count.")
        await caller.until("response.output_item.done", 4)
        await billing.hear_start()
        await caller.until("response.done", where=lambda event: event["response"]["status"] == "cancelled")
        await billing.send("response.unheard_of", response_id="resp_x")
        await billing.error("server_error", "a hiccup")
        await caller.send("response.cancel", event_id="mine")
        await caller.until("error", where=lambda event: event["error"]["event_id"] == "mine")
        billing.drop()
        again = await desk_.service.session("billing", 1)
        desk_.service.reply("billing", fails="rate_limit_exceeded")
        await again.hear("Hello?")
        await caller.until("response.done", where=lambda event: event["response"]["status"] == "completed", count=4)

    assert {event["type"] for event in caller.events} <= set(CLASSES)
    assert "find_order" not in json.dumps(caller.events)
