"""A caller is connected to somebody outside: told so, briefed about, and gone from here."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.away.events import OutsideAnswered, OutsideEnded, Reach, Status
from orchestrator.core.away.leaving import LONGEST_BRIEF, RETURN_SECONDS, SLACK_SECONDS, TALK_SECONDS
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.core.state import Phase
from tests.core.away.outside import PRACTICE, away, leaving, talking
from tests.core.people.desks import announced
from tests.core.scene import BILLING, FRONT, expired, only, refused, rules, told

AWAY = Timer(TimerKind.AWAY)


def test_the_transfer_call_is_answered_and_the_line_is_said() -> None:
    """The edge's own line goes before that of the file; nothing else begins meanwhile."""
    scene, effects = leaving()
    assert "connected by telephone to office" in told(effects)
    (create,) = only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed")))
    assert create.options["instructions"] == "Say exactly: I put you through to the office."

    again = scene.transfer("front", "lawyer", call_id="fc2")
    assert rules(again) == ["ending"]
    assert not only(do.Dial, again)


def test_the_caller_is_dialled_when_the_line_was_said() -> None:
    """Every session is closed, the telephone rings for as long as the file says, and a bound is set."""
    scene, effects = away()
    (dial,) = only(do.Dial, effects)

    assert (dial.agent, dial.address, dial.seconds) == ("office", "tel:+4930456", 25.0)
    assert [effect.session for effect in only(do.CloseSession, effects)] == [FRONT, BILLING]
    assert do.StartTimer(AWAY, 25.0 + SLACK_SECONDS) in effects
    assert announced(effects, "transfer.started")[0].fields == {"from": "front", "to": "office", "seconds": 25.0}
    assert scene.call.state.phase is Phase.AWAY


def test_whoever_answers_is_told_why() -> None:
    """With `brief: spoken` what was said, without secrets; with `none` nothing."""
    scene = talking()
    scene.feed(ev.TurnTranscribed(FRONT, "i1", "My card is 4111222244443333."))
    scene.call.state.variables.set("card", "4111222244443333")
    scene.turn("front", "i2", "My card is 4111222244443333." + " I wait." * 300)
    scene.transfer("front", "office")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    (dial,) = only(do.Dial, scene.after(25.0, expired(TimerKind.GOODBYE)))

    assert "Reason: an invoice" in dial.brief
    assert "My card is" in dial.brief
    assert "4111222244443333" not in dial.brief
    assert len(dial.brief) == LONGEST_BRIEF
    assert only(do.Dial, away("lawyer")[1])[0].brief == ""


def test_a_summary_that_is_being_written_is_waited_for() -> None:
    """Beside the line, and no longer than for any handoff."""
    scene = talking()
    scene.call.state.variables.set("account", "1")
    effects = scene.transfer("front", "clinic")
    (aside,) = [one for one in only(do.CreateResponse, effects) if one.options.get("conversation") == "none"]
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.answer("front", "line", "I connect you.")
    assert not only(do.Dial, scene.after(1.0, expired(TimerKind.GOODBYE)))
    scene.feed(ev.ResponseStarted(FRONT, "sum", {"response": {"metadata": aside.options["metadata"]}}, aside=True))
    scene.feed(ev.TranscriptProduced(FRONT, "sum", "s", "They hurt their knee."))
    scene.feed(ev.ResponseFinished(FRONT, "sum", "completed"))
    (dial,) = only(do.Dial, scene.after(1.0, expired(TimerKind.GOODBYE)))

    assert "Summary of the call so far: They hurt their knee." in dial.brief


@pytest.mark.parametrize("hidden", [True, False])
def test_an_answer_that_does_not_end_is_closed(hidden: bool) -> None:
    """The caller's client sees it end, if it saw it begin."""
    scene, _ = leaving()
    scene.feed(ev.TranscriptProduced(FRONT, "resp_fc1", "item", "Well"))
    if hidden:
        scene.call.state.active.response.unheard.hidden = "resp_fc1"
    effects = scene.after(20.0, expired(TimerKind.GOODBYE))

    assert [one.response_id for one in only(do.EndResponse, effects)] == ([] if hidden else ["resp_fc1"])
    assert only(do.Dial, effects)


def test_a_farewell_that_goes_on_is_cut() -> None:
    """Nothing of the agent before is heard later."""
    scene, _ = leaving()
    scene.call.state.caller.floor.farewell = "billing"
    scene.call.state.start_timer(TimerKind.FAREWELL, 3.0)
    scene.after(20.0, expired(TimerKind.GOODBYE))

    assert scene.call.state.caller.floor.farewell is None
    assert scene.call.state.phase is Phase.AWAY


def test_a_caller_who_is_not_on_a_telephone_stays() -> None:
    """The agent is told what it can do instead: say the number."""
    scene, effects = leaving(reach=Reach.NOBODY)

    assert "tell them the number instead: +4930456" in refused(effects)["error"]
    assert rules(effects) == ["outside"]
    assert scene.call.state.phase is Phase.TALKING
    assert scene.call.refusal("office") is not None


def test_needs_hold_for_somebody_outside_too() -> None:
    """A rule of the file is a rule."""
    _, effects = leaving("clinic")

    assert rules(effects) == ["needs"]


def test_the_program_can_connect_the_caller() -> None:
    """A tool, or `refer`: no edge has to allow it, and the agent says the line of the file."""
    scene = talking()
    scene.answer("front", "r1")
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerReferred("lawyer", "a tool wants it")))

    assert create.options["instructions"] == "Say exactly: I call the lawyer."


def test_a_limit_on_handoffs_does_not_keep_a_caller_from_leaving() -> None:
    """It is about agents that pass a caller on to each other."""
    scene = talking()
    scene.call.state.route.hops = 2

    assert "connected by telephone" in told(scene.transfer("front", "office"))


def test_a_person_says_it_themselves() -> None:
    """Nothing is asked of them."""
    scene = talking()
    scene.transfer("front", "nurse")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.answer("front", "line", "I am looking for a nurse.")
    nurse = SessionId("nurse")
    scene.after(2.0, ev.SessionOpened(nurse))
    assert scene.call.state.route.active == "nurse"
    effects = scene.feed(ev.CallerReferred("office"))

    assert not only(do.CreateResponse, effects)
    assert only(do.Dial, scene.after(1.0, expired(TimerKind.GOODBYE)))


def test_a_handoff_under_way_ends_first() -> None:
    """The person who was connecting the caller has gone: whoever gets the caller may be in the middle of it."""
    scene, _ = leaving()
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.call.state.move(Phase.HANDING_OFF)

    assert not only(do.Dial, scene.after(20.0, expired(TimerKind.GOODBYE)))
    assert Timer(TimerKind.GOODBYE) in scene.call.state.agenda.timers


# --- what comes of it ---


def test_somebody_answers_and_the_call_ends_when_they_have_talked() -> None:
    """The record says to whom the caller was connected, how it ended, and for how long they talked."""
    scene, _ = away()
    effects = scene.after(8.0, OutsideAnswered())
    assert do.StartTimer(AWAY, TALK_SECONDS) in effects
    assert announced(effects, "transfer.answered")[0].fields == {"to": "office"}
    effects = scene.after(63.0, OutsideEnded(Status.COMPLETED, 63.0))
    (over,) = announced(effects, "transfer.ended")

    assert over.fields == {"from": "front", "to": "office", "status": "completed", "seconds": 63.0}
    assert only(do.EndCall, effects) == [
        do.EndCall(ev.Ending.TRANSFERRED, "the caller was connected to 'office'"),
    ]


@pytest.mark.parametrize("status", [Status.BUSY, Status.NO_ANSWER, Status.FAILED, Status.CANCELED])
def test_nobody_answers_and_the_caller_is_waited_for(status: Status) -> None:
    """For a moment; the agent that gets them is opened meanwhile."""
    scene, _ = away("lawyer")
    effects = scene.feed(OutsideEnded(status))

    assert do.StartTimer(AWAY, RETURN_SECONDS) in effects
    assert [one.session for one in only(do.OpenSession, effects)] == [BILLING]
    assert announced(effects, "transfer.ended")[0].fields["status"] == status.value
    assert scene.call.state.phase is Phase.AWAY


def test_a_caller_who_hangs_up_while_it_rings_is_gone() -> None:
    """Nobody waits for them."""
    scene, _ = away()
    effects = scene.feed(OutsideEnded(Status.NO_ANSWER, gone=True))

    assert only(do.EndCall, effects) == [do.EndCall(ev.Ending.LEFT, "hang-up")]


def test_what_comes_twice_or_too_late_means_nothing() -> None:
    """A callback may be repeated."""
    scene, _ = away()
    scene.feed(OutsideAnswered())
    assert not scene.feed(OutsideAnswered())
    scene.feed(OutsideEnded(Status.BUSY))

    assert not scene.feed(OutsideEnded(Status.COMPLETED))
    assert not scene.feed(OutsideAnswered())
    assert not talking().feed(OutsideAnswered(), OutsideEnded(Status.BUSY))


def test_a_call_that_is_ended_meanwhile_says_that_nobody_knows() -> None:
    """The record has an end of the telephone call in any case."""
    scene, _ = away()
    effects = scene.feed(ev.CallerLeft("hung up"))

    assert announced(effects, "transfer.ended")[0].fields["status"] == "unknown"


def test_the_limits_of_the_call_wait() -> None:
    """Nobody is cut off who talks to somebody outside; silence is theirs."""
    scene, _ = away()
    call = expired(TimerKind.CALL)

    assert do.StartTimer(call.timer, 30.0) in scene.feed(call)
    assert not only(do.EndCall, scene.after(400.0, expired(TimerKind.SILENCE)))


def test_a_tool_that_ends_the_call_comes_too_late() -> None:
    """The caller is not the agent's any more."""
    scene = talking()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "end_call", call_id="fc9")
    scene.function("front", "r1", "transfer_to_office")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.after(25.0, expired(TimerKind.GOODBYE))
    effects = scene.feed(ev.ToolReturned(scene.ours("fc9"), "", parting=ev.Parting()))

    assert scene.call.state.phase is Phase.AWAY
    assert scene.call.state.caller.goodbye is None
    assert not only(do.EndCall, effects)


def test_what_the_caller_says_to_somebody_outside_is_theirs() -> None:
    """It is neither kept nor complained about."""
    scene, _ = away(reach=Reach.CLIENT)

    assert scene.feed(*(ev.CallerSpoke(f"frame {number}", 20.0) for number in range(3000))) == []


def test_a_team_without_anybody_outside_has_no_such_function() -> None:
    """The file says whom callers can be connected to."""
    assert PRACTICE.count("kind: outside") == len(talking().call.state.team.outsiders)
