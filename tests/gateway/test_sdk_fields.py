"""No field that the official SDK can send is unknown here; what is not served is refused for its value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import pytest
from openai.types import realtime
from openai.types.realtime import realtime_audio_config_input_param as audio_input
from openai.types.realtime import realtime_audio_input_turn_detection_param as turns
from openai.types.realtime import realtime_conversation_item_assistant_message_param as assistant
from openai.types.realtime import realtime_conversation_item_system_message_param as system
from openai.types.realtime import realtime_response_create_audio_output_param as response_audio
from openai.types.realtime import realtime_tracing_config_param as tracing
from openai.types.realtime import realtime_truncation_retention_ratio_param as truncation
from openai.types.responses import ResponsePromptParam

from orchestrator.errors import CallerError
from orchestrator.gateway.session import SessionView
from orchestrator.protocol.client_events import EVENTS, MEDIA_EVENTS, check

ODD = object()  # of no type that any field has
Fields = dict[str, Any]


def session(said: Fields) -> None:
    """Put a session object in force."""
    view = SessionView(session_id="sess_1", model="helpdesk", expires_at=99, reserved=frozenset())
    view.update({"type": "realtime", **said})


def audio(side: str) -> Callable[[Fields], None]:
    return lambda said: session({"audio": {side: said}})


def hearing(key: str, **needed: Any) -> Callable[[Fields], None]:
    return lambda said: session({"audio": {"input": {key: {**needed, **said}}}})


def response(said: Fields) -> None:
    check({"type": "response.create", "response": said})


def item(**needed: Any) -> Callable[[Fields], None]:
    return lambda said: check({"type": "conversation.item.create", "item": {**needed, **said}})


def message(role: str) -> Callable[[Fields], None]:
    return item(type="message", role=role, content=[])


CALL = {"type": "function_call", "name": "a", "arguments": ""}
# A type of the SDK, and how one of its fields gets here.
TYPES: list[tuple[Any, Callable[[Fields], None]]] = [
    (realtime.RealtimeSessionCreateRequestParam, session),
    (realtime.RealtimeAudioConfigParam, lambda said: session({"audio": said})),
    (realtime.RealtimeAudioConfigInputParam, audio("input")),
    (realtime.RealtimeAudioConfigOutputParam, audio("output")),
    (realtime.AudioTranscriptionParam, hearing("transcription")),
    (audio_input.NoiseReduction, hearing("noise_reduction", type="near_field")),
    (turns.ServerVad, hearing("turn_detection", type="server_vad")),
    (turns.SemanticVad, hearing("turn_detection", type="semantic_vad")),
    (realtime.RealtimeFunctionToolParam, lambda said: session({"tools": [{"type": "function", "name": "a", **said}]})),
    (realtime.RealtimeReasoningParam, lambda said: session({"reasoning": said})),
    (tracing.TracingConfiguration, lambda said: session({"tracing": said})),
    (ResponsePromptParam, lambda said: session({"prompt": {"id": "a", **said}})),
    (
        realtime.RealtimeTruncationRetentionRatioParam,
        lambda said: session({"truncation": {"type": "retention_ratio", "retention_ratio": 1, **said}}),
    ),
    (truncation.TokenLimits, lambda said: session({"truncation": {
        "type": "retention_ratio", "retention_ratio": 1, "token_limits": said}})),
    (realtime.RealtimeResponseCreateParamsParam, response),
    (realtime.RealtimeResponseCreateAudioOutputParam, lambda said: response({"audio": said})),
    (response_audio.Output, lambda said: response({"audio": {"output": said}})),
    (realtime.RealtimeConversationItemSystemMessageParam, message("system")),
    (realtime.RealtimeConversationItemUserMessageParam, message("user")),
    (realtime.RealtimeConversationItemAssistantMessageParam, message("assistant")),
    (realtime.RealtimeConversationItemFunctionCallParam, item(**CALL)),
    (
        realtime.RealtimeConversationItemFunctionCallOutputParam,
        item(type="function_call_output", call_id="a", output=""),
    ),
    (system.Content, lambda said: message("system")({"content": [{"type": "input_text", "text": "", **said}]})),
    (assistant.Content, lambda said: message("assistant")({
        "content": [{"type": "output_audio", "text": "", **said}]})),
]  # fmt: skip
# Client events of the SDK, by their `type`; the last one is for those whose audio travels beside the events.
CLIENT_EVENTS: dict[str, Any] = {
    get_args(one.model_fields["type"].annotation)[0]: one for one in get_args(get_args(realtime.RealtimeClientEvent)[0])
}
ALL_EVENTS = {**EVENTS, **MEDIA_EVENTS}


def refusal(send: Callable[[Fields], None], said: Fields) -> CallerError | None:
    """Return the error for what was sent; None when it is accepted, as what is the team's is."""
    try:
        send(said)
    except CallerError as error:
        return error
    return None


@pytest.mark.parametrize(("kind", "send"), TYPES, ids=[kind.__name__ for kind, _ in TYPES])
def test_every_field_is_known(kind: Any, send: Callable[[Fields], None]) -> None:
    """An odd value of it is refused for itself, or ignored because it is the team's; its name is no mistake."""
    assert kind.__annotations__
    for field in kind.__annotations__:
        error = refusal(send, {field: ODD})
        assert error is None or (error.code, f".{field}" in f".{error.param}") == ("invalid_value", True), str(error)


@pytest.mark.parametrize("name", ALL_EVENTS)
def test_every_client_event_has_its_fields(name: str) -> None:
    """Those that the SDK requires are required, the others optional."""
    required, optional = ALL_EVENTS[name]
    fields = CLIENT_EVENTS[name].model_fields

    assert {field for field in fields if fields[field].is_required()} == {"type", *required}
    assert {field for field in fields if not fields[field].is_required()} == {"event_id", *optional}


def test_every_client_event_is_served() -> None:
    """All eleven."""
    assert set(ALL_EVENTS) == set(CLIENT_EVENTS)
