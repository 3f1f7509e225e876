"""The conversation of a session: places, ids, the events about items, what a response is made from."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.conversation import Conversation, Entry

REFERENCE = {"type": "item_reference", "id": "a"}


def message(words: str = "Hello.", **more: Any) -> dict[str, Any]:
    """Return what a client gives."""
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": words}], **more}


class Kept(Conversation[Entry]):
    """A conversation with its events, in which each assistant's item has 150 ms of audio."""

    slack_ms = 1

    def __init__(self, *names: str) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        super().__init__(lambda kind, **fields: self.events.append((kind, fields)), Entry, without=("input_image",))
        for name in names:
            self.add(self.given(message(id=name)))

    def audio_ms(self, entry: Entry) -> float | None:
        return 150.0 if entry.item["role"] == "assistant" else None

    def cut(self, entry: Entry, audio_end_ms: int) -> None:
        entry.item["content"] = [{"type": "output_audio"}]


def test_items_are_placed_where_the_client_says() -> None:
    """At the end, at the front, after another; the client is told which one is before it."""
    kept = Kept("a", "b")
    for name, after in (("c", "root"), ("d", "a")):
        kept.handle({"type": "conversation.item.create", "item": message(id=name), "previous_item_id": after})

    assert [one.id for one in kept.entries()] == ["c", "a", "d", "b"]
    assert [(kind, event["item"]["id"], event["previous_item_id"]) for kind, event in kept.events] == [
        ("conversation.item.added", "c", None),
        ("conversation.item.done", "c", None),
        ("conversation.item.added", "d", "a"),
        ("conversation.item.done", "d", "a"),
    ]


@pytest.mark.parametrize("code", ["duplicate_item_id", "invalid_previous_item_id"])
def test_an_item_with_a_bad_id_or_place_is_refused(code: str) -> None:
    """A second item of the same id, a place after an unknown one: nothing is added, no event is sent."""
    kept = Kept("a")
    name, after, param = ("a", None, "item.id") if "duplicate" in code else ("b", "nowhere", "previous_item_id")
    with pytest.raises(CallerError) as caught:
        kept.create(kept.given(message(id=name)), after)

    assert (caught.value.code, caught.value.param) == (f"item_create_{code}", param)
    assert (len(kept.entries()), kept.events) == (1, [])


@pytest.mark.parametrize("verb", ["delete", "retrieve", "truncate"])
def test_an_item_that_is_not_there_is_refused(verb: str) -> None:
    """The code says which request it was."""
    kept = Kept("a")
    with pytest.raises(CallerError) as caught:
        kept.handle({"type": f"conversation.item.{verb}", "item_id": "b", "audio_end_ms": 100})

    assert (caught.value.code, caught.value.param) == (f"item_{verb}_invalid_item_id", "item_id")
    assert kept.events == []


def test_a_deleted_item_is_gone() -> None:
    """Its id can be used again, and nobody stands after it."""
    kept = Kept("a", "b")
    first = kept.entries()[0]
    kept.handle({"type": "conversation.item.delete", "item_id": "a"})

    assert kept.events == [("conversation.item.deleted", {"item_id": "a"})]
    assert kept.previous_id(first) is None
    kept.add(first)
    assert [one.id for one in kept.entries()] == ["b", "a"]


def test_audio_is_not_shown_in_events() -> None:
    """The item that is kept still has it."""
    kept = Kept()
    kept.add(kept.given(message(id="a", content=[{"type": "input_audio", "audio": "AAAA"}])))
    kept.handle({"type": "conversation.item.retrieve", "item_id": "a"})

    ((kind, event),) = kept.events
    assert (kind, event["item"]["content"]) == (
        "conversation.item.retrieved",
        [{"type": "input_audio", "transcript": None}],
    )
    assert kept.entries()[0].item["content"][0]["audio"] == "AAAA"


def test_what_the_caller_said_is_committed_as_an_item() -> None:
    """It is committed, added and done, in this order, with the item before it."""
    kept = Kept("a")
    entry = kept.commit("b", None)

    assert entry.item["content"] == [{"type": "input_audio", "transcript": None}]
    assert [(kind, event["previous_item_id"]) for kind, event in kept.events] == [
        ("input_audio_buffer.committed", "a"),
        ("conversation.item.added", "a"),
        ("conversation.item.done", "a"),
    ]


def test_a_response_sees_the_conversation_or_what_it_brings_along() -> None:
    """`item_reference` names an item that is there; content that the session cannot take is refused."""
    kept = Kept("a", "b")

    assert kept.context(None, "x") == kept.entries()
    assert [one.id for one in kept.context([REFERENCE, message(id="c")], "x")] == ["a", "c"]
    picture = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    for given, code in (({**REFERENCE, "id": "c"}, "x"), (message(content=[picture]), "unsupported_content_type")):
        with pytest.raises(CallerError) as caught:
            kept.context([given], "x")
        assert caught.value.code == code


def test_p25_only_audio_that_there_is_can_be_truncated() -> None:
    """P25: not what was typed, not past the end, a rounding apart."""
    kept = Kept("typed")
    kept.add(kept.given(message(id="spoken", role="assistant", content=[{"type": "output_text", "text": "Yes."}])))
    for name, ms, code, param in (
        ("typed", 100, "unsupported_content_type", "item_id"),
        ("spoken", 152, "invalid_value", "audio_end_ms"),
    ):
        with pytest.raises(CallerError) as caught:
            kept.truncate(name, ms)
        assert (caught.value.code, caught.value.param) == (code, param)
    kept.handle({"type": "conversation.item.truncate", "item_id": "spoken", "audio_end_ms": 151})

    truncated = {"item_id": "spoken", "content_index": 0, "audio_end_ms": 151}
    assert kept.events == [("conversation.item.truncated", truncated)]
    assert kept.entries()[1].item["content"] == [{"type": "output_audio"}]
