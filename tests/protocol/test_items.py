"""Items are taken only in the shapes of the protocol."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.items import ITEM, Conversation, Entry, new_item, shown, words


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "message", "role": "assistant", "content": [{"type": "output_audio"}]}, "item.content[0].text"),
        ({"type": "message", "role": "tool", "content": []}, "item.role"),
        ({"type": "message"}, "item.role"),
        ({"type": "message", "role": "user"}, "item.content"),
        ({"type": "message", "role": "user", "content": [], "colour": "red"}, "item.colour"),
        ({"type": "message", "role": "system", "content": [{"type": "input_audio"}]}, "item.content[0].type"),
        ({"type": "function_call", "name": "find"}, "item.arguments"),
        ({"type": "function_call_output", "call_id": "c", "output": {"a": 1}}, "item.output"),
        ({"type": "mcp_call"}, "item.type"),
        ({"id": "x" * 33, "type": "message", "role": "user", "content": []}, "item.id"),
        (None, "item"),
    ],
)
def test_what_is_no_item_is_refused(item: Any, param: str) -> None:
    """The error points at the place."""
    with pytest.raises(CallerError) as caught:
        ITEM(item, "item")
    assert caught.value.param == param


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([{"type": "input_audio", "transcript": "Hello."}], "Hello."),
        ([{"type": "input_text", "text": "One"}, {"type": "input_text", "text": "two"}], "One two"),
        ([{"type": "input_audio", "transcript": None}], ""),
        (None, ""),
    ],
)
def test_words_of_an_item(content: list[dict[str, str | None]] | None, said: str) -> None:
    """Typed and spoken words are words; audio that was not understood has none."""
    assert words({"type": "message", "role": "user", "content": content}) == said


def test_an_item_is_completed() -> None:
    """It gets an id when it has none, and the service's own fields."""
    item = new_item({"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAAA"}]})

    assert str(item.pop("id")).startswith("item_")
    assert item == {
        "object": "realtime.item", "type": "message", "status": "completed", "role": "user",
        "content": [{"type": "input_audio", "audio": "AAAA", "transcript": None}],
    }  # fmt: skip


def test_function_calls_and_their_outputs_are_items() -> None:
    """A function call without a `call_id` gets one."""
    call = new_item({"type": "function_call", "name": "find", "arguments": "{}"})
    output = new_item({"id": "mine", "type": "function_call_output", "call_id": "c", "output": "x"})

    assert call["call_id"].startswith("call_")
    assert (output["id"], output["call_id"], output["output"]) == ("mine", "c", "x")


def test_of_an_assistants_audio_the_text_is_kept() -> None:
    """A session cannot be given audio that it did not speak."""
    part = {"type": "output_audio", "text": "Hi", "audio": "AAAA", "transcript": "Hi"}
    item = new_item({"type": "message", "role": "assistant", "content": [part]})
    assert item["content"] == [{"type": "output_text", "text": "Hi"}]


def test_a_session_can_take_less() -> None:
    """Content that it has no use for is refused, with its place."""
    part = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    with pytest.raises(CallerError) as caught:
        new_item({"type": "message", "role": "user", "content": [part]}, without=("input_image",))
    assert (caught.value.code, caught.value.param) == ("unsupported_content_type", "item.content[0].type")


def entry(item_id: str) -> Entry:
    return Entry({"id": item_id, "type": "message", "role": "user", "content": []})


def test_items_are_placed_where_the_client_says() -> None:
    """At the end, at the front, after another; each knows the one before it."""
    conversation: Conversation[Entry] = Conversation()
    added = [conversation.add(entry(name), after=after) for name, after in (("a", None), ("b", None), ("c", "root"))]
    added.append(conversation.add(entry("d"), after="a"))

    assert added == [None, "a", None, "a"]
    assert [one.id for one in conversation.entries()] == ["c", "a", "d", "b"]
    assert conversation.previous_id(conversation.find("b", "x")) == "d"


def test_bad_ids_are_refused_with_the_codes_of_the_service() -> None:
    """A second item of the same id, a place after an unknown one, an item that is not there."""
    conversation: Conversation[Entry] = Conversation()
    conversation.add(entry("a"))
    for code, bad in (
        ("item_create_duplicate_item_id", lambda: conversation.add(entry("a"))),
        ("item_create_invalid_previous_item_id", lambda: conversation.add(entry("b"), after="nowhere")),
        ("item_delete_invalid_item_id", lambda: conversation.delete("b")),
        ("item_retrieve_invalid_item_id", lambda: conversation.find("b", "item_retrieve_invalid_item_id")),
    ):
        with pytest.raises(CallerError) as caught:
            bad()
        assert caught.value.code == code


def test_a_deleted_item_is_gone() -> None:
    """Its id can be used again, and nobody stands after it."""
    conversation: Conversation[Entry] = Conversation()
    first = entry("a")
    conversation.add(first)
    conversation.delete("a")

    assert conversation.entries() == ()
    assert conversation.previous_id(first) is None
    assert conversation.add(entry("a")) is None


def test_audio_is_not_shown_in_events() -> None:
    """The item that is kept still has it."""
    kept = Entry({"id": "a", "type": "message", "content": [{"type": "input_audio", "audio": "AAAA"}]})
    assert shown(kept, "incomplete") == {
        "id": "a", "type": "message", "status": "incomplete", "content": [{"type": "input_audio"}],
    }  # fmt: skip
    assert kept.item["content"][0]["audio"] == "AAAA"
