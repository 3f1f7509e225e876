"""A text session keeps text, in bounds."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.text import items as module
from orchestrator.text.items import TextConversation


def message(words: str, **more: Any) -> dict[str, Any]:
    """Return what a client gives."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}], **more}


def test_a_conversation_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """In items and in text; room comes back with what is taken out."""
    monkeypatch.setattr(module, "MOST_ITEMS", 1)
    conversation = TextConversation()
    conversation.create(message("One.", id="a"), None)
    with pytest.raises(CallerError) as refused:
        conversation.create(message("Two."), None)
    assert refused.value.code == "context_length_exceeded"
    conversation.delete("a")
    monkeypatch.setattr(module, "MOST_TEXT", 1000)
    with pytest.raises(CallerError) as refused:
        conversation.create(message("x" * 1000), None)
    assert refused.value.code == "context_length_exceeded"

    entry, before = conversation.create(message("Three."), None)
    assert (conversation.entries(), before) == ((entry,), None)


@pytest.mark.parametrize("kind", ["input_audio", "input_image"])
def test_sound_and_pictures_are_refused(kind: str) -> None:
    """In the conversation, and in what a response brings along."""
    conversation = TextConversation()
    item = {"type": "message", "role": "user", "content": [{"type": kind}]}
    for refused in (lambda: conversation.create(item, None), lambda: conversation.seen([item])):
        with pytest.raises(CallerError) as caught:
            refused()
        assert caught.value.code == "unsupported_content_type"
    assert conversation.entries() == ()


def test_a_response_sees_the_conversation_or_what_it_brings_along() -> None:
    """`item_reference` names an item that is there."""
    conversation = TextConversation()
    first, _ = conversation.create(message("One.", id="a"), None)
    second, _ = conversation.create(message("Two.", id="b"), "root")

    assert conversation.seen(None) == [second.item, first.item]
    own = conversation.seen([{"type": "item_reference", "id": "a"}, message("Three.", id="c")])
    assert [item["id"] for item in own] == ["a", "c"]
    with pytest.raises(CallerError):
        conversation.seen([{"type": "item_reference", "id": "nowhere"}])
