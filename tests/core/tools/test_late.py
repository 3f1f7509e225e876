"""Answers of tools that come when the conversation has gone on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.tools.rules import PLAIN, ToolRule, WhenLate
from orchestrator.team import Filler
from tests.core.scene import FRONT, HELPDESK, TOOLS, Scene, expired, only, told

LOOKS = ToolRule(Filler(say="One moment."))
KINDS = pytest.mark.parametrize("when", list(WhenLate))


def working(when: WhenLate = WhenLate.WHEN_IDLE, text: str = HELPDESK, rule: ToolRule = PLAIN) -> Scene:
    """A call in which front has called a function, and its response is done."""
    scene = Scene(text, {**TOOLS, "front": {"find_order": replace(rule, when_late=when)}})
    scene.open()
    scene.turn("front", "i0")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    return scene


def late(when: WhenLate) -> Scene:
    """A call in which the caller has asked something else meanwhile, and is being answered."""
    scene = working(when)
    scene.turn("front", "i1", "And what is your address?")
    scene.speech("front", "r2", "We are at the harbour.", ms=4000)
    return scene


def returns(scene: Scene) -> list[do.Effect]:
    """Let the tool return."""
    return scene.after(1, ev.ToolReturned(scene.ours("fc1"), "shipped"))


@KINDS
def test_an_answer_that_is_awaited_is_spoken_of_at_once(when: WhenLate) -> None:
    """Also behind a filler, which only bridges the time."""
    assert only(do.CreateResponse, returns(working(when)))

    scene = working(when, rule=LOOKS)
    (filler,) = only(do.CreateResponse, scene.after(9, expired(TimerKind.FILLER, scene.ours("fc1"))))
    assert "One moment." in str(filler.options)
    scene.answer("front", "r2", "One moment.")
    scene.now += 1
    effects = returns(scene)
    assert only(do.CreateResponse, effects)
    assert not only(do.StopPlayback, effects)


def test_a_late_answer_waits_until_nothing_else_is_said() -> None:
    """Unless the file says otherwise."""
    scene = late(WhenLate.WHEN_IDLE)
    effects = returns(scene)
    assert told(effects) == "shipped"
    assert not only(do.CreateResponse, effects)

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r2", "completed")))


def test_a_silent_one_is_for_the_agent_to_know() -> None:
    """Nobody asks it to speak, now or later; an error is an answer too."""
    scene = late(WhenLate.SILENT)
    effects = returns(scene)
    assert told(effects) == "shipped"
    after = scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    assert not only(do.CreateResponse, effects + after)
    assert scene.call.state.at_rest

    scene = late(WhenLate.SILENT)
    failed = scene.feed(ev.ToolFailed(scene.ours("fc1"), "broken"), ev.ResponseFinished(FRONT, "r2", "completed"))
    assert "broken" in told(failed)
    assert not only(do.CreateResponse, failed)


def test_an_urgent_one_cuts_what_is_said() -> None:
    """As the caller would: the player stops, the response is cancelled, and the agent speaks as soon as it can."""
    scene = late(WhenLate.INTERRUPT)
    effects = returns(scene)
    assert told(effects) == "shipped"
    assert do.StopPlayback(told=True) in effects
    assert do.CancelResponse(FRONT, "r2") in effects
    assert not only(do.PlayAudio, scene.speech_frame("front", "r2"))

    assert do.TruncateAudio(FRONT, "item_r2", 1000) in scene.feed(ev.CallerTruncated("item_r2", 1000))
    assert len(only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r2", "cancelled")))) == 1


def test_an_urgent_one_stops_what_is_only_played_still() -> None:
    """The response is done, and its sound is not; one that is cancelled already is not cancelled again."""
    scene = late(WhenLate.INTERRUPT)
    scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    effects = returns(scene)
    assert do.StopPlayback(told=True) in effects
    assert not only(do.CancelResponse, effects)
    assert only(do.CreateResponse, effects)

    scene = late(WhenLate.INTERRUPT)
    scene.feed(ev.CallerInterrupted())
    assert not only(do.CancelResponse, returns(scene))


def test_an_urgent_one_finds_nothing_to_cut() -> None:
    """Everything has been played: the agent speaks."""
    scene = late(WhenLate.INTERRUPT)
    scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    scene.now += 60
    effects = returns(scene)

    assert not only(do.StopPlayback, effects)
    assert only(do.CreateResponse, effects)


def test_an_urgent_one_does_not_cut_the_caller_or_another_agent() -> None:
    """Nor a goodbye, nor a notice that the call is recorded."""
    speaking = late(WhenLate.INTERRUPT)
    speaking.feed(ev.SpeechStarted(FRONT, "i2"))
    assert not only(do.StopPlayback, returns(speaking))

    elsewhere = late(WhenLate.INTERRUPT)
    elsewhere.open("billing")
    elsewhere.function("front", "r2", "transfer_to_billing", '{"reason": "an invoice"}', call_id="fc2")
    assert not only(do.StopPlayback, returns(elsewhere))

    ending = late(WhenLate.INTERRUPT)
    ending.feed(expired(TimerKind.CALL))
    assert not only(do.StopPlayback, returns(ending))

    notice = working(WhenLate.INTERRUPT)
    notice.turn("front", "i1")
    state = notice.call.state
    state.caller.notice = state.line("This call is recorded.", "", "exactly")
    state.active.response.overtaken()
    state.ask(state.active, state.caller.notice)
    notice.speech("front", "r2", "This call is recorded.")
    assert not only(do.StopPlayback, returns(notice))


def test_what_the_caller_types_goes_on_too() -> None:
    """And so does a response that the application asks for."""
    typed = working(WhenLate.SILENT)
    typed.feed(ev.CallerTyped({"id": "t1", "role": "user", "content": [{"text": "hello"}]}))
    assert not only(do.CreateResponse, returns(typed))

    asked = working(WhenLate.SILENT)
    asked.feed(ev.CallerAsked())
    asked.answer("front", "r2")
    assert not only(do.CreateResponse, returns(asked))


def test_a_session_that_is_new_is_told_a_silent_answer_in_words() -> None:
    """It goes on by itself only with what was not late."""
    scene = late(WhenLate.SILENT)
    scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    scene.feed(ev.SessionLost(FRONT, "gone"), ev.SessionOpened(FRONT))
    effects = returns(scene)

    assert "returned: shipped" in str(only(do.AddItem, effects))
    assert not only(do.CreateResponse, effects)
