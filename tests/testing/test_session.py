"""A scripted session: client events in, server events out, in the service's way."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from orchestrator.protocol.audio import PCM_BYTES_PER_MS, silence
from orchestrator.testing import Prompt, Reply, say
from orchestrator.testing.script import Script
from tests.testing.client import HELLO, TRANSCRIBED, SessionClient, frames, is_done, kinds, tone

PIECE = base64.b64encode(silence("audio/pcm", 100)).decode()
TRANSCRIPTION = "conversation.item.input_audio_transcription"


def repeat(prompt: Prompt) -> Reply:
    """Say what was heard, or what the response was told to say."""
    return Reply([say(prompt.options.get("instructions") or f"{prompt.item.get('role')}: {prompt.words}")])


class Ears:
    """Ears that hear the same words in everything, and remember how long it was."""

    def __init__(self) -> None:
        self.heard_ms: list[int] = []

    def __call__(self, pcm: bytes) -> str:
        """Hear a greeting."""
        self.heard_ms.append(len(pcm) // PCM_BYTES_PER_MS)
        return "Hello?"


def append(client: SessionClient, *pieces: bytes) -> list[str]:
    """Append the caller's audio in small frames; returns the types of the events that it caused."""
    events: list[str] = []
    for frame in frames(b"".join(pieces)):
        events += kinds(client.send("input_audio_buffer.append", audio=base64.b64encode(frame).decode()))
    return events


def words(client: SessionClient, **options: str) -> str:
    """Ask for a response; returns what it says."""
    transcript: str = client.respond(**options)["output"][0]["content"][0]["transcript"]
    return transcript


def test_items_are_answered_with_where_they_are() -> None:
    """Created, retrieved, truncated, deleted; the service makes an id where the client gives none."""
    client = SessionClient()
    events = client.send("conversation.item.create", item={"id": "mine", **HELLO})
    events += client.send("conversation.item.create", item=HELLO)
    answer = client.respond()["output"][0]["id"]
    events += client.send("conversation.item.truncate", item_id=answer, content_index=0, audio_end_ms=150)
    events += client.send("conversation.item.retrieve", item_id=answer)
    events += client.send("conversation.item.delete", item_id=answer)

    assert [event["previous_item_id"] for event in events[:4]] == [None, None, "mine", "mine"]
    assert [kind.removeprefix("conversation.item.") for kind in kinds(events)] == [
        *("added", "done", "added", "done"),
        *("truncated", "retrieved", "deleted"),
    ]
    assert events[-2]["item"]["content"] == [{"type": "output_audio"}]
    code = "item_delete_invalid_item_id"
    assert client.refusal("conversation.item.delete", item_id=answer) == (code, "item_id")


def test_there_is_one_response_at_a_time() -> None:
    """Beside those that are out of band."""
    script = Script()
    script.add("front", Reply([say("One."), say("Two.")], held=True))
    script.add("front", Reply([say("Aside.")]))
    client = SessionClient(script)
    assert client.refusal("response.cancel") == ("response_cancel_not_active", None)

    begun = client.send("response.create")[0]["response"]["id"]
    assert client.refusal("response.create") == ("conversation_already_has_active_response", None)
    assert client.refusal("response.cancel", response_id="another") == ("response_cancel_not_active", None)
    aside = client.respond(conversation="none")
    client.session.release()
    whole = next(event["response"] for event in client.events() if is_done(event))

    assert aside["output"][0]["content"][0]["transcript"] == "Aside."
    assert (whole["id"], len(whole["output"])) == (begun, 2)
    assert {entry.id for entry in client.session.conversation.entries()} == {item["id"] for item in whole["output"]}
    assert client.respond()["status"] == "completed"


def test_a_turn_that_the_client_commits_is_an_item_and_no_more() -> None:
    """It has at least 100 ms, and no response begins by itself; the transcript comes when it is asked for."""
    client = SessionClient(**TRANSCRIBED)
    assert client.refusal("input_audio_buffer.commit") == ("input_audio_buffer_commit_empty", None)
    client.send("input_audio_buffer.append", audio=PIECE)
    assert kinds(client.send("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert client.refusal("input_audio_buffer.commit") == ("input_audio_buffer_commit_empty", None)
    assert client.refusal("input_audio_buffer.append", audio="*") == ("invalid_value", "audio")
    client.send("input_audio_buffer.append", audio=PIECE)
    client.script.words = "Where is my order?"
    events = client.send("input_audio_buffer.commit")

    assert kinds(events) == [
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        f"{TRANSCRIPTION}.completed",
    ]
    assert events[-1]["transcript"] == "Where is my order?"
    assert client.refusal("input_audio_buffer.commit")[0] == "input_audio_buffer_commit_empty"


def test_a_turn_is_measured_in_the_callers_format() -> None:
    """100 ms of G.711 are a sixth of the bytes."""
    client = SessionClient(audio={"input": {"format": {"type": "audio/pcmu"}}})
    client.send("input_audio_buffer.append", audio=base64.b64encode(bytes(800)).decode())

    assert kinds(client.send("input_audio_buffer.commit"))[0] == "input_audio_buffer.committed"


def test_a_turn_that_is_heard_is_answered() -> None:
    """Started, stopped, committed, transcribed, and the response begins."""
    client = SessionClient(**TRANSCRIBED)
    item_id = client.session.hear_start()
    client.session.hear_end(item_id, "How are you?")
    events = client.events()

    assert kinds(events)[:7] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        f"{TRANSCRIPTION}.completed",
        "response.created",
    ]
    assert {event["item_id"] for event in events[:3]} == {item_id}


@pytest.mark.parametrize(
    "detection", [None, {"type": "server_vad", "create_response": False, "interrupt_response": False}]
)
def test_turn_detection_may_leave_responses_alone(detection: dict[str, object] | None) -> None:
    """A turn begins none when that is switched off, and ends none."""
    script = Script()
    script.add("front", Reply([say("Long.")], pace=1.0))
    client = SessionClient(script, audio={"input": {"turn_detection": detection}})
    client.send("response.create")
    if detection is None:
        client.send("response.cancel")
    client.session.hear_end(client.session.hear_start(), "Hm.")
    heard = kinds(client.events())

    assert "response.done" not in heard
    assert "response.created" not in heard


@pytest.mark.parametrize(
    ("how", "expected"), [("on", [".completed"]), ("off", []), ("failed", [".failed"]), ("held", [])]
)
def test_transcription_can_go_wrong(how: str, expected: list[str]) -> None:
    """It may fail, be left out, or come when the test says so."""
    client = SessionClient(**TRANSCRIBED)
    client.script.faults.transcription = how
    client.session.hear_end(client.session.hear_start(), "Hello?")
    told = [kind for kind in kinds(client.events()) if kind.startswith(TRANSCRIPTION)]
    client.session.transcribe()
    late = client.events()

    assert [kind.removeprefix(TRANSCRIPTION) for kind in told] == expected
    assert [event["transcript"] for event in late] == (["Hello?"] if how == "held" else [])


def test_with_ears_it_finds_turns_and_with_a_brain_it_answers_them() -> None:
    """The turn's audio, with the moments before it, is what is heard."""
    ears = Ears()
    client = SessionClient(Script(repeat, ears), **TRANSCRIBED)
    events = append(client, tone(600, 20), tone(500), silence("audio/pcm", 600))

    assert [kind for kind in events if "speech_" in kind] == [
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
    ]
    assert events[-2] == "response.done"
    assert ears.heard_ms == [300 + 440 + 500]
    answer = client.session.conversation.last()[0]
    assert answer["content"][0]["transcript"] == "user: Hello?"


def test_with_ears_it_knows_the_words_of_turns_that_the_client_commits() -> None:
    """Without turn detection everything since the last commit or clear is heard."""
    ears = Ears()
    client = SessionClient(Script(repeat, ears), audio={"input": {"turn_detection": None}})
    append(client, tone(900))
    client.send("input_audio_buffer.clear")
    assert append(client, silence("audio/pcm", 600), tone(120)) == []
    client.send("input_audio_buffer.commit")

    assert words(client) == "user: Hello?"
    assert words(client, instructions="Say this.") == "Say this."
    assert ears.heard_ms == [720]


def test_a_session_is_closed_with_an_error_that_says_why() -> None:
    """The error comes first; the connection is to be closed when it is written."""
    client = SessionClient()
    client.session.close(1001, "session_expired", "Your session hit the maximum duration.")

    assert [event["error"]["code"] for event in client.events()] == ["session_expired"]
    assert client.session.closing == (1001, "session_expired")


# --- the session object ---


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
        "voice": "marin",
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
    assert (after["audio"]["input"]["turn_detection"]["silence_duration_ms"], after["instructions"]) == (500, "Hi")


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
