"""The call as a whole: phases, limits, the end."""

from __future__ import annotations

import pytest

from orchestrator.core.effects import CloseSession, EndCall, StartTimer, StopTimer
from orchestrator.core.events import CallerJoined, CallerLeft, CallerSpoke, ResponseFinished, SessionLost, TimerExpired
from orchestrator.core.state import Phase
from tests.core.scene import TEAMWORK, TEAMWORK_TOOLS, Scene, only


def test_hanging_up_closes_everything_and_nothing_follows() -> None:
    """P33: every session is closed, every timer stopped; later events mean nothing."""
    scene = Scene()
    opened = scene.open("billing")
    effects = scene.feed(CallerLeft())

    assert {effect.agent for effect in only(CloseSession, effects)} == {"front", "billing", "tech", "stock"}
    started = {effect.name for effect in only(StartTimer, opened)}
    assert {effect.name for effect in only(StopTimer, effects)} == started
    assert effects[-1] == EndCall(1000, "hang-up")
    assert scene.call.phase is Phase.ENDED
    assert scene.feed(CallerSpoke("f", 20.0), CallerLeft(), TimerExpired("call")) == []


def test_the_call_has_a_time_limit() -> None:
    """`limits.call` seconds."""
    scene = Scene()
    scene.open()

    scene.after(3600.0, TimerExpired("call"))
    assert only(EndCall, scene.feed(TimerExpired("goodbye"))) == [EndCall(4410, "the call reached its time limit")]


def test_a_call_in_which_nobody_speaks_ends() -> None:
    """`limits.silence` seconds; an agent that speaks, or audio still playing, is not silence."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", ms=600_000)
    assert scene.after(300.0, TimerExpired("silence")) == [StartTimer("silence", 300.0)]
    scene.feed(ResponseFinished("front", "r1", "completed"))
    assert scene.after(1.0, TimerExpired("silence")) == [StartTimer("silence", 300.0)]

    scene.after(600.0, TimerExpired("silence"))
    assert only(EndCall, scene.feed(TimerExpired("goodbye")))[0].code == 4408


def test_a_timer_that_was_stopped_means_nothing() -> None:
    """It may expire in the moment in which it is stopped."""
    scene = Scene()
    scene.open()

    assert scene.feed(TimerExpired("handoff"), TimerExpired("unheard of")) == []


def test_the_last_words_of_a_session_that_is_gone_mean_nothing() -> None:
    """They may still be on their way when it drops."""
    scene = Scene()
    scene.open()
    scene.feed(SessionLost("front", "reset"))

    assert scene.speech("front", "r1") == []


def test_an_unknown_timer_is_a_mistake_of_ours() -> None:
    """Every timer has its case."""
    scene = Scene()
    scene.call.state.out.timers.add("tea")

    with pytest.raises(KeyError, match="tea"):
        scene.feed(TimerExpired("tea"))


def test_illegal_phases_are_mistakes_of_ours() -> None:
    """The table names every legal move."""
    scene = Scene()

    with pytest.raises(AssertionError, match=r"OPENING to Phase.HANDING_OFF"):
        scene.call.state.move(Phase.HANDING_OFF)


def test_the_agent_with_the_caller_is_known() -> None:
    """The runner and the page ask for it."""
    scene = Scene()
    scene.open("billing")
    assert scene.call.agent == "front"
    scene.moved("front", "billing")
    assert scene.call.agent == "billing"


def test_what_goes_to_the_log_has_no_secrets() -> None:
    """The runner asks for it."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.feed(CallerJoined(variables={"account": "123456", "verified": True, "card": "4", "colour": "red"}))
    assert scene.call.state.variables.values() == {"account": "123456", "verified": None, "card": None}
    scene.call.state.variables.set("card", "4111222244443333", "take_card")

    assert scene.call.masked("bad card 4111222244443333") == "bad card [card]"
