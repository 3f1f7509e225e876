"""What the embedded provider takes of a session object, beside what every session does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.local.session_object import heard_language, rule, spoken_language, update
from orchestrator.local.speech.turns import Rule
from orchestrator.protocol.session import new_session

VOICES = frozenset({"marin", "cedar"})


def merged(change: Any, *, spoken: bool = False, session: dict[str, Any] | None = None) -> dict[str, Any]:
    """Merge into a new session, or into the one given."""
    return update(session or new_session("sess_1", "router"), change, voices=VOICES, spoken=spoken)


def test_turn_detection_is_completed_and_switched_off() -> None:
    """A turn detection keeps what was said before of the same type; null is manual."""
    given = {"type": "server_vad", "silence_duration_ms": 400}
    session = merged({"type": "realtime", "audio": {"input": {"turn_detection": given}}})
    given = {"type": "server_vad", "create_response": False}
    session = merged({"type": "realtime", "audio": {"input": {"turn_detection": given}}}, session=session)
    detection = session["audio"]["input"]["turn_detection"]
    assert (detection["silence_duration_ms"], detection["create_response"]) == (400, False)
    assert rule(detection, given) == Rule(0.5, 300, 400, adaptive=True)
    assert rule(detection, detection) == Rule(0.5, 300, 400)
    off = merged({"type": "realtime", "audio": {"input": {"turn_detection": None}}}, session=session)
    assert off["audio"]["input"]["turn_detection"] is None


def test_semantic_detection_scales_by_eagerness() -> None:
    """What was said decides how long a silence may be; an eager agent waits less."""
    given = {"type": "semantic_vad", "eagerness": "high"}
    session = merged({"type": "realtime", "audio": {"input": {"turn_detection": given}}})
    assert rule(session["audio"]["input"]["turn_detection"], given) == Rule(silence_ms=400, adaptive=True)


@dataclass(frozen=True)
class Fault:
    """An update that is refused, with what the error says."""

    id: str
    update: Any
    code: str
    param: str


FAULTS = [
    Fault("no-type", {}, "missing_required_parameter", "session.type"),
    Fault("unknown-key", {"type": "realtime", "voice": "marin"}, "unknown_parameter", "session.voice"),
    Fault(
        "unknown-nested-key",
        {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "patience": 1}}}},
        "unknown_parameter",
        "session.audio.input.turn_detection.patience",
    ),
    Fault("both-modalities", {"type": "realtime", "output_modalities": ["audio", "text"]}, "invalid_value",
          "session.output_modalities"),
    Fault("no-such-voice", {"type": "realtime", "audio": {"output": {"voice": "bob"}}}, "invalid_value",
          "session.audio.output.voice"),
    Fault("custom-voice", {"type": "realtime", "audio": {"output": {"voice": {"id": "v"}}}}, "invalid_value",
          "session.audio.output.voice"),
    Fault("too-fast", {"type": "realtime", "audio": {"output": {"speed": 3}}}, "invalid_value",
          "session.audio.output.speed"),
    Fault("another-model", {"type": "realtime", "model": "other"}, "invalid_value", "session.model"),
    Fault("mcp-tool", {"type": "realtime", "tools": [{"type": "mcp"}]}, "invalid_value", "session.tools[0].type"),
    Fault("tool-without-name", {"type": "realtime", "tools": [{"type": "function"}]}, "missing_required_parameter",
          "session.tools[0].name"),
    Fault("tool-with-a-number-for-text", {"type": "realtime", "tools": [{"type": "function", "name": "a",
          "description": 7}]}, "invalid_value", "session.tools[0].description"),
    Fault("tool-without-schema", {"type": "realtime", "tools": [{"type": "function", "name": "a", "parameters": 5}]},
          "invalid_value", "session.tools[0].parameters"),
    Fault("tool-with-odd-properties", {"type": "realtime", "tools": [{"type": "function", "name": "a",
          "parameters": {"properties": [1]}}]}, "invalid_function_parameters", "session.tools[0].parameters"),
    Fault("tool-with-odd-required", {"type": "realtime", "tools": [{"type": "function", "name": "a",
          "parameters": {"properties": {"b": {}}, "required": "b"}}]}, "invalid_function_parameters",
          "session.tools[0].parameters"),
    Fault("transcription-session", {"type": "transcription"}, "invalid_value", "session.type"),
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.id)
def test_a_bad_update_is_refused_whole(fault: Fault) -> None:
    """The code and the place of the first fault."""
    with pytest.raises(CallerError) as caught:
        merged(fault.update)
    assert (caught.value.code, caught.value.param) == (fault.code, fault.param)


def test_the_voice_is_locked_once_there_is_audio() -> None:
    """`cannot_update_voice`; the same voice again is fine."""
    assert merged({"type": "realtime", "audio": {"output": {"voice": "marin"}}}, spoken=True)
    with pytest.raises(CallerError) as caught:
        merged({"type": "realtime", "audio": {"output": {"voice": "cedar"}}}, spoken=True)
    assert caught.value.code == "cannot_update_voice"


@pytest.mark.parametrize(
    ("transcription", "team", "heard", "spoken"),
    [
        (None, None, None, None),
        (None, "de", "de", "de"),
        ({"language": "fr-CA"}, None, "fr", "fr"),
        ({"language": "fr"}, "de", "fr", "de"),
        ({"languages": ["zh", "en"]}, None, "zh", "zh"),
        ({"language": "Klingon"}, "de", "de", "de"),
        ({"language": None, "languages": []}, None, None, None),
    ],
)
def test_languages(transcription: Any, team: str | None, heard: str | None, spoken: str | None) -> None:
    """The team's is spoken, that of the transcription is heard; each takes the place of the other."""
    session = new_session("sess_1", "router")
    session["audio"]["input"]["transcription"] = transcription
    assert (heard_language(session, team), spoken_language(session, team)) == (heard, spoken)
