"""The session object of a scripted session: complete, merged by key, and refused as a whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.testing.client import SessionClient


def updated(client: SessionClient, **fields: Any) -> Any:
    """Update the session; returns the session object of `session.updated`."""
    (event,) = client.send("session.update", session={"type": "realtime", **fields})
    assert event["type"] == "session.updated"
    return event["session"]


def test_the_session_object_is_complete_from_the_start() -> None:
    """Model, voice and formats are there before anything is asked for."""
    session = SessionClient().opening[0]["session"]

    assert session["model"] == "front"
    assert session["audio"]["output"] == {
        "format": {"type": "audio/pcm", "rate": 24000},
        "voice": "alloy",
        "speed": 1.0,
    }


def test_an_update_is_merged_by_key() -> None:
    """What is not said stays; another kind of turn detection brings its own defaults; null switches it off."""
    client = SessionClient()
    detection = {"type": "server_vad", "threshold": 0.7}

    after = updated(client, audio={"output": {"voice": "cedar"}, "input": {"turn_detection": detection}})
    assert (after["audio"]["output"]["voice"], after["audio"]["output"]["speed"]) == ("cedar", 1.0)
    assert after["audio"]["input"]["turn_detection"]["prefix_padding_ms"] == 300

    after = updated(client, audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
    keys = {"type", "eagerness", "create_response", "interrupt_response"}
    assert set(after["audio"]["input"]["turn_detection"]) == keys

    after = updated(client, audio={"input": {"turn_detection": None}})
    assert after["audio"]["input"]["turn_detection"] is None

    after = updated(client, audio={"input": {"turn_detection": {"type": "server_vad"}}}, instructions="Hi")
    assert (after["audio"]["input"]["turn_detection"]["silence_duration_ms"], after["instructions"]) == (200, "Hi")


@pytest.mark.parametrize(
    ("session", "code", "param"),
    [
        ({}, "missing_required_parameter", "session.type"),
        ({"type": "transcription"}, "invalid_value", "session.type"),
        ({"type": "realtime", "voice": "echo"}, "unknown_parameter", "session.voice"),
        ({"type": "realtime", "audio": {"output": {"tone": 1}}}, "unknown_parameter", "session.audio.output.tone"),
        (
            {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}}},
            "unknown_parameter",
            "session.audio.input.turn_detection.eagerness",
        ),
        (
            {"type": "realtime", "audio": {"input": {"turn_detection": {"type": "odd"}}}},
            "invalid_value",
            "session.audio.input.turn_detection.type",
        ),
        (
            {"type": "realtime", "tools": [{"type": "function", "name": "f", "strict": True}]},
            "unknown_parameter",
            "session.tools[0].strict",
        ),
        ({"type": "realtime", "output_modalities": ["audio", "text"]}, "invalid_value", "session.output_modalities"),
    ],
)
def test_p40_one_wrong_key_and_nothing_of_an_update_holds(session: Any, code: str, param: str) -> None:
    """P40: as with the service, the whole update is lost."""
    client = SessionClient()

    assert client.refusal("session.update", session={**session, "instructions": "new"}) == (code, param)
    assert client.session.fields["instructions"] == ""


def test_the_voice_is_locked_once_there_was_audio() -> None:
    """The same voice may be said again; anything else may change."""
    client = SessionClient(audio={"output": {"voice": "marin"}})
    client.respond()
    update = {"type": "realtime", "instructions": "new", "audio": {"output": {"voice": "cedar"}}}

    assert client.refusal("session.update", session=update) == ("cannot_update_voice", "session.audio.output.voice")
    assert updated(client, instructions="new", audio={"output": {"voice": "marin"}})["instructions"] == "new"


@pytest.mark.parametrize(
    ("options", "code", "param"),
    [
        ({"voice": "echo"}, "unknown_parameter", "response.voice"),
        ({"metadata": {"a": 1}}, "invalid_value", "response.metadata.a"),
        ({"output_modalities": ["audio", "text"]}, "invalid_value", "response.output_modalities"),
    ],
)
def test_the_options_of_a_response_are_checked(options: Any, code: str, param: str) -> None:
    """As strictly as those of the session."""
    assert SessionClient().refusal("response.create", response=options) == (code, param)
