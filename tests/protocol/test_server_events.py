"""The shape that strict clients need: each row is something that ends, or is lost on, one of them."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.protocol.server_events import HEARD, KNOWN, NO_USAGE, readable, tidy
from tests.wire import validate

AT = {"response_id": "r", "item_id": "i", "output_index": 0, "content_index": 0}


def item(**fields: Any) -> dict[str, Any]:
    base = {"id": "i", "object": "realtime.item", "type": "message", "role": "assistant", "content": []}
    return {"type": "conversation.item.added", "item": {**base, **fields}}


DROPPED = [
    pytest.param({"type": "ping"}, id="unknown type"),
    pytest.param({}, id="no type"),
    pytest.param({"type": []}, id="odd type"),
    pytest.param({"type": "conversation.item.created", "item": {}}, id="beta event"),
    pytest.param({"type": "session.updated", "session": {}}, id="another session"),
    pytest.param(item(role="developer"), id="role"),
    pytest.param(item(role=None), id="null role"),
    pytest.param(item(id=None), id="no id"),
    pytest.param(item(type="force_message"), id="item type"),
    pytest.param(item(type="mcp_call"), id="mcp"),
    pytest.param({"type": "conversation.item.added", "item": "x"}, id="item is no object"),
    pytest.param({"type": "response.output_audio.delta", "item_id": "i", "delta": "AAAA"}, id="delta without ids"),
    pytest.param({"type": "input_audio_buffer.speech_started", "audio_start_ms": 1}, id="no item id"),
    pytest.param({"type": "response.created", "response": {}}, id="response without id"),
]


@pytest.mark.parametrize("payload", DROPPED)
def test_what_clients_cannot_read_is_dropped(payload: dict[str, Any]) -> None:
    """An unknown or broken event would end a client; it does not leave."""
    assert tidy(payload) is None


def test_items_have_no_nulls_and_the_content_types_of_today() -> None:
    """Beta content types become today's, nulls are left out, `object` is said."""
    tidied = tidy(
        item(object="x", status=None, content=[{"type": "audio", "transcript": None}, {"type": "text", "text": "a"}, 7])
    )

    assert tidied is not None
    assert tidied["item"]["object"] == "realtime.item"
    assert "status" not in tidied["item"]
    assert tidied["item"]["content"] == [{"type": "output_audio"}, {"type": "output_text", "text": "a"}]


def test_user_audio_keeps_its_transcript_key() -> None:
    """One client needs the key in `item.retrieved`, null or not."""
    tidied = tidy(item(role="user", content=[{"type": "input_audio", "audio": None}]))

    assert tidied is not None
    assert tidied["item"]["content"] == [{"type": "input_audio", "transcript": None}]


def test_parts_lack_the_output_prefix() -> None:
    """`output_audio` is a content type of items, not of parts; a null text is left out."""
    tidied = tidy(
        {"type": "response.content_part.added", **AT, "part": {"type": "output_audio", "transcript": "", "text": None}}
    )

    assert tidied is not None
    assert tidied["part"] == {"type": "audio", "transcript": ""}


def test_milliseconds_are_integers() -> None:
    """A float would end a client."""
    tidied = tidy({"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 12.7})

    assert tidied == {"type": "input_audio_buffer.speech_started", "item_id": "i", "audio_start_ms": 12}


def test_responses() -> None:
    """Invented reasons go, metadata are strings, a voice is a word, unreadable items are left out."""
    response = {
        "id": "r",
        "status_details": {"type": "cancelled", "reason": "handoff"},
        "metadata": {"n": 1},
        "audio": {"output": {"voice": {"id": "voice_1"}}},
        "output": [{"type": "mcp_call"}, 3],
    }
    tidied = tidy({"type": "response.created", "response": response})

    assert tidied is not None
    assert tidied["response"] == {
        "id": "r",
        "status": "in_progress",
        "status_details": {"type": "cancelled"},
        "metadata": {"n": "1"},
        "audio": {"output": {"voice": "voice_1"}},
        "output": [],
    }


FILLED = [
    pytest.param(
        {"type": "conversation.item.input_audio_transcription.completed", "item_id": "i", "transcript": "a"},
        {"content_index": 0, "usage": {"type": "duration", "seconds": 0}},
        id="transcription without usage",
    ),
    pytest.param(
        {"type": "conversation.item.input_audio_transcription.delta", "item_id": "i", "delta": "a"},
        {"content_index": 0},
        id="transcription delta without index",
    ),
    pytest.param(
        {
            "type": "conversation.item.input_audio_transcription.failed",
            "item_id": "i",
            "error": {"code": None, "message": "m"},
        },
        {"content_index": 0},
        id="transcription failure with nulls",
    ),
    pytest.param(
        {"type": "rate_limits.updated", "rate_limits": [{"name": "tokens"}, {"name": "audio"}]},
        {"rate_limits": [{"name": "tokens"}]},
        id="unknown rate limit",
    ),
]


@pytest.mark.parametrize(("payload", "expected"), FILLED)
def test_missing_keys_are_filled(payload: dict[str, Any], expected: dict[str, Any]) -> None:
    """What some client needs and the session left out is added."""
    tidied = tidy(payload)

    assert tidied is not None
    assert {key: tidied[key] for key in expected} == expected
    validate({"event_id": "e", **tidied})


def test_the_empty_usage_is_complete() -> None:
    """Older clients need every count of `usage`."""
    assert set(NO_USAGE) == {
        "total_tokens",
        "input_tokens",
        "output_tokens",
        "input_token_details",
        "output_token_details",
    }
    assert len(KNOWN) == 37


LEAK = "open /srv/models/key: host db-7.internal refused sk-proj-1234567890"


@pytest.mark.parametrize("at", ["failed response", "failed transcription"])
@pytest.mark.parametrize(
    "error",
    [
        {"type": "server_error", "code": "rate_limit_exceeded", "message": LEAK, "param": LEAK, "stack": [LEAK]},
        {"type": LEAK, "code": LEAK, "message": LEAK},
        {"code": "sk-proj-1234567890", "message": {"text": LEAK}},
        {"message": LEAK},
        {},
    ],
)
def test_p61_the_words_of_a_service_reach_no_caller(at: str, error: dict[str, Any]) -> None:
    """P61: type and code, where they are words of the protocol, and a sentence of ours, wherever there is an error."""
    response = {"id": "r", "status": "failed", "status_details": {"type": "failed", "error": error}}
    tidied = tidy(
        {"type": "response.done", "response": response}
        if at == "failed response"
        else {"type": f"{HEARD}.failed", "item_id": "i", "error": error}
    )

    assert tidied is not None
    told = tidied["error"] if "error" in tidied else tidied["response"]["status_details"]["error"]
    assert told.keys() == {"type", "code", "message"}
    assert "sk-" not in str(tidied)
    assert "internal" not in str(tidied)
    assert told["code"] == ("rate_limit_exceeded" if "rate" in str(error) else "unknown_error")
    assert told["message"].endswith((".", "moment."))


ODD: dict[str, list[Any]] = {
    "item": [{}, [1], 5, None, {"id": 7}, {"id": "i", "type": "message", "role": {}}],
    "response": [{}, {"id": [1]}, {"id": ""}, "r", None],
    **{field: [[1], {}, 5, None, "", True] for field in ("item_id", "response_id")},
    **{field: [[1], {}, 5, None, True] for field in ("delta", "call_id", "transcript")},
    "content_index": ["0", 10**400, float("nan"), True, None, [0]],
    **{field: [5, "text", None, True] for field in ("part", "error", "usage", "rate_limits")},
}


@pytest.mark.parametrize(("field", "odd"), [(field, odd) for field, values in ODD.items() for odd in values])
def test_p48_a_field_means_the_same_in_every_event(field: str, odd: Any) -> None:
    """P48: also in one to which it does not belong, like an `item` in a transcript delta: it is right, or not there."""
    for kind in KNOWN:
        assert readable({"type": kind, "new": 1, field: odd}) == {"type": kind, "new": 1}
