"""How much one client event may hold."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.bounds import LONGEST_EVENT, LONGEST_MEDIA, MOST_VALUES, check_size, read_event

BASE64 = "QUJD" * 250_000


def tool(parameters: Any) -> dict[str, Any]:
    tools = [{"type": "function", "name": "a", "parameters": parameters}]
    return {"type": "session.update", "session": {"type": "realtime", "tools": tools}}


def message(*content: Any) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": list(content)}}


@pytest.mark.parametrize(
    "event",
    [
        message({"type": "input_text", "text": "x" * 200_000}),
        message({"type": "input_text", "text": "a, b [c] {d} " * 15_000}),
        message({"type": "input_audio", "audio": BASE64}),
        message({"type": "input_image", "image_url": "data:image/png;base64," + BASE64}, {"type": "input_text"}),
        {"type": "response.create", "response": {"input": [message({"type": "input_audio", "audio": BASE64})["item"]]}},
        {"event_id": "e", "type": "input_audio_buffer.append", "audio": BASE64},
        {"type": "conversation.item.create", "item": {"type": "function_call_output", "output": "[1, 2], " * 30_000}},
        tool({"type": "object", "enum": list(range(MOST_VALUES - 100))}),
    ],
    ids=["text", "marks in text", "audio", "image", "input", "append", "output", "values"],
)
def test_p53_what_is_long_for_a_reason_is_read(event: dict[str, Any]) -> None:
    """P53: a long text, audio and images, whatever marks are within a text."""
    assert read_event(json.dumps(event)) == event


@pytest.mark.parametrize(
    "frame",
    [
        json.dumps(message({"type": "input_text", "text": "x" * 15_000_000})),
        json.dumps(message({"type": "input_text", "text": "x" * LONGEST_EVENT})),
        json.dumps(message({"type": "input_image", "image_url": "x" * LONGEST_MEDIA})),
        json.dumps(message({"type": "input_audio", "audio": BASE64, "transcript": "x" * LONGEST_EVENT})),
        json.dumps(tool({"audio": BASE64})),
        json.dumps({"type": "session.update", "session": {"type": "realtime", "instructions": "x" * LONGEST_EVENT}}),
        json.dumps({"type": "response.cancel", "audio": BASE64}),
    ],
    ids=["15 MB", "text", "image", "transcript", "tool", "instructions", "passing for audio"],
)
def test_p53_what_is_too_long_is_refused(frame: str) -> None:
    """P53: before it is parsed, or at least before anything is kept of it."""
    with pytest.raises(CallerError) as refused:
        read_event(frame)
    assert refused.value.code == "event_too_large"
    assert "longer than" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "[" * (MOST_VALUES + 1),
        "[" + "[]," * MOST_VALUES + "[]]",
        "[" + "1," * MOST_VALUES + "1]",
        '{"a":' * (MOST_VALUES + 1),
        "[" + '"",' * MOST_VALUES + '""]',
        '["' + '\\"' * 10 + '",' + "[]," * MOST_VALUES + "[]]",
    ],
    ids=["deep", "wide", "numbers", "objects", "strings", "escapes"],
)
def test_p53_what_holds_too_many_values_is_refused(text: str) -> None:
    """P53: each of them would cost time and memory, however short."""
    with pytest.raises(CallerError) as refused:
        check_size(text)
    assert refused.value.code == "invalid_json"
    assert "values" in str(refused.value)
