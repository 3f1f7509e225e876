"""Frames are JSON events: read with the error that their reader expects, written so that a socket can carry them."""

from __future__ import annotations

import json

import pytest

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.protocol.frames import (
    client_frame,
    error_frame,
    parse_client_event,
    parse_server_event,
    server_frame,
)


@pytest.mark.parametrize("frame", ["", "{", "NaN", '{"a":Infinity}', "[]", "1", '"x"', "[" * 50_000, "9" * 5000])
def test_a_client_is_told_that_its_frame_is_no_event(frame: str) -> None:
    """No frame breaks the parser, however deep or odd."""
    with pytest.raises(CallerError) as raised:
        parse_client_event(frame)
    assert raised.value.code == "invalid_json"


@pytest.mark.parametrize("frame", ["", "nonsense", "[]", "5", '{"type": 5}', "{}", "[" * 50_000])
def test_a_service_that_sends_no_event_is_at_fault(frame: str) -> None:
    """The error repeats nothing of the frame."""
    with pytest.raises(RealtimeError) as raised:
        parse_server_event(frame)
    assert raised.value.code == "bad_frame"


def test_events_are_read_as_they_are() -> None:
    """Keys that nobody knows stay."""
    frame = '{"type":"ping","new":{"a":[1]}}'
    assert parse_client_event(frame) == parse_server_event(frame) == {"type": "ping", "new": {"a": [1]}}


def test_a_client_frame_is_ascii() -> None:
    """Half a surrogate pair cannot be sent as UTF-8; as an escape it can, and is read back as it was."""
    frame = client_frame("response.create", response={"instructions": "\ud83d ü"})
    assert frame.isascii()
    assert json.loads(frame) == {"type": "response.create", "response": {"instructions": "\ud83d ü"}}


def test_a_server_frame_has_an_id_of_its_own() -> None:
    """Strict clients reject an event without `event_id`."""
    first, second = (json.loads(server_frame("session.updated", session={})) for _ in range(2))
    assert first["event_id"].startswith("event_")
    assert first["event_id"] != second["event_id"]
    assert (first["type"], first["session"]) == ("session.updated", {})


@pytest.mark.parametrize(("event_id", "echoed"), [("mine", "mine"), (None, None), (7, None)])
def test_an_error_echoes_the_event_that_it_answers(event_id: object, echoed: str | None) -> None:
    """`event_id` of the refused event, when it is a string: clients match their requests by it."""
    event = json.loads(error_frame(CallerError("No.", code="invalid_value", param="type"), event_id))
    assert event["type"] == "error"
    assert event["error"] == {
        "type": "invalid_request_error", "code": "invalid_value", "message": "No.", "param": "type", "event_id": echoed,
    }  # fmt: skip
