"""Sessions that drop and come back."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core import renewal
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.recovery import STEADY, TRIES
from orchestrator.core.state import Phase
from orchestrator.core.wording import APOLOGIZE
from tests.core.scene import BILLING, FRONT, HELPDESK, TECH, Scene, alone, done, expired, only

FALLBACK = HELPDESK.replace("    warm: next\n", "    warm: next\n    fallback: [azure/spare, local]\n", 1)
LOOK = expired(TimerKind.ANSWER, FRONT)
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


def test_a_greeting_that_was_heard_is_not_the_answer_to_what_the_caller_says() -> None:
    """The session drops, or stops, before turn detection has answered them: they get an answer."""
    for event in (ev.SessionLost(FRONT, "gone"), expired(TimerKind.ANSWER, FRONT)):
        scene = Scene()
        scene.open()
        scene.feed(ev.CallerAsked())
        scene.answer("front", "r1", "Hello, this is Acme.")
        scene.turn("front", "i1", "I want a refund.")
        effects = scene.after(60, event, ev.SessionOpened(FRONT))

        (create,) = only(do.CreateResponse, effects)
        assert "instructions" not in create.options


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


def test_p22_a_response_that_never_begins_is_asked_again_on_a_new_session() -> None:
    """P22: ten seconds without `response.created`."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked())
    effects = scene.after(10.0, expired(TimerKind.ANSWER, FRONT))

    assert do.CloseSession(FRONT) in effects
    assert only(do.OpenSession, effects)
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


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


def answering(text: str = HELPDESK) -> Scene:
    """A call in which front has begun to answer the caller."""
    scene = Scene(text)
    scene.open()
    scene.turn("front", "i1", "Where is my order?")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    return scene


def reopened(scene: Scene) -> list[do.Effect]:
    """Let ten seconds go by and the session open again."""
    effects = scene.after(10.0, LOOK)
    assert do.CloseSession(FRONT) in effects
    return effects + scene.feed(*[ev.SessionOpened(FRONT)] * len(only(do.OpenSession, effects)))


def test_p47_a_response_that_stops_is_asked_for_again_on_a_new_session() -> None:
    """P47: cancelled, closed, opened, told what was said, asked; the caller's application sees its end."""
    scene = answering()
    effects = reopened(scene)

    assert do.CancelResponse(FRONT, "r1") in effects
    assert do.EndResponse("r1", "failed") in effects
    assert do.Announce("response.unheard", {"agent": "front", "reason": "timeout"}) in effects
    assert only(do.AddItem, effects)[0].item["content"][0]["text"] == "Where is my order?"
    assert len(only(do.CreateResponse, effects)) == 1


@pytest.mark.parametrize(
    "step",
    [
        ev.AudioProduced(FRONT, "r1", "i2", 20.0, "frame"),
        ev.TranscriptProduced(FRONT, "r1", "i2", "Your"),
        ev.ResponseProgressed(FRONT, "r1", {"type": "response.function_call_arguments.delta", "delta": '{"n'}),
        ev.ResponseProgressed(FRONT, "r1", {"type": "response.output_item.added"}),
    ],
    ids=["audio", "words", "arguments", "an item"],
)
def test_p47_a_response_that_goes_on_is_left_alone(step: ev.Event) -> None:
    """P47: ten seconds count from the last step; then it has stopped halfway."""
    scene = answering()
    scene.after(6.0, step)

    assert scene.after(4.0, LOOK) == [do.StartTimer(Timer(TimerKind.ANSWER, FRONT), 6.0)]
    assert do.CloseSession(FRONT) in scene.after(6.0, LOOK)


@pytest.mark.parametrize(
    "step",
    [
        ev.AudioProduced(FRONT, "r1", "i2", 0.0, "frame"),
        ev.TranscriptProduced(FRONT, "r1", "i2", ""),
        ev.ResponseProgressed(FRONT, "r1", {"type": "response.function_call_arguments.delta", "delta": ""}),
        ev.AudioProduced(FRONT, "r0", "i0", 20.0, "late"),
        ev.TranscriptProduced(FRONT, "r0", "i0", "late"),
        ev.ResponseProgressed(FRONT, "r0", {"type": "response.output_item.added"}),
        ev.SessionReported(FRONT, {"type": "rate_limits.updated"}),
    ],
    ids=["no audio", "no words", "no arguments", "old audio", "old words", "an old item", "other news"],
)
def test_p47_what_is_empty_or_about_another_response_is_no_progress(step: ev.Event) -> None:
    """P47: a service may send deltas with nothing in them for ever."""
    scene = answering()
    scene.after(6.0, step)

    assert do.CloseSession(FRONT) in scene.after(4.0, LOOK)


def test_p47_an_answer_that_was_heard_and_has_no_end_is_not_asked_for_again() -> None:
    """P47: `response.done` was lost: the caller's application gets one, and a session that works takes over."""
    scene = answering()
    scene.feed(ev.ResponseProgressed(FRONT, "r1", {"type": "response.output_item.added"}))
    scene.feed(ev.AudioProduced(FRONT, "r1", "i2", 400.0, "frame"))
    scene.feed(ev.ResponseProgressed(FRONT, "r1", {"type": "response.output_item.done"}))
    effects = reopened(scene)

    assert only(do.EndResponse, effects) == [do.EndResponse("r1", "completed")]
    assert not only(do.CreateResponse, effects)


def test_p47_a_tool_is_waited_for_although_the_response_that_called_it_has_no_end() -> None:
    """P47: the agent goes on with its result, on a new session."""
    scene = answering()
    scene.function("front", "r1", "find_order")
    assert not only(do.CreateResponse, reopened(scene))
    assert only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped")))

    scene = answering()
    scene.function("front", "r1", "find_order")
    scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped"))
    effects = reopened(scene)
    assert len(only(do.CreateResponse, effects)) == 1
    assert "response.unheard" not in [effect.name for effect in only(do.Announce, effects)]


def test_p47_a_response_that_was_cancelled_and_has_no_end_is_not_asked_for_again() -> None:
    """P47: nobody wanted it any more; the session is of no use."""
    scene = answering()
    scene.feed(ev.CallerInterrupted())

    assert not only(do.CreateResponse, reopened(scene))


def test_p47_a_turn_that_turn_detection_does_not_answer_is_answered() -> None:
    """P47: it was committed, and nothing has come of it."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")

    assert len(only(do.CreateResponse, reopened(scene))) == 1


def test_p47_a_response_of_an_agent_without_the_caller_that_has_no_end_is_nobodys_answer() -> None:
    """P47: its session is opened again ahead of need, and asked nothing."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(BILLING, "r1"))
    effects = scene.after(10.0, expired(TimerKind.ANSWER, BILLING))

    assert do.StartTimer(Timer(TimerKind.REOPEN, BILLING), 5.0) in effects
    assert "response.unheard" not in [effect.name for effect in only(do.Announce, effects)]


def test_a_session_that_waits_for_nothing_is_left_alone() -> None:
    """Its answer is complete."""
    scene = answering()
    scene.feed(*done(FRONT, "r1"))

    assert scene.after(10.0, LOOK) == []


def test_p47_models_are_tried_one_after_the_other_then_the_agent_apologises() -> None:
    """P47: each is asked twice; when the apology is not heard either, nothing more is asked before the next turn."""
    scene, models = answering(FALLBACK), []
    for _ in range(5):
        effects = reopened(scene)
        models.append(scene.call.state.active.model)
        assert only(do.CreateResponse, effects)[0].options == {"output_modalities": ["audio"]}
        assert not only(do.Refuse, effects)
    assert models == [0, 1, 1, 2, 2]
    effects = scene.after(10.0, LOOK) + scene.feed(expired(TimerKind.REOPEN, FRONT), ev.SessionOpened(FRONT))
    assert only(do.Refuse, effects)[0].code == "server_error"
    assert only(do.CreateResponse, effects)[0].extra == APOLOGIZE
    scene.after(10.0, LOOK)
    assert not only(do.CreateResponse, scene.feed(expired(TimerKind.REOPEN, FRONT), ev.SessionOpened(FRONT)))

    assert scene.call.state.phase is Phase.TALKING
    assert scene.call.state.active.response.missed == 0


def test_p47_a_model_that_takes_long_to_open_is_tried_twice() -> None:
    """P47: five times ten seconds would be silence."""
    scene = Scene(FALLBACK)
    scene.open()
    slow = ev.SessionLost(FRONT, "no answer", "timeout")
    assert only(do.OpenSession, scene.feed(slow))[0].model == 0

    assert only(do.OpenSession, scene.feed(slow))[0].model == 1


def test_p47_a_service_that_is_busy_with_nothing_known_is_given_up() -> None:
    """P47: it refuses each response as the second one, for ten seconds."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r0")
    scene.feed(ev.ResponseProgressed(FRONT, "r0", {"type": "response.output_item.done"}))
    scene.function("front", "r0", "nonsense")
    for _ in range(9):
        scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
        assert only(do.CreateResponse, scene.after(1.0, expired(TimerKind.OWED, FRONT)))
    effects = scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))

    assert do.CloseSession(FRONT) in effects
    assert "response.unheard" in [effect.name for effect in only(do.Announce, effects)]
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


def test_p47_what_the_caller_asks_of_such_a_service_is_not_refused() -> None:
    """P47: no response has begun, so that what they ask for is the only one; it is tried again."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked({}, "e1"))
    effects = scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
    assert not only(do.Refuse, effects)

    assert only(do.CreateResponse, scene.after(1.0, expired(TimerKind.OWED, FRONT)))[0].event_id == "e1"


def test_p47_a_session_that_was_renewed_is_watched_too() -> None:
    """P47: the successor goes by the name of the one before."""
    scene = answering()
    scene.feed(*done(FRONT, "r1"), ev.SessionOpened(FRONT))
    renewal.begin(scene.call.state, "front")
    scene.feed(ev.SessionOpened(SessionId("front", SessionKind.SUCCESSOR, 1)), ev.CallerAsked())

    assert len(only(do.CreateResponse, reopened(scene))) == 1


# --- turns without an end ---


def speaking(*frames: str) -> Scene:
    """A call in which the caller has begun to speak; these frames of half a second follow."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SpeechStarted(FRONT, "i1"), *(ev.CallerSpoke(frame, 500.0) for frame in frames))
    return scene


def test_p47_a_turn_without_an_end_is_answered_when_the_microphone_is_muted() -> None:
    """P47: the same frame for five seconds is no speech; the next session hears the turn, and answers."""
    scene = speaking("word", *["zeros"] * 10)
    effects = reopened(scene)

    assert [effect.frame for effect in only(do.SendAudio, effects)] == ["word", *["zeros"] * 10]
    assert do.CommitAudio(FRONT) in effects
    assert len(only(do.CreateResponse, effects)) == 1


def test_p47_a_turn_without_an_end_is_answered_when_no_audio_comes_any_more() -> None:
    """P47: the service finds no end, because there is nothing to hear."""
    assert only(do.CreateResponse, reopened(speaking()))
    scene = speaking("word", "another")
    again = alone(do.StartTimer, scene.after(10.0, LOOK))
    assert again.seconds == 10.0

    assert do.CommitAudio(FRONT) in reopened(scene)


def test_p47_a_turn_that_has_just_begun_is_not_ended_because_its_audio_came_at_once() -> None:
    """P47: ten seconds count from its beginning, also when the session was watched for something else before."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r0")
    scene.after(9.0, ev.SpeechStarted(FRONT, "i1"))

    assert scene.after(1.0, LOOK) == [do.StartTimer(Timer(TimerKind.ANSWER, FRONT), 9.0)]


def test_p47_a_caller_who_goes_on_speaking_is_heard_for_a_minute() -> None:
    """P47: nobody cuts them short; what is no speech after all ends too. A second start is the same turn."""
    scene = speaking("0")
    for number in range(5):
        scene.feed(ev.CallerSpoke(f"more {number}", 500.0), ev.SpeechStarted(FRONT, "i1"))
        assert [type(effect) for effect in scene.after(10.0, LOOK)] == [do.StartTimer]
    scene.feed(ev.CallerSpoke("last", 500.0))

    assert do.CommitAudio(FRONT) in reopened(scene)


def test_p47_a_turn_that_has_ended_and_is_not_committed_is_answered() -> None:
    """P47: `speech_stopped` came, and nothing more."""
    scene = speaking("word")
    scene.feed(ev.SpeechStopped(FRONT, "i1"), ev.CallerSpoke("noise", 500.0))

    assert do.CommitAudio(FRONT) in reopened(scene)


def test_p47_words_nobody_knows_are_heard_by_each_new_session() -> None:
    """P47: the second one may stop too."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SpeechStarted(FRONT, "i1"), ev.CallerSpoke("f1", 400.0), ev.TurnCommitted(FRONT, "i1"))
    for item in ("i2", "i3"):
        effects = reopened(scene) + scene.feed(expired(TimerKind.REOPEN, FRONT), ev.SessionOpened(FRONT))
        assert [effect.frame for effect in only(do.SendAudio, effects)] == ["f1"]
        scene.feed(ev.TurnCommitted(FRONT, item))
