"""A text session keeps text, in bounds."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.text import items as module
from orchestrator.text.items import NO_TEXT, TextConversation


def message(words: str, **more: Any) -> dict[str, Any]:
    """Return what a client gives."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}], **more}


def conversation() -> TextConversation:
    """Return an empty one, whose events nobody reads."""
    return TextConversation(lambda kind, **fields: None)


def test_a_conversation_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """In items and in text; room comes back with what is taken out."""
    monkeypatch.setattr(module, "MOST_ITEMS", 1)
    kept = conversation()
    kept.create(kept.given(message("One.", id="a")), None)
    with pytest.raises(CallerError) as refused:
        kept.create(kept.given(message("Two.")), None)
    assert refused.value.code == "context_length_exceeded"
    kept.delete("a")
    monkeypatch.setattr(module, "MOST_TEXT", 1000)
    with pytest.raises(CallerError) as refused:
        kept.create(kept.given(message("x" * 1000)), None)
    assert refused.value.code == "context_length_exceeded"

    kept.create(kept.given(message("Three.", id="b")), None)
    assert [entry.id for entry in kept.entries()] == ["b"]


@pytest.mark.parametrize("kind", NO_TEXT)
def test_sound_and_pictures_are_refused(kind: str) -> None:
    """In the conversation, and in what a response brings along."""
    item = {"type": "message", "role": "user", "content": [{"type": kind}]}
    for refused in (lambda: conversation().given(item), lambda: conversation().context([item], "x")):
        with pytest.raises(CallerError) as caught:
            refused()
        assert caught.value.code == "unsupported_content_type"
