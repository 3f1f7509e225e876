"""The caller speaks, acts or leaves during a handoff."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, Scene, done, expired, frame, only


def test_the_caller_speaks_meanwhile_and_the_handoff_goes_on() -> None:
    """Playback stops, the source's response is cancelled, the target hears what was said."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", ms=5000)
    scene.function("front", "r1", "transfer_to_billing")

    effects = scene.feed(ev.SpeechStarted(FRONT, "i5", {"type": "input_audio_buffer.speech_started"}))

    assert do.StopPlayback() in effects
    assert do.CancelResponse(FRONT, "r1") in effects
    assert scene.call.state.phase is Phase.HANDING_OFF


def test_a_turn_that_ended_on_the_source_too_late_is_answered_by_the_target() -> None:
    """The source's own answer to it is stopped before it is heard."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ev.TurnCommitted(FRONT, "late"))

    stray = scene.feed(ev.ResponseStarted(FRONT, "stray", {"type": "response.created"}))
    assert stray[-1] == do.CancelResponse(FRONT, "stray")
    scene.feed(*done(BILLING, "opening_fc1"))
    effects = scene.feed(ev.TurnTranscribed(FRONT, "late", "No, wait!"))
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]


def test_a_second_response_of_the_source_is_not_heard_while_it_hands_over() -> None:
    """Only the response that made the transfer may finish."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))

    assert scene.feed(ev.ResponseStarted(FRONT, "again", {}))[-1] == do.CancelResponse(FRONT, "again")
    assert scene.feed(ev.TranscriptProduced(FRONT, "again", "i8", "Hm")) == []
    assert scene.feed(ev.ItemReported(FRONT, "i8", {"item": {"role": "assistant"}})) == []


def test_speech_to_the_target_commits() -> None:
    """The caller talks to the target before it has spoken: they are together."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.SpeechStarted(BILLING, "i7", {}))

    assert scene.call.state.route.active == "billing"


def test_the_caller_leaves_meanwhile() -> None:
    """Everything is closed and nothing follows."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    effects = scene.feed(ev.CallerLeft())

    assert isinstance(effects[-1], do.EndCall)
    assert scene.feed(ev.SessionOpened(BILLING), frame(1), expired(TimerKind.HANDOFF)) == []


def test_what_the_caller_does_meanwhile_waits_for_the_target() -> None:
    """Typed words and requests are held with the audio and keep their order."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    assert scene.feed(ev.CallerAsked()) == []
    effects = scene.feed(ev.SessionOpened(BILLING))

    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]


def test_p08_what_is_said_while_the_target_opens_is_heard_by_it() -> None:
    """P08: caller audio is held, the pre-roll with it, and replayed to the target in order."""
    scene = Scene()
    scene.open()
    scene.feed(frame(0))
    scene.transfer("front", "billing")
    assert only(do.SendAudio, scene.feed(frame(1), frame(2))) == []

    effects = scene.feed(ev.SessionOpened(BILLING))

    assert only(do.SendAudio, effects) == [do.SendAudio(BILLING, f"frame {number}") for number in range(3)]
    assert only(do.SendAudio, scene.feed(frame(3))) == [do.SendAudio(BILLING, "frame 3")]
