"""What happens when the caller interrupts, and what is taken back."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from tests.core.scene import (
    BILLING,
    FRONT,
    Scene,
    only,
    own,
)


def test_a_barge_in_stops_the_player_and_the_callers_side_says_what_was_heard() -> None:
    """P25: as with the service nothing is cut by guess: a client shows words, or plays them, in its own time."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", "one two three four", ms=1000)
    effects = scene.after(0.5, ev.SpeechStarted(FRONT, "i1", {"type": "input_audio_buffer.speech_started"}))
    assert effects[1:] == [do.StopPlayback(), do.TellCaller({"type": "input_audio_buffer.speech_started"})]

    assert do.TruncateAudio(FRONT, "item_r1", 500) in scene.feed(ev.CallerTruncated("item_r1", 500))
    assert str(scene.call.state.transcript.history()[0]) == "front: one two …"


def test_p25_what_was_never_heard_is_deleted() -> None:
    """P25: an item cannot be cut to nothing; asked for, it is there all the same, without words."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", ms=1000)
    scene.feed(ev.SpeechStarted(FRONT, "i1"))

    assert do.DeleteItem(FRONT, "item_r1") in scene.feed(ev.CallerTruncated("item_r1", 0))
    (told,) = scene.feed(ev.CallerRetrieved("item_r1"))
    assert isinstance(told, do.TellCaller)
    assert told.payload["item"]["content"] == [{"type": "output_audio", "transcript": ""}]
    words = scene.feed(ev.TranscriptProduced(FRONT, "r1", "item_r1", " more words"))
    assert only(do.TellCaller, words)
    assert scene.call.state.transcript.history() == []


def test_a_barge_in_drops_what_waits_behind_a_farewell() -> None:
    """The next agent's words that nobody heard are taken back from it."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2")
    effects = scene.feed(ev.SpeechStarted(BILLING, "i1"))

    assert do.DeleteItem(BILLING, "item_r2") in effects
    assert only(do.PlayAudio, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))) == []


def test_a_barge_in_ends_the_farewell() -> None:
    """The agent before is not heard over the caller, and what the caller is told of does not wait for it."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2")
    effects = scene.feed(ev.SpeechStarted(BILLING, "i1", {"type": "input_audio_buffer.speech_started"}))

    assert do.EndResponse("r1", "cancelled") in effects
    assert effects[-1] == do.TellCaller({"type": "input_audio_buffer.speech_started"})
    assert only(do.PlayAudio, scene.speech_frame("front", "r1")) == []


def test_p27_a_player_that_is_behind_is_stopped_and_believed() -> None:
    """P27: after its time the clock thinks an item heard; the telephone knows better, and is stopped in any case."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", "one two three four", ms=1000)

    assert do.StopPlayback() in scene.after(1.5, ev.SpeechStarted(FRONT, "i1"))
    assert do.TruncateAudio(FRONT, "item_r1", 500) in scene.feed(ev.CallerTruncated("item_r1", 500))
    assert str(scene.call.state.transcript.history()[0]) == "front: one two …"


def test_p27_an_item_can_be_cut_again() -> None:
    """By the clock first, then by what the telephone's marks say."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", "one two three four", ms=1000)
    scene.after(0.75, ev.SpeechStarted(FRONT, "i1"))

    assert do.TruncateAudio(FRONT, "item_r1", 500) in scene.feed(ev.CallerTruncated("item_r1", 500))
    assert str(scene.call.state.transcript.history()[0]) == "front: one two …"


@pytest.mark.parametrize("said", ["team", "caller"])
def test_interruptions_can_be_switched_off(said: str) -> None:
    """`interrupt_response: false`, by the team file or by the caller's application."""
    scene = Scene()
    scene.open("tech")
    agent = "front"
    if said == "team":
        scene.moved("front", "tech")
        agent = "tech"
    else:
        detection = {"type": "server_vad", "interrupt_response": False}
        scene.feed(ev.CallerConfigured(ev.CallerSettings(session={"audio": {"input": {"turn_detection": detection}}})))
        scene.feed(ev.ResponseStarted(FRONT, "opening_fc1"))
    scene.feed(ev.AudioProduced(own(agent), "opening_fc1", "i9", 1000, "frame"))
    effects = scene.feed(ev.SpeechStarted(own(agent), "i1"))

    assert only(do.StopPlayback, effects) == []
    assert only(do.DeleteItem, effects) == []


def test_p70_a_key_stops_an_announcement() -> None:
    """P70: the player, and the response if it still runs; once the caller is heard, silence counts anew."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", "Press one for invoices, two for …", ms=9000)
    effects = scene.after(0.5, ev.CallerPressed())

    assert do.StopPlayback() in effects
    assert do.CancelResponse(FRONT, "r1") in effects
    assert do.StartTimer(Timer(TimerKind.SILENCE), 300) in effects
    assert only(do.PlayAudio, scene.speech_frame("front", "r1")) == []


def test_p70_a_key_stops_what_is_only_played() -> None:
    """P70: the response is done, and its end was not heard yet; the answer to the keys is not stopped with it."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", ms=9000)
    scene.feed(ev.CallerAsked(patient=True))
    effects = scene.after(0.5, ev.CallerPressed())

    assert do.StopPlayback() in effects
    assert only(do.CancelResponse, effects) == []
    assert only(do.CancelResponse, scene.speech("front", "r2")) == []


def test_p70_a_key_stops_what_no_voice_may_interrupt() -> None:
    """P70: `interrupt_response: false` is against noise; a key is pressed on purpose."""
    scene = Scene()
    scene.open("tech")
    scene.moved("front", "tech")
    scene.speech_frame("tech", "opening_fc1")
    assert do.StopPlayback() not in scene.feed(ev.SpeechStarted(own("tech"), "i1"))

    assert do.StopPlayback() in scene.feed(ev.CallerPressed())


def test_p70_a_key_during_a_handoff_does_not_stop_the_handoff() -> None:
    """P70: the farewell ends, and the next agent takes over."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", ms=5000)
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.CallerPressed())
    effects = scene.feed(ev.SessionOpened(BILLING))

    assert only(do.CreateResponse, effects)[0].session == BILLING
