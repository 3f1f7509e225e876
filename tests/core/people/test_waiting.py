"""A caller who waits for a person: told so, not left in silence, and free to stop."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.state import Phase
from tests.core.people.desks import COLLEAGUE, DESK, NURSE, TOOLS, announced, said, waiting
from tests.core.scene import FRONT, Scene, expired, frame, only, refused, told


def holding() -> tuple[Scene, do.StartHold]:
    """A call in which the caller hears the hold sound."""
    scene, _ = waiting()
    said(scene)
    (start,) = only(do.StartHold, scene.feed(expired(TimerKind.HOLD)))
    return scene, start


def test_the_desk_is_asked_and_the_caller_stays() -> None:
    """The transfer call is answered at once, the person's session opens, and nobody is handed over yet."""
    scene, effects = waiting()

    assert [effect.session for effect in only(do.OpenSession, effects)] == [COLLEAGUE]
    assert announced(effects, "person.waiting") == [
        do.Announce("person.waiting", {"agent": "colleague", "desk": "support", "reason": "an invoice"})
    ]
    assert "waits for colleague" in told(effects)
    assert Timer(TimerKind.WAIT) in scene.call.state.agenda.timers
    assert scene.call.state.phase is Phase.TALKING


def test_the_caller_hears_what_they_wait_for() -> None:
    """As soon as the response with the transfer call is done, in the voice that they know."""
    scene, _ = waiting()
    (create,) = only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed")))

    assert create.options["instructions"] == "Say exactly: I am looking for a colleague."


def test_the_desk_reads_what_the_call_is_about() -> None:
    """With `brief: spoken` at once; secrets that the person may not know are masked."""
    _, effects = waiting()
    (brief,) = announced(effects, "person.brief")

    assert "Reason: an invoice" in brief.fields["brief"]
    assert "Caller: I want to talk to a person." in brief.fields["brief"]


def test_a_summary_is_shown_when_it_is_written() -> None:
    """By the agent that has the caller, beside the conversation."""
    scene, effects = waiting("nurse", text=DESK_OF_NURSES)
    (aside,) = [one for one in only(do.CreateResponse, effects) if one.options.get("conversation") == "none"]
    assert not announced(effects, "person.brief")
    metadata = aside.options["metadata"]
    scene.feed(ev.ResponseStarted(FRONT, "sum", {"response": {"metadata": metadata}}, aside=True))
    scene.feed(ev.TranscriptProduced(FRONT, "sum", "s", "They hurt their knee."))
    (brief,) = announced(scene.feed(ev.ResponseFinished(FRONT, "sum", "completed")), "person.brief")

    assert "Summary of the call so far: They hurt their knee." in brief.fields["brief"]


def test_without_a_summary_in_time_the_desk_reads_what_was_said() -> None:
    """A person is not kept waiting for it."""
    scene, _ = waiting("nurse", text=DESK_OF_NURSES)
    (brief,) = announced(scene.feed(expired(TimerKind.SUMMARY)), "person.brief")

    assert "Caller: I want to talk to a person." in brief.fields["brief"]


def test_the_hold_sound_begins_when_what_was_said_has_been_played() -> None:
    """Two pieces at first, so that the player has one in hand; then one after the other."""
    scene, _ = waiting()
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    assert not only(do.StartHold, scene.answer("front", "line", ms=1000.0))
    assert Timer(TimerKind.HOLD) in scene.call.state.agenda.timers

    effects = scene.after(1.0, expired(TimerKind.HOLD))
    (start,) = only(do.StartHold, effects)
    assert only(do.PlayHold, effects) == [do.PlayHold(start.response_id, start.item_id, 400)]
    effects = scene.after(0.2, expired(TimerKind.HOLD))
    assert only(do.PlayHold, effects) == [do.PlayHold(start.response_id, start.item_id, 200)]


def test_the_hold_sound_stops_as_soon_as_the_caller_speaks() -> None:
    """And the agent that has them answers; what they say is kept like any words."""
    scene, start = holding()
    effects = scene.feed(ev.SpeechStarted(FRONT, "i2"))

    assert only(do.EndResponse, effects) == [do.EndResponse(start.response_id, "completed")]
    assert only(do.StopPlayback, effects)
    assert Timer(TimerKind.HOLD) not in scene.call.state.agenda.timers
    assert only(do.SendAudio, scene.feed(frame(1))) == [do.SendAudio(FRONT, "frame 1")]


def test_the_caller_may_cut_the_hold_sound_like_any_item() -> None:
    """A client reports how much of it was heard; no session has it."""
    scene, start = holding()
    effects = scene.feed(ev.CallerTruncated(start.item_id, 100))

    assert not only(do.Refuse, effects)
    assert not only(do.TruncateAudio, effects)


def test_a_timer_of_a_sound_that_was_stopped_plays_nothing() -> None:
    """It may run out in the same moment."""
    scene, _ = holding()
    scene.feed(ev.SpeechStarted(FRONT, "i2"))
    scene.call.state.start_timer(TimerKind.HOLD, 1.0)

    assert not only(do.PlayHold, scene.feed(expired(TimerKind.HOLD)))


@pytest.mark.parametrize("quiet", ["sound: none", "text"])
def test_no_hold_sound_where_none_is_wanted(quiet: str) -> None:
    """By the file, or because the caller reads."""
    scene, _ = waiting("nurse" if quiet != "text" else "colleague")
    if quiet == "text":
        scene.feed(ev.CallerConfigured(ev.CallerSettings(modalities=("text",))))
    said(scene)

    assert not only(do.StartHold, scene.feed(expired(TimerKind.SUMMARY)))


def test_the_caller_stops_waiting() -> None:
    """The agent takes them out of the queue and goes on with them."""
    scene, _ = waiting()
    said(scene)
    scene.turn("front", "i2", "Never mind.")
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    effects = scene.function("front", "r2", "stop_waiting", call_id="fc2")

    assert "no longer waits for colleague" in told(effects)
    assert do.CloseSession(COLLEAGUE) in effects
    assert announced(effects, "person.left")
    assert Timer(TimerKind.WAIT) not in scene.call.state.agenda.timers
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r2", "completed")))


def test_nobody_to_stop_waiting_for() -> None:
    """Models call functions at odd times."""
    scene = Scene(DESK, TOOLS)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r2"))

    assert refused(scene.function("front", "r2", "stop_waiting", call_id="fc2")) == {
        "error": "The caller waits for nobody."
    }


def test_a_second_call_for_the_same_person_is_refused() -> None:
    """With what the agent can do instead."""
    scene, _ = waiting()
    said(scene)
    scene.turn("front", "i2")

    assert "stop_waiting" in refused(scene.transfer("front", "colleague", call_id="fc2"))["error"]


def test_another_person_is_waited_for_in_their_place() -> None:
    """The first need not come any more."""
    scene, _ = waiting()
    said(scene)
    scene.turn("front", "i2")
    scene.moved("front", "billing", call_id="fc2")  # which ends the waiting too
    scene.turn("billing", "i3")
    scene.transfer("billing", "colleague", call_id="fc3")
    scene.feed(ev.ResponseFinished(scene.call.state.active.id, "resp_fc3", "completed"))
    scene.answer("billing", "line3")
    scene.turn("billing", "i4")
    effects = scene.transfer("billing", "nurse", call_id="fc4")

    assert do.CloseSession(COLLEAGUE) in effects
    assert [effect.session for effect in only(do.OpenSession, effects)] == [NURSE]


def test_a_handoff_elsewhere_ends_the_waiting() -> None:
    """The caller has found somebody."""
    scene, _ = waiting()
    said(scene)
    scene.turn("front", "i2")

    assert do.CloseSession(COLLEAGUE) in scene.transfer("front", "billing", call_id="fc2")
    assert scene.call.state.route.waiting is None


def test_silence_does_not_end_the_call_of_who_waits() -> None:
    """The limit of the waiting does."""
    scene, _ = waiting()
    said(scene)
    effects = scene.after(400, expired(TimerKind.SILENCE))

    assert not only(do.EndCall, effects)
    assert scene.call.state.caller.goodbye is None


def test_a_program_can_let_a_caller_wait_for_a_person() -> None:
    """`refer`, or a tool that hands over."""
    scene = Scene(DESK, TOOLS)
    scene.open()
    effects = scene.feed(ev.CallerReferred("nurse", "they asked"))

    assert [effect.session for effect in only(do.OpenSession, effects)] == [NURSE]
    assert only(do.CreateResponse, effects)[-1].options["instructions"] == "Say exactly: I am looking for a nurse."


DESK_OF_NURSES = """
team: ward
agents:
  front: {instructions: Find out., handoffs: [nurse, billing]}
  billing: {instructions: Bills., handoffs: [front]}
  nurse:
    kind: person
    desk: ward
    wait: {limit: 30, say: I am looking for a nurse., then: front}
people: {ward: {}}
rules: []
"""
