"""The conversation of a scripted session has the service's rules: content, outputs of calls, truncation."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.testing.items import Conversation, Entry
from orchestrator.testing.output import Output
from tests.testing.client import HELLO, SessionClient

SPOKEN = {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "Yes."}]}
OUTPUT = {"type": "function_call_output", "call_id": "c", "output": "sent"}


def conversation(*names: str) -> Conversation:
    """Return a conversation in which the caller said hello under each of these ids."""
    kept = Conversation(Output(1))
    for name in names:
        kept.create(kept.given({"id": name, **HELLO}), None)
    return kept


def spoken(kept: Conversation, *pieces: float) -> Entry:
    """Add an assistant's item that is spoken, with pieces of audio."""
    entry = Entry({"id": "spoken", **SPOKEN})
    kept.add(entry)
    for ms in pieces:
        kept.add_audio(entry, ms)
    return entry


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
    assert [entry.id for entry in client.session.conversation.entries()] == ["a"]


def test_a_function_call_may_be_given_back_with_its_output() -> None:
    """An output belongs to a function call of the same conversation."""
    kept = conversation()
    kept.create(kept.given({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}), None)
    kept.create(kept.given(OUTPUT), None)

    assert kept.last() == (kept.entries()[1].item, "sent")


def test_the_last_item_is_known_with_its_words() -> None:
    """Text, transcript or what was heard; nothing at first."""
    kept = conversation()
    assert kept.last() == ({}, "")
    kept.create(kept.given(HELLO), None)
    assert kept.last()[1] == "Hello."
    heard = kept.commit("heard", None)
    heard.spoken = "How are you?"
    assert kept.last() == (heard.item, "How are you?")
    assert heard.item["content"] == [{"type": "input_audio", "transcript": None}], "the client is not told the words"
    spoken(kept)
    assert kept.last()[1] == "Yes."


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
    kept = conversation("typed")
    spoken(kept, 100, 50)

    with pytest.raises(CallerError) as caught:
        kept.truncate(item_id, ms)

    assert (caught.value.code, caught.value.param) == (code, param)


def test_p25_truncation_takes_the_transcript_and_shortens_the_audio() -> None:
    """P25: what was cut off cannot be cut off again."""
    kept = conversation()
    assert not kept.has_audio
    entry = spoken(kept, 150)
    assert kept.has_audio
    kept.truncate("spoken", 150)
    kept.truncate("spoken", 100)

    assert entry.item["content"] == [{"type": "output_audio"}]
    with pytest.raises(CallerError, match="already shorter than 101ms"):
        kept.truncate("spoken", 101)
