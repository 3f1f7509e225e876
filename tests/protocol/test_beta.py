"""Keys of the beta version: all named at once, each with where it is now."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol import client_events, session
from orchestrator.protocol.beta import BETA_SHAPE, MOVED

FLAT = {
    "modalities": ["text", "audio"],
    "instructions": "Be brief.",
    "voice": "alloy",
    "input_audio_format": "g711_ulaw",
    "output_audio_format": "g711_ulaw",
    "input_audio_transcription": {"model": "whisper-1"},
    "turn_detection": {"type": "server_vad"},
    "temperature": 0.8,
    "max_response_output_tokens": "inf",
    "tools": [],
}


def refused(said: dict[str, Any]) -> CallerError:
    with pytest.raises(CallerError) as raised:
        session.check(said)
    return raised.value


def test_p73_a_beta_session_is_told_everything_at_once() -> None:
    """P73: without `type` it is of a client that speaks the beta version; what has not moved is not named."""
    error = refused(FLAT)

    assert (error.code, error.param) == (BETA_SHAPE, "session.modalities")
    for key in FLAT.keys() & MOVED.keys():
        assert f"'session.{key}' is " in str(error)
    assert "'session.voice' is now session.audio.output.voice;" in str(error)
    assert "'session.temperature' is gone, leave it out" in str(error)
    assert "audio/pcmu" in str(error)
    assert "session.instructions" not in str(error)


def test_p73_old_keys_of_a_ga_client_are_told_at_once() -> None:
    """P73: one that says `type` is refused for its keys, and not taken for a beta client."""
    error = refused({"type": "realtime", "temperature": 0.6, "max_response_output_tokens": 100})

    assert (error.code, error.param) == ("unknown_parameter", "session.temperature")
    assert "'session.max_response_output_tokens' is now session.max_output_tokens" in str(error)


@pytest.mark.parametrize("said", [{}, {"instructions": "x"}, 7, None, []])
def test_p73_what_is_wrong_otherwise_is_no_beta(said: Any) -> None:
    """P73: a missing type alone is told as such."""
    assert refused(said).code in ("missing_required_parameter", "invalid_value")


def test_p73_old_keys_of_a_response() -> None:
    """P73: named with their places too; a response has no type to know a beta client by."""
    response = {"modalities": ["text"], "max_response_output_tokens": 5, "temperature": 1}
    with pytest.raises(CallerError) as raised:
        client_events.check({"type": "response.create", "response": response})

    assert (raised.value.code, raised.value.param) == ("unknown_parameter", "response.modalities")
    assert "'response.modalities' is now response.output_modalities; 'response.max_resp" in str(raised.value)
