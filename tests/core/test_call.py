"""The call as a whole: phases, limits, the end."""

from __future__ import annotations

from typing import get_args

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.call import HANDLERS, OWN, PASSED_ON, TIMERS, record
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, TEAMWORK, TEAMWORK_TOOLS, Scene, expired, only


def test_hanging_up_closes_everything_and_nothing_follows() -> None:
    """P33: every session is closed, every timer stopped; later events mean nothing."""
    scene = Scene()
    opened = scene.open("billing")
    effects = scene.feed(ev.CallerLeft())

    assert {effect.session.agent for effect in only(do.CloseSession, effects)} == {"front", "billing", "tech", "stock"}
    started = {effect.timer for effect in only(do.StartTimer, opened)}
    assert {effect.timer for effect in only(do.StopTimer, effects)} == started
    assert effects[-1] == do.EndCall(ev.Ending.LEFT, "hang-up")
    assert scene.call.state.phase is Phase.ENDED
    assert scene.feed(ev.CallerSpoke("f", 20.0), ev.CallerLeft(), expired(TimerKind.CALL)) == []


def test_the_call_has_a_time_limit() -> None:
    """`limits.call` seconds."""
    scene = Scene()
    scene.open()

    scene.after(3600.0, expired(TimerKind.CALL))
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE))) == [
        do.EndCall(ev.Ending.TOO_LONG, "the call reached its time limit")
    ]


def test_a_call_in_which_nobody_speaks_ends() -> None:
    """`limits.silence` seconds; an agent that speaks, or audio still playing, is not silence."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", ms=600_000)
    assert scene.after(300.0, expired(TimerKind.SILENCE)) == [do.StartTimer(Timer(TimerKind.SILENCE), 600.0)]
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    assert scene.after(1.0, expired(TimerKind.SILENCE)) == [do.StartTimer(Timer(TimerKind.SILENCE), 599.0)]

    scene.after(600.0, expired(TimerKind.SILENCE))
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))[0].ending is ev.Ending.SILENCE


def test_a_timer_that_was_stopped_means_nothing() -> None:
    """It may expire in the moment in which it is stopped."""
    scene = Scene()
    scene.open()

    assert scene.feed(expired(TimerKind.HANDOFF), expired(TimerKind.LOOK, "front")) == []


def test_the_last_words_of_a_session_that_is_gone_mean_nothing() -> None:
    """They may still be on their way when it drops."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SessionLost(FRONT, "reset"))

    assert scene.speech("front", "r1") == []


def test_every_event_has_its_handler() -> None:
    """The caller's audio has its own way; an event that nobody handles would be a mistake of ours."""
    assert {ev.CallerSpoke, *HANDLERS, *PASSED_ON, *OWN} == set(get_args(ev.Event))


def test_every_timer_has_its_handler() -> None:
    """A kind of timer that nobody handles would be a mistake of ours."""
    assert set(TIMERS) == set(TimerKind)


def test_illegal_phases_are_mistakes_of_ours() -> None:
    """The table names every legal move."""
    scene = Scene()

    with pytest.raises(AssertionError, match=r"OPENING to Phase.HANDING_OFF"):
        scene.call.state.move(Phase.HANDING_OFF)


def test_the_agent_with_the_caller_is_known() -> None:
    """It changes when the target begins to speak."""
    scene = Scene()
    scene.open("billing")
    assert scene.call.state.route.active == "front"
    scene.moved("front", "billing")
    assert scene.call.state.route.active == "billing"


def test_what_the_core_has_put_on_a_session_is_known() -> None:
    """The runner asks for it, also about sessions that are gone."""
    scene = Scene()
    scene.open()
    scene.call.state.tell(scene.call.state.active, "Something happened.")
    (seeded,) = scene.call.state.active.seeded

    assert scene.call.seeded(FRONT, seeded)
    assert not scene.call.seeded(FRONT, "item_1")
    assert not scene.call.seeded(SessionId("front", SessionKind.CONSULT, 7), seeded)


def test_what_goes_to_the_log_has_no_secrets() -> None:
    """The runner asks for it."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.feed(ev.CallerJoined(variables={"account": "123456", "verified": True, "card": "4", "colour": "red"}))
    assert scene.call.state.variables.values() == {"account": "123456", "verified": None, "card": None}
    scene.call.state.variables.set("card", "4111222244443333", "take_card")

    assert scene.call.masked("bad card 4111222244443333") == "bad card [card]"


@pytest.mark.parametrize(
    "event",
    [
        ev.CallerSpoke("frame", 20.0),
        ev.AudioProduced(FRONT, "r1", "i", 20.0, "frame"),
        ev.TranscriptProduced(FRONT, "r1", "i", "word"),
        ev.ResponseProgressed(FRONT, "r1", {"type": "response.content_part.added"}),
        ev.ItemReported(FRONT, "i", {"item": {"role": "assistant"}}),
        ev.SessionReported(FRONT, {"type": "rate_limits.updated"}),
        ev.SpeechStopped(FRONT, "i1", {}),
        ev.ResponseStarted(SessionId("nobody"), "r1"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_only_passed_on_does_not_pay_for_the_progress_pass(event: ev.Event) -> None:
    """Audio comes a hundred times a second, and nothing becomes possible by it."""
    scene = Scene()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))

    assert not record(scene.call.state, event)


def test_everything_that_became_possible_is_done_in_the_same_moment() -> None:
    """The last tool's result lets the handoff go on, the target is asked, and what the caller did goes to it."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order", call_id="tool")
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.CallerSpoke("frame", 20.0))
    effects = scene.feed(ev.ToolReturned(scene.ours("tool"), "shipped"))
    kinds = (do.SendFunctionOutput, do.CreateResponse, do.SendAudio)

    assert [type(effect) for effect in effects if isinstance(effect, kinds)] == list(kinds)
    assert do.SendAudio(BILLING, "frame") in effects


def test_an_agent_that_hands_over_is_not_asked_again_for_a_response_that_failed() -> None:
    """The next agent speaks; if the handoff fails, the first is asked anew."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    effects = scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "failed"))
    assert scene.call.state.sessions.own["front"].response.owed is None
    assert Timer(TimerKind.OWED, FRONT) not in scene.call.state.agenda.timers
    assert only(do.CreateResponse, effects + scene.after(1.0, expired(TimerKind.OWED, FRONT))) == []

    effects = scene.after(9.0, expired(TimerKind.HANDOFF))
    assert [create.session for create in only(do.CreateResponse, effects)] == [FRONT]


def test_an_agent_that_has_handed_over_owes_nothing() -> None:
    """It was busy when the program moved the caller: what was wanted of it is the next agent's to say."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.CallerAsked(), ev.CallerReferred("billing"), ev.ResponseStarted(BILLING, "r1"))

    assert only(do.CreateResponse, scene.feed(expired(TimerKind.ANSWER, FRONT))) == []
