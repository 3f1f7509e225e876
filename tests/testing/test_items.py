"""The conversation of a scripted session has the service's rules: ids, places, content, truncation."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.testing.items import Items
from tests.testing.client import HELLO, SessionClient

SPOKEN = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Yes."}]}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "sent"}


def conversation(*names: str) -> Items:
    """Return a conversation in which the caller said hello under each of these ids."""
    items = Items("conv_1")
    for name in names:
        items.create({"id": name, **HELLO}, None)
    return items


def test_an_item_goes_to_the_end_to_the_front_or_after_another() -> None:
    """Each knows the one before it."""
    items = conversation("b")
    items.create({"id": "a", **HELLO}, "root")
    items.create({"id": "d", **HELLO}, None)
    items.create({"id": "c", **HELLO}, "b")

    assert list(items.by_id) == ["a", "b", "c", "d"]
    assert [items.before(name) for name in items.by_id] == [None, "a", "b", "c"]


@pytest.mark.parametrize(
    ("item", "after", "code", "param"),
    [
        ({"id": "a", **HELLO}, None, "item_create_duplicate_item_id", "item.id"),
        (HELLO, "z", "item_create_invalid_previous_item_id", "previous_item_id"),
        ({"id": "x" * 33, **HELLO}, None, "invalid_value", "item.id"),
        ({**HELLO, "role": "developer"}, None, "invalid_value", "item.role"),
        ({**HELLO, "role": "assistant"}, None, "invalid_value", "item.content[0].type"),
        (SPOKEN, None, "missing_required_parameter", "item.content[0].text"),
        ({"type": "function_call", "name": "f"}, None, "missing_required_parameter", "item.arguments"),
        (OUTPUT, None, "invalid_value", "item.call_id"),
        ({**OUTPUT, "output": {}}, None, "invalid_value", "item.output"),
        ({"type": "odd"}, None, "invalid_value", "item.type"),
    ],
)
def test_an_item_that_is_not_right_is_refused(item: Any, after: str | None, code: str, param: str) -> None:
    """Each fault has its code, and the conversation stays as it was."""
    client = SessionClient()
    client.send("conversation.item.create", item={"id": "a", **HELLO})

    assert client.refusal("conversation.item.create", item=item, previous_item_id=after) == (code, param)
    assert list(client.session.items.by_id) == ["a"]


def test_a_function_call_may_be_given_back_with_its_output() -> None:
    """An output belongs to a function call of the same conversation."""
    items = Items("conv_1")
    items.create({"id": "a", "type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}, None)
    items.create({"id": "b", **OUTPUT}, None)

    assert items.last() == (items.by_id["b"], "sent")


@pytest.mark.parametrize("verb", ["delete", "retrieve"])
def test_a_deleted_item_is_not_known_any_more(verb: str) -> None:
    """The error says which request it was."""
    items = conversation("a", "b")
    assert items.retrieve("a")["id"] == "a"
    items.delete("a")

    with pytest.raises(CallerError) as caught:
        getattr(items, verb)("a")

    assert (caught.value.code, caught.value.param) == (f"item_{verb}_invalid_item_id", "item_id")


def test_the_last_item_is_known_with_its_words() -> None:
    """Text, transcript or what was heard; nothing at first."""
    items = Items("conv_1")
    assert items.last() == ({}, "")
    items.create({"id": "typed", **HELLO}, None)
    assert items.last()[1] == "Hello."
    spoken = items.append_spoken("spoken", "How are you?")
    assert items.last() == (spoken, "How are you?")
    assert spoken["content"] == [{"type": "input_audio", "transcript": None}], "the client is not told the words"
    items.append({"id": "answer", **SPOKEN})
    assert items.last()[1] == "Yes."


@pytest.mark.parametrize(
    ("item_id", "ms", "code", "param"),
    [
        ("spoken", 151, "invalid_value", "audio_end_ms"),
        ("spoken", 0, "invalid_value", "audio_end_ms"),
        ("typed", 10, "unsupported_content_type", "item_id"),
        ("nobody's", 10, "item_truncate_invalid_item_id", "item_id"),
    ],
)
def test_p25_only_audio_that_there_is_can_be_truncated(item_id: str, ms: int, code: str, param: str) -> None:
    """P25: not past the end, not to nothing, not what was typed; each refusal has its code."""
    items = conversation("typed")
    items.append({"id": "spoken", **SPOKEN})
    items.add_audio("spoken", 100)
    items.add_audio("spoken", 50)

    with pytest.raises(CallerError) as caught:
        items.truncate(item_id, ms)

    assert (caught.value.code, caught.value.param) == (code, param)


def test_p25_truncation_takes_the_transcript_and_shortens_the_audio() -> None:
    """P25: what was cut off cannot be cut off again."""
    items = Items("conv_1")
    items.append({"id": "spoken", **SPOKEN})
    assert not items.has_audio
    items.add_audio("spoken", 150)
    assert items.has_audio
    items.truncate("spoken", 150)
    items.truncate("spoken", 100)

    assert items.retrieve("spoken")["content"] == [{"type": "output_audio"}]
    with pytest.raises(CallerError, match="already shorter than 101ms"):
        items.truncate("spoken", 101)
