"""The caller's events: what becomes which event of the core, and what is refused with which path."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from orchestrator.core.events import CallerCleared, CallerDeleted, CallerEvent, CallerRetrieved, CallerTyped
from orchestrator.errors import CallerError
from orchestrator.gateway.caller_events import EVENTS, check, to_core
from orchestrator.protocol.frames import parse_client_event

MISSING, UNKNOWN, WRONG = "missing_required_parameter", "unknown_parameter", "invalid_value"
TEXT = {"type": "input_text", "text": "hello"}
MESSAGE = {"type": "message", "role": "user", "content": [TEXT]}


def read(**event: Any) -> CallerEvent:
    parsed = parse_client_event(json.dumps(event))
    check(parsed)
    return to_core(parsed)


def item(**fields: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": {**MESSAGE, **fields}}


def image(url: str) -> dict[str, Any]:
    return item(content=[{"type": "input_image", "image_url": url}])


def test_simple_events() -> None:
    """Events that name an item carry its id and their own."""
    assert read(type="input_audio_buffer.clear") == CallerCleared()
    assert read(type="conversation.item.delete", item_id="i", event_id="e") == CallerDeleted("i", "e")
    assert read(type="conversation.item.retrieve", item_id="i") == CallerRetrieved("i", None)


def test_items_get_an_id_when_they_have_none() -> None:
    """The caller's own id is kept; otherwise one is made."""
    with_id, without = read(**item(id="mine")), read(**item(id=None))

    assert isinstance(with_id, CallerTyped)
    assert isinstance(without, CallerTyped)
    assert with_id.item["id"] == "mine"
    assert without.item["id"].startswith("item_")


def test_unknown_fields_beside_an_event_are_harmless() -> None:
    """A key that the protocol does not know, beside those of the event, is ignored."""
    assert read(type="input_audio_buffer.clear", extra={"a": 1}) == CallerCleared()


@pytest.mark.parametrize(
    "content",
    [
        {"role": "system", "content": [TEXT]},
        {"role": "assistant", "content": [{"type": "output_text", "text": "hi"}]},
        {"role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]},
        {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}]},
        {"role": "user", "content": [{"type": "input_image", "image_url": "data:image/jpeg;base64,", "detail": "low"}]},
    ],
    ids=["system", "assistant", "audio", "image", "photo"],
)
def test_all_kinds_of_messages_are_taken(content: dict[str, Any]) -> None:
    """Text, audio and images, in the roles that may hold them."""
    assert isinstance(read(**item(**content)), CallerTyped)


REFUSED = [
    pytest.param(item(role="developer"), WRONG, "item.role", id="role"),
    pytest.param(item(content=[{"type": "text", "text": "x"}]), WRONG, "item.content[0].type", id="part"),
    pytest.param(item(content=[{"type": "input_text"}]), MISSING, "item.content[0].text", id="text"),
    pytest.param(item(colour="red"), UNKNOWN, "item.colour", id="unknown"),
    pytest.param(item(id=""), WRONG, "item.id", id="empty id"),
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
        read(**event)

    assert (raised.value.code, raised.value.param) == (code, param)


def mutations(value: Any, dice: random.Random) -> Any:
    """Return a value broken somewhere: a field missing, null, of another type, huge, or one too many."""
    odd = [None, True, -1, 1.5, "", "x" * 300, [], {}, [[]], {"type": []}, "\ud800", 10**30]
    if not isinstance(value, dict | list) or not value or dice.random() < 0.3:
        return dice.choice(odd)
    if isinstance(value, list):
        return [mutations(value[0], dice), *value[1:]]
    broken, key = dict(value), dice.choice(list(value))
    match dice.randrange(3):
        case 0:
            del broken[key]
        case 1:
            broken[key] = mutations(value[key], dice)
        case _:
            broken["surprise"] = dice.choice(odd)
    return broken


def refusal(event: dict[str, Any]) -> CallerError | None:
    try:
        check(event)
    except CallerError as error:
        return error
    return None


SEEDS: list[dict[str, Any]] = [
    item(id="i"),
    item(role="assistant", content=[{"type": "output_text", "text": "hi"}]),
    {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": "c", "output": "x"}},
    {
        "type": "response.create",
        "response": {"input": [MESSAGE], "metadata": {"a": "b"}, "output_modalities": ["text"]},
    },
    {"type": "conversation.item.truncate", "item_id": "i", "content_index": 0, "audio_end_ms": 1},
    {"type": "conversation.item.delete", "item_id": "i"},
    {"type": "response.cancel", "response_id": "r", "event_id": "e"},
    {"type": "input_audio_buffer.append", "audio": "AAAA"},
]


def test_nothing_but_a_caller_error_comes_of_broken_events() -> None:
    """10,000 broken events: each is refused with a code and a path, or is harmless."""
    dice = random.Random(7)
    for number in range(10_000):
        event = mutations(SEEDS[number % len(SEEDS)], dice)
        if not isinstance(event, dict):
            continue
        error = refusal(event)
        if error is None:
            assert event["type"] == "input_audio_buffer.append" or to_core(event)
        else:
            assert error.code in (MISSING, UNKNOWN, WRONG)
            assert error.param is not None


def test_the_table_knows_all_client_events_of_a_websocket() -> None:
    """All eleven client events of the protocol are served, but the one that WebRTC alone has."""
    assert len(EVENTS) == 10


def test_clearing_the_output_is_for_those_who_do_not_play_it_themselves() -> None:
    """`output_audio_buffer.clear`: a WebSocket's client plays itself and has nothing to clear here."""
    event = {"type": "output_audio_buffer.clear", "event_id": "event_1"}
    check(event, media=True)
    with pytest.raises(CallerError):
        check(event)
