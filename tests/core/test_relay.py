"""What reaches the caller's ear."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.memory.floor import WAITING
from tests.core.scene import (
    BILLING,
    FRONT,
    TECH,
    Scene,
    expired,
    only,
)


def test_p16_the_target_is_heard_after_the_sources_farewell() -> None:
    """P16: the farewell is not clipped; the next voice queues behind it."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1", "I will connect you.")
    scene.function("front", "r1", "transfer_to_billing")
    started = scene.speech("billing", "r2", "Let me see.")
    assert only(do.PlayAudio, started) == []

    farewell = scene.feed(ev.AudioProduced(FRONT, "r1", "item_r1", 400, "last words"))
    assert only(do.PlayAudio, farewell) == [do.PlayAudio("item_r1", "last words")]

    done = scene.feed(ev.ResponseFinished(FRONT, "r1", "completed", payload={"type": "response.done"}))
    told = [effect for effect in done if isinstance(effect, do.TellCaller | do.PlayAudio)]
    assert told[0] == do.TellCaller({"type": "response.done"})
    assert told[1] == do.TellCaller({"type": "response.created"})
    assert told[-1] == do.PlayAudio("item_r2", "audio r2")


def test_a_farewell_that_never_ends_is_cut() -> None:
    """Three seconds, then the next agent is heard and the old response is closed for the caller."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2")

    effects = scene.after(3.0, expired(TimerKind.FAREWELL))

    assert only(do.PlayAudio, effects) == [do.PlayAudio("item_r2", "audio r2")]
    assert scene.feed(ev.AudioProduced(FRONT, "r1", "item_r1", 400, "too late")) == []
    assert scene.feed(expired(TimerKind.FAREWELL)) == []


def test_a_farewell_is_cut_when_too_much_waits_behind_it() -> None:
    """The queue of the next agent's words is bounded."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseStarted(BILLING, "r2", {}))
    heard = [len(only(do.PlayAudio, scene.speech_frame("billing", "r2"))) for _ in range(WAITING - 1)]

    assert heard[:-1] == [0] * (WAITING - 2)
    assert heard[-1] > 1000


def test_a_caller_who_is_passed_on_at_once_hears_each_farewell_in_its_turn() -> None:
    """The farewell of the agent before is closed, what the one between has said is heard, then the third speaks."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.speech("front", "resp_fc1", "I pass you on.")
    scene.function("front", "resp_fc1", "transfer_to_billing", '{"reason": "x"}', "fc1")
    scene.speech("billing", "b1", "So do I.")
    scene.call.state.route.turn_since = True
    effects = scene.function("billing", "b1", "transfer_to_tech", '{"reason": "y"}', "fc2")

    assert do.EndResponse("resp_fc1", "cancelled") in effects
    assert [effect.frame for effect in only(do.PlayAudio, effects)] == ["audio b1"]
    assert scene.call.state.caller.floor.farewell == "billing"


def test_only_the_agent_with_the_caller_is_heard() -> None:
    """P04: a warm session that speaks unasked is stopped and not heard."""
    scene = Scene()
    scene.open("billing")
    effects = scene.feed(
        ev.SpeechStarted(BILLING, "i1"),
        ev.ResponseStarted(BILLING, "r1", {"n": 1}),
        ev.ResponseProgressed(BILLING, "r1", {"n": 2}),
        ev.AudioProduced(BILLING, "r1", "i2", 20.0, "frame"),
        ev.TranscriptProduced(BILLING, "r1", "i2", "Psst"),
        ev.ItemReported(BILLING, "i2", {"item": {"role": "assistant"}}),
        ev.SessionReported(BILLING, {"n": 3}),
        ev.ResponseFinished(BILLING, "r1", "cancelled"),
    )

    assert effects == [do.StartTimer(Timer(TimerKind.ANSWER, BILLING), 10.0), do.CancelResponse(BILLING, "r1")]
    assert scene.call.state.transcript.count == 0


def test_behind_a_farewell_only_the_agent_with_the_caller_waits_to_be_heard() -> None:
    """What a third agent's session says is for nobody."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2", "Let me see.")
    assert scene.feed(ev.ResponseProgressed(TECH, "r3", {"type": "stray"})) == []

    done = scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    assert do.TellCaller({"type": "stray"}) not in done


def test_a_transcript_is_forwarded_as_it_came() -> None:
    """Where the frame is known it reaches the caller verbatim, in its place among the other events."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseStarted(BILLING, "r2"))
    words = ev.TranscriptProduced(BILLING, "r2", "i2", "Let me see.", content_index=1, frame="the frame")
    assert only(do.TellWords, scene.feed(words)) == []

    done = scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    assert only(do.TellWords, done) == [do.TellWords("r2", "i2", 1, "Let me see.", "the frame")]


def test_p54_a_farewell_is_cut_when_the_call_can_keep_no_more() -> None:
    """P54: large events count by their bytes."""
    scene = Scene(memory=100_000)
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseStarted(BILLING, "r2", {}))
    audio = ev.AudioProduced(BILLING, "r2", "item_r2", 20.0, "x" * 30_000)
    assert [len(only(do.PlayAudio, scene.feed(audio))) for _ in range(5)] == [0, 0, 0, 4, 1]
