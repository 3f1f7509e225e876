"""Frames are JSON events: read with the error that their reader expects, written so that a socket can carry them."""

from __future__ import annotations

import json

import pytest

from orchestrator.errors import CallerError, RealtimeError
from orchestrator.protocol.frames import (
    BAD_EVENT,
    DEEPEST,
    MOST_VALUES,
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
    assert raised.value.code == BAD_EVENT


@pytest.mark.parametrize("depth", [DEEPEST, 500, 900, 990, 50_000])
@pytest.mark.parametrize("brackets", ["[]", '{"a":}'], ids=["arrays", "objects"])
def test_p48_no_depth_can_be_read_that_cannot_be_written(depth: int, brackets: str) -> None:
    """P48: what is deeper than anything in the protocol is no event; just under it, it is one."""
    opening, closing = brackets[:-1], brackets[-1]
    deep, fitting = (f'{{"type":"x","y":{opening * n}1{closing * n}}}' for n in (depth, DEEPEST - 2))
    with pytest.raises(RealtimeError):
        parse_server_event(deep)
    assert json.dumps(parse_server_event(fitting), separators=(",", ":")) == fitting


@pytest.mark.parametrize("number", ["NaN", "-Infinity", "1e400", "-1e999", "9" * 400, "-" + "9" * 17])
def test_p48_numbers_that_nothing_can_hold_are_read_as_null(number: str) -> None:
    """P48: also where nobody would look, since an event is passed on with keys that nobody knows."""
    event = parse_server_event(f'{{"type":"x","y":{{"z":[{number},1,0.5]}}}}')
    assert event == {"type": "x", "y": {"z": [None, 1, 0.5]}}


def test_p48_half_a_surrogate_pair_is_read_as_a_question_mark() -> None:
    """P48: strict clients end on one, and no socket carries it; whole pairs are letters."""
    event = parse_server_event(r'{"type":"x","\ud800":["\udfff a","\ud83d\ude00","\\ud800"]}')
    assert event == {"type": "x", "?": ["? a", "\U0001f600", "\\ud800"]}


def test_events_are_read_as_they_are() -> None:
    """Keys that nobody knows stay."""
    frame = '{"type":"ping","new":{"a":[1]}}'
    assert parse_client_event(frame) == parse_server_event(frame) == {"type": "ping", "new": {"a": [1]}}


def test_p48_a_server_frame_is_ascii() -> None:
    """P48: of a session in this process, too, nothing comes that a socket cannot carry."""
    assert json.loads(server_frame("x", delta="\ud83d"))["delta"] == "\ud83d"
    assert server_frame("x", delta="\ud83d ü").isascii()


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


@pytest.mark.parametrize("inside", ["[]", "{}", "0", '{"a":[0]}'])
def test_p53_an_event_of_a_service_holds_only_so_many_values(inside: str) -> None:
    """P53: reading more would stop every call; a long text or audio is no more than one."""
    with pytest.raises(RealtimeError):
        parse_server_event(f'{{"type":"x","y":[{",".join([inside] * (MOST_VALUES + 1))}]}}')
    assert parse_server_event(f'{{"type":"x","y":"{"[," * 200_000}"}}')["type"] == "x"
