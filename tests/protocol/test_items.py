"""Items are taken only in the shapes of the protocol."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.items import ITEM, new_item, words


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
