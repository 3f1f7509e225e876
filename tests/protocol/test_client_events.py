"""Client events are checked field by field, and refused with the code and the path of the service."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.client_events import EVENTS, check

MISSING, UNKNOWN, WRONG = "missing_required_parameter", "unknown_parameter", "invalid_value"
TEXT = {"type": "input_text", "text": "hello"}
MESSAGE = {"type": "message", "role": "user", "content": [TEXT]}


def item(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": {**MESSAGE, **fields}}


def image(url: str) -> dict[str, Any]:
    return item(content=[{"type": "input_image", "image_url": url}])


REFUSED = [
    pytest.param(item(role="developer"), WRONG, "item.role", id="role"),
    pytest.param(item(content=[{"type": "text", "text": "x"}]), WRONG, "item.content[0].type", id="part"),
    pytest.param(item(content=[{"type": "input_text"}]), MISSING, "item.content[0].text", id="text"),
    pytest.param(item(colour="red"), UNKNOWN, "item.colour", id="unknown"),
    pytest.param(item(id=""), WRONG, "item.id", id="empty id"),
    pytest.param(item(id="x" * 33), WRONG, "item.id", id="long id"),
    pytest.param(
        item(role="assistant", content=[{"type": "output_audio", "audio": "AAAA"}]),
        MISSING, "item.content[0].text", id="assistant audio",
    ),
    pytest.param(
        item(content=[{"type": "input_audio", "audio": "!!"}]), WRONG, "item.content[0].audio", id="audio no base64"
    ),
    pytest.param(image("https://example.com/a.png"), WRONG, "item.content[0].image_url", id="address of an image"),
    pytest.param(image("data:image/gif;base64,AAAA"), WRONG, "item.content[0].image_url", id="moving image"),
    pytest.param(image("data:image/png,AAAA"), WRONG, "item.content[0].image_url", id="image no base64"),
    pytest.param({"type": "conversation.item.create"}, MISSING, "item", id="no item"),
    pytest.param({"type": "conversation.item.create", "item": {"type": "mcp_call"}}, WRONG, "item.type", id="mcp"),
    pytest.param({"type": "response.create", "response": {"voice": "x"}}, UNKNOWN, "response.voice", id="voice"),
    pytest.param(
        {"type": "response.create", "response": {"metadata": {"a": 1}}}, WRONG, "response.metadata.a", id="metadata"
    ),
    pytest.param(
        {"type": "response.create", "response": {"input": [{"type": "x"}]}}, WRONG, "response.input[0].type", id="input"
    ),
    pytest.param(
        {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1.5},
        WRONG, "audio_end_ms", id="float ms",
    ),
    pytest.param(
        {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": -1},
        WRONG, "audio_end_ms", id="negative ms",
    ),
    pytest.param(
        {"type": "response.create", "response": {"metadata": {str(n): "" for n in range(17)}}},
        WRONG, "response.metadata", id="too many metadata",
    ),
    pytest.param(
        {"type": "response.create", "response": {"metadata": {"k" * 65: ""}}}, WRONG, "response.metadata", id="long key"
    ),
    pytest.param(
        {"type": "response.create", "response": {"metadata": {"k": "v" * 513}}},
        WRONG, "response.metadata.k", id="long value",
    ),
    pytest.param(
        {"type": "response.create", "response": {"output_modalities": ["audio", "text"]}},
        WRONG, "response.output_modalities", id="both modalities",
    ),
    pytest.param(
        {"type": "response.create", "response": {"tools": [{"type": "mcp", "server_label": "x"}]}},
        WRONG, "response.tools[0].type", id="mcp of a response",
    ),
    pytest.param({"type": "response.cancel", "event_id": 7}, WRONG, "event_id", id="event id"),
]  # fmt: skip


@pytest.mark.parametrize(("event", "code", "param"), REFUSED)
def test_wrong_events_are_refused_with_their_path(event: dict[str, Any], code: str, param: str) -> None:
    """The error says which field is wrong, with the service's code."""
    with pytest.raises(CallerError) as raised:
        check(event)

    assert (raised.value.code, raised.value.param) == (code, param)


def test_the_table_knows_all_client_events_of_a_websocket() -> None:
    """All eleven client events of the protocol are served, but the one that WebRTC alone has."""
    assert len(EVENTS) == 10


def test_clearing_the_output_is_for_those_who_do_not_play_it_themselves() -> None:
    """`output_audio_buffer.clear`: a WebSocket's client plays itself and has nothing to clear here."""
    event = {"type": "output_audio_buffer.clear", "event_id": "event_1"}
    check(event, media=True)
    with pytest.raises(CallerError):
        check(event)
