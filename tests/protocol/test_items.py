"""Items are taken only in the shapes of the protocol."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.items import new_item, words


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "message", "role": "assistant", "content": [{"type": "output_audio"}]}, "item.content[0].text"),
        ({"type": "message", "role": "tool", "content": []}, "item.role"),
        ({"type": "message", "role": "user"}, "item.content"),
        ({"type": "message", "role": "system", "content": [{"type": "input_audio"}]}, "item.content[0].type"),
        ({"type": "function_call", "name": "find"}, "item.call_id"),
        ({"type": "function_call_output", "call_id": "c", "output": {"a": 1}}, "item.output"),
        ({"type": "mcp_call"}, "item.type"),
        ({"id": "x" * 33, "type": "message", "role": "user", "content": []}, "item.id"),
        (None, "item"),
    ],
)
def test_what_is_no_item_is_refused(item: Any, param: str) -> None:
    """The error points at the place."""
    with pytest.raises(CallerError) as caught:
        new_item(item)
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
