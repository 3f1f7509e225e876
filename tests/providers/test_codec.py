"""Server frames to events, effects to client frames; the hot path gives what the full parse gives."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.tools.events import HostedAsked, HostedEnded, HostedReported
from orchestrator.errors import RealtimeError
from orchestrator.providers.codec import decode, encode

FRONT = SessionId("front")
AUDIO = base64.b64encode(bytes(960)).decode()
DELTA = {
    "type": "response.output_audio.delta",
    "event_id": "event_1",
    "response_id": "resp_1",
    "item_id": "item_1",
    "output_index": 0,
    "content_index": 0,
    "delta": AUDIO,
}


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps(DELTA),
        json.dumps(DELTA, separators=(",", ":")),
        json.dumps(dict(reversed(DELTA.items()))),
        json.dumps({"event_id": "é", **DELTA}, ensure_ascii=False),
        json.dumps({**DELTA, "obfuscation": "aaaa"}),
        json.dumps({**DELTA, "event_id": "x" * 600}),
        json.dumps(DELTA, indent=1),
    ],
    ids=["spaces", "compact", "reversed", "unicode", "extra key", "long id", "lines"],
)
def test_audio_is_recognised_however_it_is_written(frame: str) -> None:
    """Ids and milliseconds are the same on the hot path and on the full one; the frame is untouched."""
    assert decode(FRONT, frame, 48) == ev.AudioProduced(FRONT, "resp_1", "item_1", 20.0, frame)


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps({**DELTA, "event_id": '"item_id": "other"'}),
        json.dumps(DELTA).replace("A", r"\u0041"),
        json.dumps(DELTA).replace("resp_1", r"resp\u005f1"),
        json.dumps({**DELTA, "nobody": "knows it", "nor": float("nan")}),
        json.dumps({**DELTA, "output_index": "0"}),
        json.dumps({**DELTA, "output_index": 10**400, "content_index": None}),
        json.dumps({**DELTA, "event_id": "\ud800"}),
        json.dumps({**DELTA, "event_id": [1], "item": {}}),
    ],
    ids=["quotes", "escapes", "escaped id", "strange keys", "text", "huge", "half a letter", "odd id"],
)
def test_p48_audio_that_is_written_oddly_is_written_anew(frame: str) -> None:
    """P48: a caller is given strict JSON with the fields of the protocol, each as it has to be."""
    event = decode(FRONT, frame, 48)
    assert isinstance(event, ev.AudioProduced)
    assert (event.response_id, event.item_id, event.ms) == ("resp_1", "item_1", 20.0)
    told = json.loads(event.frame)
    assert isinstance(told.pop("event_id"), str)
    assert told == {key: value for key, value in DELTA.items() if key != "event_id"}
    event.frame.encode()


def test_audio_that_lacks_what_clients_rely_on_gets_it() -> None:
    """Some services leave out ids and places; clients of the official one break on that."""
    bare = {key: DELTA[key] for key in ("type", "response_id", "item_id", "delta")}
    event = decode(FRONT, json.dumps(bare), 48)
    assert isinstance(event, ev.AudioProduced)
    told = json.loads(event.frame)

    assert told.pop("event_id")
    assert told == {**bare, "output_index": 0, "content_index": 0}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 959, 960])
def test_milliseconds_follow_from_the_length_of_the_text(count: int) -> None:
    """Padding counts for nothing, whichever path is taken."""
    text = base64.b64encode(bytes(count)).decode()
    quick = json.dumps({**DELTA, "delta": text})
    slow = json.dumps(dict(reversed({**DELTA, "delta": text}.items())))
    for frame in (quick, slow):
        event = decode(FRONT, frame, 8)
        assert isinstance(event, ev.AudioProduced)
        assert event.ms == count / 8


CALL = {
    "id": "i1",
    "object": "realtime.item",
    "type": "function_call",
    "status": "completed",
    "call_id": "c1",
    "name": "f",
    "arguments": "{}",
}
ASKED = {
    "id": "i1",
    "object": "realtime.item",
    "type": "mcp_approval_request",
    "server_label": "crm",
    "name": "f",
    "arguments": "{}",
}
CALLED = {**ASKED, "type": "mcp_call", "approval_request_id": "q"}
BAD_GATEWAY = {"type": "http_error", "code": 502, "message": "Bad gateway"}
ODD = {"type": "nonsense"}
ODD_CODE = {"/srv": "x"}
ROWS: list[tuple[dict[str, Any], Any]] = [
    ({"type": "session.updated", "session": {}}, None),
    ({"type": "response.created", "response": {"id": "r"}}, (ev.ResponseStarted, {"response_id": "r", "aside": False})),
    (
        {"type": "response.created", "response": {"id": "r", "conversation_id": None}},
        (ev.ResponseStarted, {"aside": True}),
    ),
    (
        {
            "type": "response.done",
            "response": {"id": "r", "status": "failed", "status_details": {"error": {"code": "x"}}},
        },
        (ev.ResponseFinished, {"status": "failed", "error": "x", "usage": {}}),
    ),
    (
        {"type": "response.output_item.done", "response_id": "r", "item": CALL},
        (ev.FunctionCalled, {"name": "f", "call_id": "c1"}),
    ),
    (
        {"type": "response.output_item.done", "response_id": "r", "item": {**CALL, "status": "incomplete"}},
        (ev.ResponseProgressed, {"response_id": "r"}),
    ),
    (
        {"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": "Hi"},
        (ev.TranscriptProduced, {"item_id": "i", "text": "Hi"}),
    ),
    ({"type": "conversation.item.done", "item": CALL}, (ev.ItemReported, {"item_id": "i1"})),
    (
        {"type": "conversation.item.done", "item": ASKED},
        (HostedAsked, {"response_id": "", "item_id": "i1", "server": "crm", "name": "f", "arguments": "{}"}),
    ),
    (
        {"type": "response.output_item.done", "response_id": "r", "item": ASKED},
        (HostedAsked, {"response_id": "r", "item_id": "i1"}),
    ),
    ({"type": "conversation.item.added", "item": ASKED}, (ev.ItemReported, {"item_id": "i1"})),
    (
        {"type": "response.output_item.added", "response_id": "r", "item": ASKED},
        (ev.ResponseProgressed, {"response_id": "r"}),
    ),
    (
        {"type": "conversation.item.added", "item": {**ASKED, "type": "mcp_call"}},
        (HostedReported, {"item_id": "i1", "request_id": "", "over": False}),
    ),
    (
        {"type": "response.output_item.done", "response_id": "r", "item": {**CALLED, "output": "Ada"}},
        (HostedReported, {"request_id": "q", "over": True, "ok": True, "output": "Ada"}),
    ),
    (
        {"type": "conversation.item.done", "item": {**CALLED, "error": BAD_GATEWAY}},
        (HostedReported, {"over": True, "ok": False, "output": "Bad gateway"}),
    ),
    (
        {"type": "response.mcp_call.failed", "item_id": "i1", "output_index": 0},
        (HostedEnded, {"item_id": "i1"}),
    ),
    ({"type": "input_audio_buffer.speech_started", "item_id": "i"}, (ev.SpeechStarted, {"item_id": "i"})),
    ({"type": "input_audio_buffer.speech_stopped", "item_id": "i"}, (ev.SpeechStopped, {"item_id": "i"})),
    ({"type": "input_audio_buffer.committed", "item_id": "i"}, (ev.TurnCommitted, {"item_id": "i"})),
    (
        {"type": "conversation.item.input_audio_transcription.completed", "item_id": "i", "transcript": "Hi"},
        (ev.TurnTranscribed, {"text": "Hi"}),
    ),
    (
        {"type": "conversation.item.input_audio_transcription.failed", "item_id": "i"},
        (ev.TurnTranscribed, {"text": None}),
    ),
    (
        {"type": "error", "error": {"type": "t", "message": "m", "event_id": "e"}},
        (ev.RequestRefused, {"code": "t", "event_id": "e"}),
    ),
    ({"type": "response.content_part.added", "response_id": "r"}, (ev.ResponseProgressed, {"response_id": "r"})),
    (
        {
            "type": "response.done",
            "response": {"id": "r", "status": "failed", "status_details": {"error": {"type": "t"}}},
        },
        (ev.ResponseFinished, {"error": "t"}),
    ),
    ({"type": "error", "error": {"code": 429}}, (ev.RequestRefused, {"code": "429", "kind": "server_error"})),
    ({"type": "ping"}, (ev.SessionReported, {"payload": {"type": "ping"}})),
    ({"type": "response.odd"}, (ev.SessionReported, {})),
]


@pytest.mark.parametrize(
    ("payload", "expected"), ROWS, ids=[str(row[0]["type"]) + str(at) for at, row in enumerate(ROWS)]
)
def test_each_server_event_becomes_its_core_event(payload: dict[str, Any], expected: Any) -> None:
    """The named fields are read; the payload goes along for the caller."""
    event = decode(FRONT, json.dumps(payload), 48)
    if expected is None:
        assert event is None
        return
    kind, fields = expected
    assert type(event) is kind
    wanted = {**fields, "session": FRONT, "payload": payload}
    assert {name: getattr(event, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "nonsense",
        "[]",
        "5",
        '{"type": 5}',
        "{}",
        json.dumps(DELTA)[:-1],
        "[" * 100_000,
        '{"type":"x","n":' + "9" * 5000,
    ],
)
def test_p48_a_frame_that_is_no_event_can_be_spared(frame: str) -> None:
    """P48: in words that are always the same; nothing of the frame is repeated."""
    with pytest.raises(RealtimeError) as caught:
        decode(FRONT, frame, 48)
    assert (caught.value.code, str(caught.value)) == ("bad_event", "The service sent a frame that is not an event.")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({"id": 7}, {"response_id": "", "status": "completed", "usage": {}}),
        (5, {"response_id": "", "error": None}),
        ({"id": "r", "usage": 5}, {"response_id": "r", "usage": {}}),
        ({"id": "r", "usage": {"input_tokens": 10**400, "output_tokens": 7}}, {"usage": {"output_tokens": 7}}),
        ({"id": "r", "usage": {"input_tokens": float("nan"), "output_tokens": True}}, {"usage": {}}),
        ({"id": "r", "status": ["failed"], "status_details": 5}, {"status": "completed", "error": None}),
        ({"id": "r", "status": "failed", "status_details": {"error": 5}}, {"status": "failed", "error": None}),
        ({"id": "r", "status": "failed", "status_details": {"error": {"code": ODD_CODE}}}, {"error": "unknown_error"}),
    ],
)
def test_p48_the_end_of_a_response_is_one_whatever_it_says(response: Any, expected: dict[str, Any]) -> None:
    """P48: what cannot be read of it is left out; without it the turn would hang."""
    event = decode(FRONT, json.dumps({"type": "response.done", "response": response}), 48)
    assert isinstance(event, ev.ResponseFinished)
    assert {name: getattr(event, name) for name in expected} == expected


def test_p61_the_words_of_a_service_stay_in_the_payload() -> None:
    """P61: what the caller is told follows from the code; the log reads the payload."""
    error = {"type": "invalid_request_error", "code": "rate_limit_exceeded", "message": "/srv/x", "param": "/srv/x"}
    event = decode(FRONT, json.dumps({"type": "error", "error": error}), 48)
    assert isinstance(event, ev.RequestRefused)
    assert (event.code, event.kind, event.param) == ("rate_limit_exceeded", "invalid_request_error", None)
    assert "/srv" not in event.message
    assert event.payload["error"] == error


HEARD = "conversation.item.input_audio_transcription.completed"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.created"},
        {"type": "response.created", "response": {"id": ODD}},
        {"type": "error", "error": 5},
        {**DELTA, "response_id": None},
        {**DELTA, "delta": None},
        {**DELTA, "delta": "AAA"},
        {**DELTA, "item_id": ""},
        {"type": "response.output_text.delta", "response_id": "r", "item_id": ODD, "delta": "a"},
        {"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": ODD},
        {"type": "response.output_item.done", "response_id": "r", "item": {**CALL, "call_id": ODD}},
        {"type": "response.output_item.done", "response_id": "r", "item": {**CALL, "arguments": ODD}},
        {"type": "response.output_item.done", "response_id": ODD, "item": {"type": "message"}},
        {"type": "conversation.item.added", "item": {"id": ODD}},
        {"type": "input_audio_buffer.committed", "item_id": ODD},
        {"type": "input_audio_buffer.speech_started", "item_id": 7},
        {"type": "input_audio_buffer.speech_stopped", "item_id": [1]},
        {"type": "response.output_text.delta", "response_id": "r", "item": {}, "delta": "a"},
        {"type": HEARD, "item_id": "i", "transcript": ODD},
    ],
    ids=lambda event: event["type"],
)
def test_an_event_that_cannot_be_read_can_be_spared(event: dict[str, Any]) -> None:
    """A field that is missing or of another type: the fault is this event's, not the session's."""
    with pytest.raises(RealtimeError) as caught:
        decode(FRONT, json.dumps(event), 48)
    assert caught.value.code == "bad_event"


def test_what_an_error_is_about_is_text_or_nothing() -> None:
    """Its `event_id` reaches the caller; the code of a failed response is looked up."""
    refused = decode(FRONT, json.dumps({"type": "error", "error": {"event_id": ODD}}), 48)
    assert isinstance(refused, ev.RequestRefused)
    assert refused.event_id is None
    details = {"error": {"code": ODD}}
    failed = {"type": "response.done", "response": {"id": "r", "status_details": details}}
    finished = decode(FRONT, json.dumps(failed), 48)
    assert isinstance(finished, ev.ResponseFinished)
    assert isinstance(finished.error, str)


def test_p47_an_answer_that_was_cut_short_says_why() -> None:
    """P47: the reason is for the log when nothing of it was heard."""
    details = {"type": "incomplete", "reason": "content_filter"}
    done = {"type": "response.done", "response": {"id": "r", "status": "incomplete", "status_details": details}}
    finished = decode(FRONT, json.dumps(done), 48)
    assert isinstance(finished, ev.ResponseFinished)

    assert finished.error == "content_filter"


@pytest.mark.parametrize(
    ("effect", "event"),
    [
        (do.CreateResponse(FRONT, {"metadata": {}}), {"type": "response.create", "response": {"metadata": {}}}),
        (do.CancelResponse(FRONT), {"type": "response.cancel"}),
        (do.CancelResponse(FRONT, "r"), {"type": "response.cancel", "response_id": "r"}),
        (do.AddItem(FRONT, {"id": "i"}), {"type": "conversation.item.create", "item": {"id": "i"}}),
        (do.AddItem(FRONT, {}, "root"), {"type": "conversation.item.create", "item": {}, "previous_item_id": "root"}),
        (
            do.TruncateAudio(FRONT, "i", 300),
            {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 300},
        ),
        (do.DeleteItem(FRONT, "i"), {"type": "conversation.item.delete", "item_id": "i"}),
        (do.RetrieveItem(FRONT, "i"), {"type": "conversation.item.retrieve", "item_id": "i"}),
        (do.CommitAudio(FRONT), {"type": "input_audio_buffer.commit"}),
        (do.ClearAudio(FRONT), {"type": "input_audio_buffer.clear"}),
    ],
)
def test_each_effect_becomes_its_client_event(effect: do.SessionFrame, event: dict[str, Any]) -> None:
    """The frame is one JSON object."""
    assert json.loads(encode(effect)) == event


def test_audio_goes_on_verbatim() -> None:
    """The caller's frame is what the session is sent."""
    assert encode(do.SendAudio(FRONT, "the frame")) == "the frame"


@pytest.mark.parametrize(
    ("effect", "said"),
    [
        (do.RunHosted(FRONT, "q", "c", "f", "crm", "{}"), {"approve": True}),
        (do.RefuseHosted(FRONT, "q", "not now"), {"approve": False, "reason": "not now"}),
    ],
)
def test_a_provider_that_asks_is_answered_by_an_item(effect: do.SessionFrame, said: dict[str, Any]) -> None:
    """With an id of ours."""
    item = json.loads(encode(effect))["item"]

    assert item.pop("id").startswith("mcpr_")
    assert item == {"type": "mcp_approval_response", "approval_request_id": "q", **said}


def test_function_outputs_have_ids_in_the_spelling_of_the_service() -> None:
    """`fco_` and at most 32 characters, however the function call is named: compatible servers refuse other ids."""
    call_id = "call_" + "x" * 40
    item = json.loads(encode(do.SendFunctionOutput(FRONT, call_id, "done")))["item"]

    assert (item["type"], item["call_id"], item["output"]) == ("function_call_output", call_id, "done")
    assert item["id"].startswith("fco_")
    assert len(item["id"]) <= 32


def test_half_a_surrogate_pair_can_be_sent() -> None:
    """JSON may hold what UTF-8 cannot; the frame is ASCII, so that the writer does not fail on it."""
    item = {"content": json.loads(r'"\ud83d, \u00fc"')}
    frame = encode(do.AddItem(FRONT, item))
    assert frame.isascii()
    assert json.loads(frame)["item"] == item


@pytest.mark.parametrize("words", ["Hello", 'say "no"', ""])
def test_a_transcript_goes_on_verbatim(words: str) -> None:
    """The frame is kept, and says the same as when it is parsed."""
    event = {"type": "response.output_audio_transcript.delta", "event_id": "e", "response_id": "r", "item_id": "i"}
    at = {"output_index": 0, "content_index": 1, "delta": words}
    frame = json.dumps({**event, **at})
    parsed = decode(FRONT, json.dumps({**at, **event}), 48)

    assert decode(FRONT, frame, 48) == ev.TranscriptProduced(FRONT, "r", "i", words, content_index=1, frame=frame)
    assert isinstance(parsed, ev.TranscriptProduced)
    assert (parsed.response_id, parsed.item_id, parsed.text, parsed.frame) == ("r", "i", words, "")
