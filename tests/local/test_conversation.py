"""Items keep their order."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.local.conversation import Conversation, Entry, Said
from orchestrator.protocol.items import new_item


def message(item_id: str, role: str = "user", kind: str = "input_text") -> dict[str, Any]:
    """Return a client's message item."""
    return {"id": item_id, "type": "message", "role": role, "content": [{"type": kind, "text": "Hello"}]}


def test_items_are_placed_where_the_client_says() -> None:
    """At the end, at the front, after another."""
    conversation = Conversation()
    assert conversation.add(Entry(new_item(message("a")))) is None
    assert conversation.add(Entry(new_item(message("b")))) == "a"
    assert conversation.add(Entry(new_item(message("c"))), after="root") is None
    assert conversation.add(Entry(new_item(message("d"))), after="a") == "a"
    assert [entry.id for entry in conversation.entries()] == ["c", "a", "d", "b"]


def test_an_id_is_used_once() -> None:
    """A second item of the same id, and a place after an unknown one, are refused with the service's codes."""
    conversation = Conversation()
    conversation.add(Entry(new_item(message("a"))))
    with pytest.raises(CallerError) as caught:
        conversation.add(Entry(new_item(message("a"))))
    assert caught.value.code == "item_create_duplicate_item_id"
    with pytest.raises(CallerError) as caught:
        conversation.add(Entry(new_item(message("b"))), after="nowhere")
    assert caught.value.code == "item_create_invalid_previous_item_id"


def test_a_cut_keeps_whole_words() -> None:
    """A word that was begun was not heard; a cut at zero leaves nothing."""
    conversation = Conversation()
    item = {"id": "a", "type": "message", "content": [{"type": "output_audio", "transcript": "One two three."}]}
    entry = Entry(item, said=[Said(0, 1400, "One two three.")])
    conversation.add(entry)
    conversation.truncate("a", 1000)
    assert item["content"][0]["transcript"] == "One two"  # type: ignore[index]
    conversation.truncate("a", 0)
    assert item["content"][0]["transcript"] == ""  # type: ignore[index]


def test_text_cannot_be_cut() -> None:
    """Only audio can."""
    conversation = Conversation()
    conversation.add(Entry(new_item(message("a", "assistant", "output_text"))))
    with pytest.raises(CallerError, match="Only model output audio"):
        conversation.truncate("a", 100)
