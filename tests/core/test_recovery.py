"""Sessions that drop and come back."""

from __future__ import annotations

import pytest

from orchestrator.core.effects import (
    AddItem,
    Announce,
    CloseSession,
    CommitAudio,
    CreateResponse,
    EndCall,
    EndResponse,
    OpenSession,
    PlayAudio,
    SendAudio,
    StartTimer,
)
from orchestrator.core.events import (
    CallerAsked,
    CallerInterrupted,
    CallerJoined,
    CallerSpoke,
    Event,
    ResponseFinished,
    ResponseStarted,
    SessionLost,
    SessionOpened,
    SpeechStarted,
    TimerExpired,
    TurnCommitted,
    TurnTranscribed,
)
from orchestrator.core.recovery import STEADY, TRIES
from orchestrator.core.state import Phase
from tests.core.scene import Scene, only

LOST = SessionLost("front", "reset by peer")


def test_p32_a_session_that_drops_is_opened_again_and_the_cut_reply_is_asked_again() -> None:
    """P32: the caller meets no silence; the new session knows what was said."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1", "Where is my order?")
    scene.speech("front", "r1", "Your order")

    effects = scene.feed(LOST)
    assert EndResponse("r1", "failed") in effects
    assert only(OpenSession, effects)
    assert scene.call.phase is Phase.RECOVERING

    effects = scene.feed(SessionOpened("front"))
    items = [(item.item["role"], item.item["content"][0]["text"]) for item in only(AddItem, effects)]
    assert items[:2] == [("user", "Where is my order?"), ("assistant", "Your order")]
    assert "dropped while you were answering" in items[2][1]
    assert only(CreateResponse, effects)
    assert Announce("session.restored", {"agent": "front"}) in effects


def test_a_turn_that_was_not_answered_is_asked_again() -> None:
    """The session dropped between the caller's words and the reply."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1", "Where is my order?")
    scene.feed(LOST)

    assert only(CreateResponse, scene.feed(SessionOpened("front")))


def test_words_nobody_knows_yet_are_heard_again() -> None:
    """A turn without a transcript is replayed to the new session and committed there."""
    scene = Scene()
    scene.open()
    scene.feed(SpeechStarted("front", "i1"), CallerSpoke("f1", 20.0), CallerSpoke("f2", 20.0))
    scene.feed(TurnCommitted("front", "i1"), CallerSpoke("f3", 20.0), LOST, CallerSpoke("f4", 20.0))
    effects = scene.feed(SessionOpened("front"))

    assert [effect.frame for effect in only(SendAudio, effects)] == ["f1", "f2", "f3", "f4"]
    assert effects.index(CommitAudio("front")) == effects.index(SendAudio("front", "f2")) + 1
    assert only(CreateResponse, effects)


def test_half_a_sentence_is_not_lost() -> None:
    """The session drops while the caller speaks: the new one hears the turn from its start."""
    scene = Scene()
    scene.open()
    scene.feed(SpeechStarted("front", "i1"), CallerSpoke("f1", 400.0), CallerSpoke("f2", 400.0), LOST)
    effects = scene.feed(SessionOpened("front"))

    assert [effect.frame for effect in only(SendAudio, effects)] == ["f1", "f2"]
    assert only(CreateResponse, effects) == []


def test_a_quiet_session_that_drops_comes_back_quietly() -> None:
    """Nothing was owed, nothing is asked."""
    scene = Scene()
    scene.open()
    scene.feed(LOST)

    assert only(CreateResponse, scene.feed(SessionOpened("front"))) == []


def test_a_greeting_that_was_cut_is_spoken_again() -> None:
    """Nobody has said anything yet: there is nothing to tell the new session."""
    scene = Scene()
    scene.open()
    scene.feed(CallerAsked(), LOST)
    effects = scene.feed(SessionOpened("front"))

    assert only(AddItem, effects) == []
    assert only(CreateResponse, effects)[0].options["instructions"].startswith("Say exactly")


def test_pauses_grow_and_the_call_ends_with_a_reason() -> None:
    """At once, then after 0.5, 1, 2 s; then the caller is told."""
    scene = Scene()
    scene.open()
    assert only(OpenSession, scene.feed(LOST))
    for pause in [0.5, 1.0, 2.0]:
        assert StartTimer("reopen:front", pause) in scene.feed(LOST)
        assert only(OpenSession, scene.after(pause, TimerExpired("reopen:front")))
    effects = scene.feed(LOST)

    assert TRIES == 5
    assert only(EndCall, effects) == [EndCall(4500, "the agent 'front' cannot be reached")]


def test_a_fatal_loss_is_not_tried_again() -> None:
    """A wrong key stays wrong; the caller is told at once."""
    scene = Scene()
    scene.feed(CallerJoined())
    effects = scene.feed(SessionLost("front", "the key is not valid", "invalid_api_key", fatal=True))

    assert only(EndCall, effects) == [EndCall(4500, "the agent 'front' cannot be reached")]


def test_a_first_session_that_does_not_open_at_once_is_tried_again() -> None:
    """The call stays in OPENING and what the caller says is held."""
    scene = Scene()
    scene.feed(CallerJoined(), CallerSpoke("f1", 20.0))
    assert only(OpenSession, scene.feed(LOST))
    assert scene.call.phase is Phase.OPENING

    assert SendAudio("front", "f1") in scene.feed(SessionOpened("front"))


def test_a_warm_session_that_drops_is_opened_again_later_and_not_for_ever() -> None:
    """Nobody waits for it: three tries, five seconds apart."""
    scene = Scene()
    scene.open("billing")
    for _ in range(3):
        assert StartTimer("reopen:billing", 5.0) in scene.feed(SessionLost("billing", "reset"))
        assert only(OpenSession, scene.after(5.0, TimerExpired("reopen:billing")))
    assert only(StartTimer, scene.feed(SessionLost("billing", "reset"))) == []

    scene.feed(SessionLost("tech", "no key", "invalid_api_key", fatal=True))
    assert scene.call.phase is Phase.TALKING


def test_losing_a_session_twice_is_one_loss() -> None:
    """The second report means nothing."""
    scene = Scene()
    scene.open()
    scene.feed(LOST, LOST)

    assert scene.feed(LOST) == []
    assert scene.call.state.active.failures == 2
    assert scene.feed(SessionOpened("front")) == []


def test_a_farewell_that_breaks_off_gives_way() -> None:
    """The source drops while its last words play: its response is closed, the target is heard."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2")
    effects = scene.feed(LOST)

    assert effects.index(EndResponse("r1", "failed")) < effects.index(PlayAudio("item_r2", "audio r2"))


def test_an_agent_whose_session_was_away_is_told_what_it_knew() -> None:
    """It had the caller before: what it was told, then its own talk as it was; the next briefing tells the rest."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ResponseFinished("billing", "opening_fc1", "completed"))
    scene.turn("billing", "i1", "It says 40.")
    scene.turn("billing", "i2", "Back please.")
    scene.transfer("billing", "front", call_id="fc2")
    scene.feed(ResponseStarted("front", "r3"))
    scene.feed(SessionLost("billing", "reset"), TimerExpired("reopen:billing"))
    effects = scene.feed(SessionOpened("billing"))

    briefing, *own = (item.item for item in only(AddItem, effects))
    assert briefing["role"] == "system"
    assert [item["id"] for item in own] == ["i1", "i2"]


@pytest.mark.parametrize("begun", [False, True])
def test_p22_a_response_that_never_begins_is_asked_again_then_the_session_is_given_up(begun: bool) -> None:
    """P22: eight seconds without `response.created`, twice; then a new session."""
    scene = Scene()
    scene.open()
    scene.feed(CallerAsked())
    assert only(CreateResponse, scene.after(8.0, TimerExpired("answer:front")))
    if begun:
        scene.feed(ResponseStarted("front", "r1"))
        assert scene.feed(TimerExpired("answer:front")) == []
        return
    effects = scene.after(8.0, TimerExpired("answer:front"))

    assert CloseSession("front") in effects
    assert StartTimer("reopen:front", 0.5 * 2) in effects or only(OpenSession, effects)


@pytest.mark.parametrize("stopped", [CallerInterrupted("r1"), SpeechStarted("front", "i2")], ids=["cancel", "barge-in"])
def test_a_reply_that_the_caller_stopped_is_not_asked_again(stopped: Event) -> None:
    """They did not want the rest of it."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    scene.speech("front", "r1")
    scene.feed(stopped, LOST)

    assert not only(CreateResponse, scene.feed(SessionOpened("front")))


def test_the_transcript_of_one_turn_does_not_let_go_of_the_next() -> None:
    """The session drops before the words of the second turn are known: they are heard again."""
    scene = Scene()
    scene.open()
    for number in (1, 2):
        scene.feed(SpeechStarted("front", f"i{number}"), CallerSpoke(f"turn {number}", 20.0))
        scene.feed(TurnCommitted("front", f"i{number}"))
    scene.feed(TurnTranscribed("front", "i1", "The first."), LOST)

    assert only(SendAudio, scene.feed(SessionOpened("front"))) == [SendAudio("front", "turn 2")]


def test_a_session_that_drops_now_and_then_is_opened_again_each_time() -> None:
    """What counts is failures in a row, not in a call; of a warm session too."""
    scene = Scene()
    scene.open("billing")
    for _ in range(2 * TRIES):
        scene.after(STEADY, SessionLost("billing", "idle"), TimerExpired("reopen:billing"), SessionOpened("billing"))
        effects = scene.feed(LOST, SessionOpened("front"))
        assert Announce("session.restored", {"agent": "front"}) in effects
    assert scene.call.state.sessions["billing"].ready
