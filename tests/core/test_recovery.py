"""Sessions that drop and come back."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.recovery import STEADY, TRIES
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, TECH, Scene, expired, only

LOST = ev.SessionLost(FRONT, "reset by peer")


def test_p32_a_session_that_drops_is_opened_again_and_the_cut_reply_is_asked_again() -> None:
    """P32: the caller meets no silence; the new session knows what was said."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1", "Where is my order?")
    scene.speech("front", "r1", "Your order")

    effects = scene.feed(LOST)
    assert do.EndResponse("r1", "failed") in effects
    assert only(do.OpenSession, effects)
    assert scene.call.state.phase is Phase.RECOVERING

    effects = scene.feed(ev.SessionOpened(FRONT))
    items = [(item.item["role"], item.item["content"][0]["text"]) for item in only(do.AddItem, effects)]
    assert items[:2] == [("user", "Where is my order?"), ("assistant", "Your order")]
    assert "dropped while you were answering" in items[2][1]
    assert only(do.CreateResponse, effects)
    assert do.Announce("session.restored", {"agent": "front"}) in effects


def test_a_turn_that_was_not_answered_is_asked_again() -> None:
    """The session dropped between the caller's words and the reply."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1", "Where is my order?")
    scene.feed(LOST)

    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


def test_words_nobody_knows_yet_are_heard_again() -> None:
    """A turn without a transcript is replayed to the new session and committed there."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SpeechStarted(FRONT, "i1"), ev.CallerSpoke("f1", 20.0), ev.CallerSpoke("f2", 20.0))
    scene.feed(ev.TurnCommitted(FRONT, "i1"), ev.CallerSpoke("f3", 20.0), LOST, ev.CallerSpoke("f4", 20.0))
    effects = scene.feed(ev.SessionOpened(FRONT))

    assert [effect.frame for effect in only(do.SendAudio, effects)] == ["f1", "f2", "f3", "f4"]
    assert effects.index(do.CommitAudio(FRONT)) == effects.index(do.SendAudio(FRONT, "f2")) + 1
    assert only(do.CreateResponse, effects)


def test_half_a_sentence_is_not_lost() -> None:
    """The session drops while the caller speaks: the new one hears the turn from its start."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SpeechStarted(FRONT, "i1"), ev.CallerSpoke("f1", 400.0), ev.CallerSpoke("f2", 400.0), LOST)
    effects = scene.feed(ev.SessionOpened(FRONT))

    assert [effect.frame for effect in only(do.SendAudio, effects)] == ["f1", "f2"]
    assert only(do.CreateResponse, effects) == []


def test_a_quiet_session_that_drops_comes_back_quietly() -> None:
    """Nothing was owed, nothing is asked."""
    scene = Scene()
    scene.open()
    scene.feed(LOST)

    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT))) == []


def test_a_greeting_that_was_cut_is_spoken_again() -> None:
    """Nobody has said anything yet: there is nothing to tell the new session."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked(), LOST)
    effects = scene.feed(ev.SessionOpened(FRONT))

    assert only(do.AddItem, effects) == []
    assert only(do.CreateResponse, effects)[0].options["instructions"].startswith("Say exactly")


def test_pauses_grow_and_the_call_ends_with_a_reason() -> None:
    """At once, then after 0.5, 1, 2 s; then the caller is told."""
    scene = Scene()
    scene.open()
    assert only(do.OpenSession, scene.feed(LOST))
    for pause in [0.5, 1.0, 2.0]:
        assert do.StartTimer(Timer(TimerKind.REOPEN, FRONT), pause) in scene.feed(LOST)
        assert only(do.OpenSession, scene.after(pause, expired(TimerKind.REOPEN, FRONT)))
    effects = scene.feed(LOST)

    assert TRIES == 5
    assert only(do.EndCall, effects) == [do.EndCall(ev.Ending.UNREACHABLE, "the agent 'front' cannot be reached")]


def test_a_fatal_loss_is_not_tried_again() -> None:
    """A wrong key stays wrong; the caller is told at once."""
    scene = Scene()
    scene.feed(ev.CallerJoined())
    effects = scene.feed(ev.SessionLost(FRONT, "the key is not valid", "invalid_api_key", fatal=True))

    assert only(do.EndCall, effects) == [do.EndCall(ev.Ending.UNREACHABLE, "the agent 'front' cannot be reached")]


def test_a_first_session_that_does_not_open_at_once_is_tried_again() -> None:
    """The call stays in OPENING and what the caller says is held."""
    scene = Scene()
    scene.feed(ev.CallerJoined(), ev.CallerSpoke("f1", 20.0))
    assert only(do.OpenSession, scene.feed(LOST))
    assert scene.call.state.phase is Phase.OPENING

    assert do.SendAudio(FRONT, "f1") in scene.feed(ev.SessionOpened(FRONT))


def test_a_warm_session_that_drops_is_opened_again_later_and_not_for_ever() -> None:
    """Nobody waits for it: three tries, five seconds apart."""
    scene = Scene()
    scene.open("billing")
    for _ in range(3):
        assert do.StartTimer(Timer(TimerKind.REOPEN, BILLING), 5.0) in scene.feed(ev.SessionLost(BILLING, "reset"))
        assert only(do.OpenSession, scene.after(5.0, expired(TimerKind.REOPEN, BILLING)))
    assert only(do.StartTimer, scene.feed(ev.SessionLost(BILLING, "reset"))) == []

    scene.feed(ev.SessionLost(TECH, "no key", "invalid_api_key", fatal=True))
    assert scene.call.state.phase is Phase.TALKING


def test_losing_a_session_twice_is_one_loss() -> None:
    """The second report means nothing."""
    scene = Scene()
    scene.open()
    scene.feed(LOST, LOST)

    assert scene.feed(LOST) == []
    assert scene.call.state.active.failures == 2
    assert scene.feed(ev.SessionOpened(FRONT)) == []


def test_a_farewell_that_breaks_off_gives_way() -> None:
    """The source drops while its last words play: its response is closed, the target is heard."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2")
    effects = scene.feed(LOST)

    assert effects.index(do.EndResponse("r1", "failed")) < effects.index(do.PlayAudio("item_r2", "audio r2"))


def test_an_agent_whose_session_was_away_is_told_what_it_knew() -> None:
    """It had the caller before: what it was told, then its own talk as it was; the next briefing tells the rest."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    scene.turn("billing", "i1", "It says 40.")
    scene.turn("billing", "i2", "Back please.")
    scene.transfer("billing", "front", call_id="fc2")
    scene.feed(ev.ResponseStarted(FRONT, "r3"))
    scene.feed(ev.SessionLost(BILLING, "reset"), expired(TimerKind.REOPEN, BILLING))
    effects = scene.feed(ev.SessionOpened(BILLING))

    briefing, *own = (item.item for item in only(do.AddItem, effects))
    assert briefing["role"] == "system"
    assert [item["id"] for item in own] == ["i1", "i2"]


@pytest.mark.parametrize("begun", [False, True])
def test_p22_a_response_that_never_begins_is_asked_again_then_the_session_is_given_up(begun: bool) -> None:
    """P22: eight seconds without `response.created`, twice; then a new session."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked())
    assert only(do.CreateResponse, scene.after(8.0, expired(TimerKind.ANSWER, FRONT)))
    if begun:
        scene.feed(ev.ResponseStarted(FRONT, "r1"))
        assert scene.feed(expired(TimerKind.ANSWER, FRONT)) == []
        return
    effects = scene.after(8.0, expired(TimerKind.ANSWER, FRONT))

    assert do.CloseSession(FRONT) in effects
    assert do.StartTimer(Timer(TimerKind.REOPEN, FRONT), 0.5 * 2) in effects or only(do.OpenSession, effects)


@pytest.mark.parametrize(
    "stopped", [ev.CallerInterrupted("r1"), ev.SpeechStarted(FRONT, "i2")], ids=["cancel", "barge-in"]
)
def test_a_reply_that_the_caller_stopped_is_not_asked_again(stopped: ev.Event) -> None:
    """They did not want the rest of it."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    scene.speech("front", "r1")
    scene.feed(stopped, LOST)

    assert not only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


def test_the_transcript_of_one_turn_does_not_let_go_of_the_next() -> None:
    """The session drops before the words of the second turn are known: they are heard again."""
    scene = Scene()
    scene.open()
    for number in (1, 2):
        scene.feed(ev.SpeechStarted(FRONT, f"i{number}"), ev.CallerSpoke(f"turn {number}", 20.0))
        scene.feed(ev.TurnCommitted(FRONT, f"i{number}"))
    scene.feed(ev.TurnTranscribed(FRONT, "i1", "The first."), LOST)

    assert only(do.SendAudio, scene.feed(ev.SessionOpened(FRONT))) == [do.SendAudio(FRONT, "turn 2")]


def test_a_session_that_drops_now_and_then_is_opened_again_each_time() -> None:
    """What counts is failures in a row, not in a call; of a warm session too."""
    scene = Scene()
    scene.open("billing")
    for _ in range(2 * TRIES):
        scene.after(
            STEADY,
            ev.SessionLost(BILLING, "idle"),
            expired(TimerKind.REOPEN, BILLING),
            ev.SessionOpened(BILLING),
        )
        effects = scene.feed(LOST, ev.SessionOpened(FRONT))
        assert do.Announce("session.restored", {"agent": "front"}) in effects
    assert scene.call.state.sessions.own["billing"].ready
