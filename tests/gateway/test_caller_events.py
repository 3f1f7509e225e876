"""The caller's events: what becomes which event of the core, and what is refused with which path."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from orchestrator.core.events import CallerCleared, CallerDeleted, CallerEvent, CallerRetrieved, CallerTyped
from orchestrator.errors import CallerError
from orchestrator.gateway.caller_events import check, to_core
from orchestrator.gateway.session import LONGEST_TEXT
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


def mutations(value: Any, dice: random.Random) -> Any:
    """Return a value broken somewhere: a field missing, null, of another type, huge, or one too many."""
    odd: list[Any] = [None, True, -1, 1.5, "", "x" * 300, [], {}, [[]], {"type": []}, "\ud800", 10**30]
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


def test_a_text_longer_than_a_caller_may_send_is_refused() -> None:
    """An agent's session takes more: the team adds its own to what the caller sends. Audio is bounded by the frame."""
    with pytest.raises(CallerError) as raised:
        read(**item(content=[TEXT, {"type": "input_text", "text": "x" * (LONGEST_TEXT + 1)}]))
    assert (raised.value.code, raised.value.param) == (WRONG, "item.content[1].text")
    with pytest.raises(CallerError) as raised:
        read(type="response.create", response={"instructions": "x" * (LONGEST_TEXT + 1)})
    assert raised.value.param == "response.instructions"
    read(**item(content=[{"type": "input_audio", "audio": "AAAA" * LONGEST_TEXT}]))
