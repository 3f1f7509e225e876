"""What a caller's session object may hold: what real clients send, and what the service refuses."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.session_checks import SESSION


def audio(side: str, **said: Any) -> dict[str, Any]:
    return {"audio": {side: said}}


@pytest.mark.parametrize(
    "said",
    [
        {"model": "gpt-realtime-2.1", "tracing": "auto", "parallel_tool_calls": True},
        {"tracing": {"workflow_name": "desk", "group_id": "1", "metadata": {"a": 1}}},
        {"tracing": None, "prompt": None, "reasoning": {"effort": "low"}, "include": None},
        {"prompt": {"id": "pmpt_1", "version": "2", "variables": {"name": "x"}}},
        audio("output", voice={"id": "voice_1"}, speed=1),
        audio("output", voice="ash", speed=1.5),
        audio("input", noise_reduction=None, transcription=None, turn_detection=None),
        audio("input", turn_detection={"type": "semantic_vad", "eagerness": "low", "interrupt_response": True}),
        {"tools": [{"type": "function", "name": "a-b_c", "parameters": {}}], "tool_choice": "required"},
    ],
)
def test_what_clients_send_is_accepted(said: dict[str, Any]) -> None:
    """Also what is the team's and not put in force: these updates are no mistakes."""
    SESSION({"type": "realtime", **said}, "session")


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"type": "transcription"}, "session.type"),
        ({"output_modalities": ["audio", "text"]}, "session.output_modalities"),
        ({"voice": "ash"}, "session.voice"),
        ({"model": 7}, "session.model"),
        ({"tracing": "never"}, "session.tracing"),
        ({"tracing": {"metadata": []}}, "session.tracing.metadata"),
        ({"parallel_tool_calls": 1}, "session.parallel_tool_calls"),
        ({"reasoning": {"effort": "huge"}}, "session.reasoning.effort"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "session.tools[0].type"),
        ({"tools": [{"type": "function", "name": "a", "parameters": {"a": 1e999}}]}, "session.tools[0].parameters"),
        ({"prompt": {"id": "p", "variables": {"a": float("nan")}}}, "session.prompt.variables"),
        ({"tools": [{"type": "custom"}]}, "session.tools[0].type"),
        ({"tool_choice": {"type": "mcp", "server_label": "x"}}, "session.tool_choice.type"),
        ({"tool_choice": {"type": "function"}}, "session.tool_choice.name"),
        ({"include": ["item.logprobs"]}, "session.include[0]"),
        ({"prompt": {}}, "session.prompt.id"),
        ({"prompt": "pmpt_1"}, "session.prompt"),
        ({"max_output_tokens": 4097}, "session.max_output_tokens"),
        (audio("output", speed=9), "session.audio.output.speed"),
        (audio("output", voice=7), "session.audio.output.voice"),
        (audio("input", format={"type": "audio/pcm", "rate": 8000}), "session.audio.input.format.rate"),
    ],
)
def test_what_is_wrong_is_named(said: dict[str, Any], param: str) -> None:
    """The place of the first mistake."""
    with pytest.raises(CallerError) as refused:
        SESSION({"type": "realtime", **said}, "session")
    assert refused.value.param == param


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"type": "transcription"}, "conversations only"),
        ({"type": "realtime", "tools": [{"type": "mcp", "server_label": "x"}]}, "Declare functions"),
    ],
    ids=["transcription", "mcp"],
)
def test_what_the_service_has_and_this_server_has_not(said: dict[str, Any], words: str) -> None:
    """The error says what to do instead."""
    with pytest.raises(CallerError, match=words) as refused:
        SESSION(said, "session")
    assert refused.value.code == "invalid_value"
