"""Sessions that are replaced before their provider ends them, and models to fall back on."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.state import Phase
from tests.core.scene import (
    BILLING,
    FRONT,
    HELPDESK,
    STOCK,
    TEAMWORK,
    TEAMWORK_TOOLS,
    TECH,
    VERIFY,
    Scene,
    done,
    expired,
    only,
)

NEXT = SessionId("front", SessionKind.SUCCESSOR, 1)
FALLBACK = HELPDESK.replace("    warm: next\n", "    warm: next\n    fallback: [azure/gpt-realtime, local]\n")


def old(text: str = HELPDESK) -> Scene:
    """A call whose first session is about to be renewed, with something said."""
    scene = Scene(text)
    scene.feed(ev.CallerJoined(), ev.SessionOpened(FRONT, 3600.0), ev.SessionOpened(BILLING, 3600.0))
    scene.turn("front", "i1", "Where is my order?")
    scene.answer("front", "r1", "On its way.")
    return scene


def test_sessions_are_renewed_before_their_end_one_after_the_other() -> None:
    """Two minutes before, and earlier for each agent; a short life is used for half at least."""
    scene = Scene()
    effects = scene.feed(ev.CallerJoined(), ev.SessionOpened(FRONT, 3600.0), ev.SessionOpened(BILLING, 3600.0))
    effects += scene.feed(ev.SessionOpened(TECH), ev.SessionOpened(STOCK, 100.0))
    renewals = [effect for effect in only(do.StartTimer, effects) if effect.timer.kind is TimerKind.RENEW]

    assert renewals == [
        do.StartTimer(Timer(TimerKind.RENEW, "front"), 3480.0),
        do.StartTimer(Timer(TimerKind.RENEW, "billing"), 3460.0),
        do.StartTimer(Timer(TimerKind.RENEW, "stock"), 50.0),
    ]


def test_p31_the_successor_is_ready_before_the_old_session_goes() -> None:
    """P31: make before break; it knows what was said, has the last moment of audio, and nobody speaks for it."""
    scene = old()
    scene.feed(ev.CallerSpoke("f1", 20.0))
    assert only(do.OpenSession, scene.feed(expired(TimerKind.RENEW, "front")))[0].session == NEXT
    effects = scene.feed(ev.SessionOpened(NEXT, 3600.0))

    assert do.ReplaceSession(FRONT, NEXT) in effects
    said = [effect.item["content"][0]["text"] for effect in only(do.AddItem, effects)]
    assert said == ["Where is my order?", "On its way."]
    assert all(effect.session.agent == "front" for effect in only(do.AddItem, effects))
    assert only(do.SendAudio, effects) == [do.SendAudio(FRONT, "f1")]
    assert not only(do.CreateResponse, effects)
    assert do.Announce("session.renewed", {"agent": "front"}) in effects
    assert do.StartTimer(Timer(TimerKind.RENEW, "front"), 3480.0) in effects
    assert only(do.SendAudio, scene.feed(ev.CallerSpoke("f2", 20.0))) == [do.SendAudio(FRONT, "f2")]


def test_a_session_without_transcription_is_renewed_too() -> None:
    """No transcript of the caller's last words will come: nothing is to be waited for."""
    scene = old()
    scene.feed(ev.CallerConfigured(ev.CallerSettings(session={"audio": {"input": {"transcription": None}}})))
    scene.feed(ev.SpeechStarted(FRONT, "i2"), ev.TurnCommitted(FRONT, "i2"), ev.ResponseStarted(FRONT, "r2"))
    scene.feed(*done(FRONT, "r2"), expired(TimerKind.RENEW, "front"))

    assert do.ReplaceSession(FRONT, NEXT) in scene.feed(ev.SessionOpened(NEXT))


def test_what_was_configured_meanwhile_holds_for_the_successor() -> None:
    """Settings that change while it waits are told to it."""
    scene = old()
    scene.feed(ev.ResponseStarted(FRONT, "r2"), expired(TimerKind.RENEW, "front"), ev.SessionOpened(NEXT))
    scene.feed(ev.CallerConfigured(ev.CallerSettings(instructions="Be brief.")))
    scene.feed(*done(FRONT, "r2"))

    effects = scene.feed(expired(TimerKind.LOOK, "front"))
    assert do.ReplaceSession(FRONT, NEXT) in effects
    assert scene.call.state.sessions.own["front"].configured == scene.call.state.configuration(scene.call.state.active)
    assert not only(do.ConfigureSession, effects)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([ev.ResponseStarted(FRONT, "r2")], done(FRONT, "r2")),
        (
            [ev.SpeechStarted(FRONT, "i2")],
            [
                ev.TurnCommitted(FRONT, "i2"),
                ev.TurnTranscribed(FRONT, "i2", "Yes."),
                ev.ResponseStarted(FRONT, "r2"),
                *done(FRONT, "r2"),
            ],
        ),
    ],
    ids=["speaking", "hearing"],
)
def test_a_quiet_moment_is_awaited(before: list[ev.SpeechStarted], after: list[ev.SpeechStarted]) -> None:
    """No words are cut."""
    scene = old()
    scene.feed(*before, expired(TimerKind.RENEW, "front"))
    assert scene.feed(ev.SessionOpened(NEXT)) == [do.StartTimer(Timer(TimerKind.LOOK, "front"), 0.5)]
    assert scene.feed(expired(TimerKind.LOOK, "front")) == [do.StartTimer(Timer(TimerKind.LOOK, "front"), 0.5)]
    scene.feed(*after)

    assert only(do.ReplaceSession, scene.feed(expired(TimerKind.LOOK, "front")))


def test_the_end_of_a_tool_is_awaited() -> None:
    """Nor is work cut."""
    scene = old()
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    scene.function("front", "r2", "find_order")
    scene.feed(expired(TimerKind.RENEW, "front"), ev.SessionOpened(NEXT))
    scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    assert scene.feed(expired(TimerKind.LOOK, "front")) == [do.StartTimer(Timer(TimerKind.LOOK, "front"), 0.5)]
    scene.feed(ev.ToolReturned(scene.ours("fc1"), "ok"))
    scene.feed(ev.ResponseStarted(FRONT, "r3"), *done(FRONT, "r3"))

    assert only(do.ReplaceSession, scene.feed(expired(TimerKind.LOOK, "front")))


def test_neither_end_of_a_handoff_is_renewed_nor_a_farewell() -> None:
    """The caller is moving."""
    scene = old()
    scene.transfer("front", "billing")
    scene.feed(expired(TimerKind.RENEW, "front"), expired(TimerKind.RENEW, "billing"))
    for name in (NEXT, SessionId("billing", SessionKind.SUCCESSOR, 2)):
        assert not only(do.ReplaceSession, scene.feed(ev.SessionOpened(name)))
    scene.feed(ev.ResponseStarted(BILLING, "r2"), *done(BILLING, "r2"))
    assert not only(do.ReplaceSession, scene.feed(expired(TimerKind.LOOK, "front")))
    assert only(do.ReplaceSession, scene.feed(expired(TimerKind.LOOK, "billing")))
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))

    assert only(do.ReplaceSession, scene.feed(expired(TimerKind.LOOK, "front")))


def test_a_warm_session_is_renewed_too() -> None:
    """It is told nothing: its agent has not had the caller."""
    scene = old()
    scene.feed(expired(TimerKind.RENEW, "billing"))
    effects = scene.feed(ev.SessionOpened(SessionId("billing", SessionKind.SUCCESSOR, 1), 3600.0))

    assert do.ReplaceSession(BILLING, SessionId("billing", SessionKind.SUCCESSOR, 1)) in effects
    assert not only(do.AddItem, effects)
    assert not only(do.SendAudio, effects)


def test_a_successor_knows_no_more_than_the_edge_let_travel() -> None:
    """With `context: none` the agent was told who hands over and why, and so is its new session."""
    scene = old(HELPDESK.replace("{when: broken things, opening: greet}", "{context: none}"))
    scene.feed(ev.SessionOpened(TECH, 3600.0))
    scene.moved("front", "tech")
    scene.feed(*done(TECH, "opening_fc1"), expired(TimerKind.RENEW, "tech"))
    effects = scene.feed(ev.SessionOpened(SessionId("tech", SessionKind.SUCCESSOR, 1), 3600.0))

    assert do.ReplaceSession(TECH, SessionId("tech", SessionKind.SUCCESSOR, 1)) in effects
    (told,) = [effect.item["content"][0]["text"] for effect in only(do.AddItem, effects)]
    assert "handed to you by front" in told
    assert "Where is my order?" not in told


def test_p31_a_turn_that_is_ended_by_hand_is_whole_on_the_successor() -> None:
    """P31: nobody says when the caller speaks, so all that was not committed is given to it."""
    scene = old()
    scene.feed(ev.CallerConfigured(ev.CallerSettings({"audio": {"input": {"turn_detection": None}}})))
    frames = [f"f{number}" for number in range(100)]
    scene.feed(*(ev.CallerSpoke(frame, 20.0) for frame in frames), expired(TimerKind.RENEW, "front"))
    effects = scene.feed(ev.SessionOpened(NEXT, 3600.0))

    assert only(do.SendAudio, effects) == [do.SendAudio(FRONT, frame) for frame in frames]


def test_a_successor_that_cannot_be_opened_is_tried_again() -> None:
    """The old session still lives; one whose successor drops keeps it."""
    scene = old()
    scene.feed(expired(TimerKind.RENEW, "front"))
    assert scene.feed(ev.SessionLost(NEXT, "busy")) == [do.StartTimer(Timer(TimerKind.RENEW, "front"), 10.0)]
    again = SessionId("front", SessionKind.SUCCESSOR, 2)
    assert only(do.OpenSession, scene.feed(expired(TimerKind.RENEW, "front")))[0].session == again
    assert scene.feed(ev.SessionLost(again, "no key", fatal=True)) == []


def test_a_session_that_drops_while_its_successor_opens_is_opened_again_like_any_other() -> None:
    """The renewal is given up; a timer that runs out late means nothing."""
    scene = old()
    scene.feed(ev.ResponseStarted(FRONT, "r2"), expired(TimerKind.RENEW, "front"), ev.SessionOpened(NEXT))
    effects = scene.feed(ev.SessionLost(FRONT, "session_expired"))
    assert do.CloseSession(NEXT) in effects
    assert do.StopTimer(Timer(TimerKind.LOOK, "front")) in effects
    assert only(do.OpenSession, effects)[0].session.agent == "front"
    scene.call.state.agenda.timers[Timer(TimerKind.RENEW, "front")] = 0.0

    assert scene.feed(expired(TimerKind.RENEW, "front")) == []


def test_a_successor_that_waits_too_long_is_replaced_itself() -> None:
    """It gets old too."""
    scene = old()
    scene.feed(ev.ResponseStarted(FRONT, "r2"), expired(TimerKind.RENEW, "front"), ev.SessionOpened(NEXT, 300.0))
    effects = scene.feed(expired(TimerKind.RENEW, "front"))

    assert effects.index(do.CloseSession(NEXT)) < effects.index(only(do.OpenSession, effects)[0])


def test_a_fatal_error_falls_back_on_the_next_model_and_the_call_is_kept() -> None:
    """One after the other; the caller is held meanwhile, and the agent knows what was said."""
    scene = old(FALLBACK)
    effects = scene.feed(ev.SessionLost(FRONT, "no quota", "insufficient_quota", fatal=True))
    assert [(effect.session.agent, effect.model) for effect in only(do.OpenSession, effects)] == [("front", 1)]
    why = {"agent": "front", "model": "azure/gpt-realtime", "reason": "insufficient_quota"}
    assert do.Announce("session.fallback", why) in effects
    assert scene.call.state.phase is Phase.RECOVERING
    scene.feed(ev.CallerSpoke("f1", 20.0))
    effects = scene.feed(ev.SessionLost(FRONT, "no key", fatal=True))
    assert [(effect.session.agent, effect.model) for effect in only(do.OpenSession, effects)] == [("front", 2)]
    effects = scene.feed(ev.SessionOpened(FRONT))
    assert len(only(do.AddItem, effects)) == 2
    assert do.SendAudio(FRONT, "f1") in effects
    scene.feed(expired(TimerKind.RENEW, "front"))

    assert only(do.EndCall, scene.feed(ev.SessionLost(FRONT, "nothing is left", fatal=True)))


def test_a_session_that_cannot_be_opened_at_all_falls_back_too() -> None:
    """After its tries; of a handoff's target, of a warm session and of a consulted agent as well."""
    scene = Scene(FALLBACK)
    scene.feed(ev.CallerJoined())
    for _ in range(5):
        effects = scene.feed(ev.SessionLost(FRONT, "unreachable"))
        scene.feed(expired(TimerKind.REOPEN, FRONT))
    assert only(do.OpenSession, effects)[0].model == 1

    bank = Scene(TEAMWORK, TEAMWORK_TOOLS)
    bank.open("verify")
    bank.feed(ev.SessionLost(VERIFY, "no key", fatal=True))
    assert Timer(TimerKind.REOPEN, VERIFY) not in bank.call.state.agenda.timers


def test_a_handoffs_target_falls_back() -> None:
    """The caller still gets there."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open("verify")
    scene.moved("front", "verify")
    scene.transfer("verify", "front", call_id="fc2")
    scene.function("verify", "resp_fc2", "hand_back", '{"reason": "done"}', call_id="fc3")
    effects = scene.feed(ev.SessionLost(FRONT, "no key", fatal=True))

    assert [(effect.session.agent, effect.model) for effect in only(do.OpenSession, effects)] == [("front", 1)]


def test_a_warm_session_falls_back_in_its_own_time() -> None:
    """Nobody waits for it."""
    scene = Scene(FALLBACK.replace("handoffs: [front]\n  stock", "handoffs: [front, billing]\n  stock"))
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    effects = scene.feed(ev.SessionLost(FRONT, "no key", fatal=True))

    assert only(do.StartTimer, effects) == [do.StartTimer(Timer(TimerKind.REOPEN, FRONT), 5.0)]
    assert only(do.OpenSession, scene.feed(expired(TimerKind.REOPEN, FRONT)))[0].model == 1


def test_a_successor_that_speaks_unasked_is_not_heard() -> None:
    """It is told of the call, and asked, only when it takes over."""
    scene = old()
    scene.feed(ev.ResponseStarted(FRONT, "r2"), expired(TimerKind.RENEW, "front"), ev.SessionOpened(NEXT))

    assert (
        scene.feed(ev.ResponseStarted(NEXT, "r3"), ev.FunctionCalled(NEXT, "r3", "i", "fc1", "find_order", "{}")) == []
    )


def test_a_pause_of_the_old_session_does_not_hold_the_new_one() -> None:
    """The new one has the name of the old one, and owes nothing."""
    scene = old()
    scene.feed(ev.ResponseStarted(FRONT, "r2"), ev.ResponseFinished(FRONT, "r2", "failed"))
    scene.feed(ev.CallerInterrupted(), expired(TimerKind.RENEW, "front"))
    effects = scene.feed(ev.SessionOpened(NEXT))

    assert do.ReplaceSession(FRONT, NEXT) in effects
    assert do.StopTimer(Timer(TimerKind.OWED, FRONT)) in effects
