"""Sessions that are replaced before their provider ends them, and models to fall back on."""

from __future__ import annotations

import pytest

from orchestrator.core.effects import (
    AddItem,
    Announce,
    CloseSession,
    ConfigureSession,
    CreateResponse,
    EndCall,
    OpenSession,
    ReplaceSession,
    SendAudio,
    StartTimer,
    StopTimer,
)
from orchestrator.core.events import (
    CallerConfigured,
    CallerJoined,
    CallerSettings,
    CallerSpoke,
    FunctionCalled,
    ResponseFinished,
    ResponseStarted,
    SessionLost,
    SessionOpened,
    SpeechStarted,
    TimerExpired,
    ToolReturned,
    TurnCommitted,
    TurnTranscribed,
)
from orchestrator.core.state import Phase
from tests.core.scene import HELPDESK, TEAMWORK, TEAMWORK_TOOLS, Scene, only

NEXT = "front#next"
FALLBACK = HELPDESK.replace("    warm: next\n", "    warm: next\n    fallback: [azure/gpt-realtime, local]\n")


def old(text: str = HELPDESK) -> Scene:
    """A call whose first session is about to be renewed, with something said."""
    scene = Scene(text)
    scene.feed(CallerJoined(), SessionOpened("front", 3600.0), SessionOpened("billing", 3600.0))
    scene.turn("front", "i1", "Where is my order?")
    scene.answer("front", "r1", "On its way.")
    return scene


def test_sessions_are_renewed_before_their_end_one_after_the_other() -> None:
    """Two minutes before, and earlier for each agent; a short life is used for half at least."""
    scene = Scene()
    effects = scene.feed(CallerJoined(), SessionOpened("front", 3600.0), SessionOpened("billing", 3600.0))
    effects += scene.feed(SessionOpened("tech"), SessionOpened("stock", 100.0))
    renewals = [effect for effect in only(StartTimer, effects) if effect.name.startswith("renew")]

    assert renewals == [
        StartTimer("renew:front", 3480.0),
        StartTimer("renew:billing", 3460.0),
        StartTimer("renew:stock", 50.0),
    ]


def test_p31_the_successor_is_ready_before_the_old_session_goes() -> None:
    """P31: make before break; it knows what was said, has the last moment of audio, and nobody speaks for it."""
    scene = old()
    scene.feed(CallerSpoke("f1", 20.0))
    assert only(OpenSession, scene.feed(TimerExpired("renew:front")))[0].agent == NEXT
    effects = scene.feed(SessionOpened(NEXT, 3600.0))

    assert ReplaceSession("front", NEXT) in effects
    said = [effect.item["content"][0]["text"] for effect in only(AddItem, effects)]
    assert said == ["Where is my order?", "On its way."]
    assert all(effect.agent == "front" for effect in only(AddItem, effects))
    assert only(SendAudio, effects) == [SendAudio("front", "f1")]
    assert not only(CreateResponse, effects)
    assert Announce("session.renewed", {"agent": "front"}) in effects
    assert StartTimer("renew:front", 3480.0) in effects
    assert only(SendAudio, scene.feed(CallerSpoke("f2", 20.0))) == [SendAudio("front", "f2")]


def test_a_session_without_transcription_is_renewed_too() -> None:
    """No transcript of the caller's last words will come: nothing is to be waited for."""
    scene = old()
    scene.feed(CallerConfigured(CallerSettings(session={"audio": {"input": {"transcription": None}}})))
    scene.feed(SpeechStarted("front", "i2"), TurnCommitted("front", "i2"), ResponseStarted("front", "r2"))
    scene.feed(ResponseFinished("front", "r2", "completed"), TimerExpired("renew:front"))

    assert ReplaceSession("front", NEXT) in scene.feed(SessionOpened(NEXT))


def test_what_was_configured_meanwhile_holds_for_the_successor() -> None:
    """Settings that change while it waits are told to it."""
    scene = old()
    scene.feed(ResponseStarted("front", "r2"), TimerExpired("renew:front"), SessionOpened(NEXT))
    scene.feed(CallerConfigured(CallerSettings(instructions="Be brief.")))
    scene.feed(ResponseFinished("front", "r2", "completed"))

    effects = scene.feed(TimerExpired("look:front"))
    assert ReplaceSession("front", NEXT) in effects
    assert scene.call.state.sessions["front"].configured == scene.call.state.configuration(scene.call.state.active)
    assert not only(ConfigureSession, effects)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([ResponseStarted("front", "r2")], [ResponseFinished("front", "r2", "completed")]),
        (
            [SpeechStarted("front", "i2")],
            [
                TurnCommitted("front", "i2"),
                TurnTranscribed("front", "i2", "Yes."),
                ResponseStarted("front", "r2"),
                ResponseFinished("front", "r2", "completed"),
            ],
        ),
        (
            [ResponseStarted("front", "r2"), FunctionCalled("front", "r2", "i", "fc1", "find_order", "{}")],
            [
                ResponseFinished("front", "r2", "completed"),
                ToolReturned("fc1", "ok"),
                ResponseStarted("front", "r3"),
                ResponseFinished("front", "r3", "completed"),
            ],
        ),
    ],
    ids=["speaking", "hearing", "a tool"],
)
def test_a_quiet_moment_is_awaited(before: list[SpeechStarted], after: list[SpeechStarted]) -> None:
    """Nothing is cut: neither words nor work."""
    scene = old()
    scene.feed(*before, TimerExpired("renew:front"))
    assert scene.feed(SessionOpened(NEXT)) == [StartTimer("look:front", 0.5)]
    assert scene.feed(TimerExpired("look:front")) == [StartTimer("look:front", 0.5)]
    scene.feed(*after)

    assert only(ReplaceSession, scene.feed(TimerExpired("look:front")))


def test_neither_end_of_a_handoff_is_renewed_nor_a_farewell() -> None:
    """The caller is moving."""
    scene = old()
    scene.transfer("front", "billing")
    scene.feed(TimerExpired("renew:front"), TimerExpired("renew:billing"))
    for name in (NEXT, "billing#next"):
        assert not only(ReplaceSession, scene.feed(SessionOpened(name)))
    scene.feed(ResponseStarted("billing", "r2"), ResponseFinished("billing", "r2", "completed"))
    assert not only(ReplaceSession, scene.feed(TimerExpired("look:front")))
    assert only(ReplaceSession, scene.feed(TimerExpired("look:billing")))
    scene.feed(ResponseFinished("front", "resp_fc1", "completed"))

    assert only(ReplaceSession, scene.feed(TimerExpired("look:front")))


def test_a_warm_session_is_renewed_too() -> None:
    """It is told nothing: its agent has not had the caller."""
    scene = old()
    scene.feed(TimerExpired("renew:billing"))
    effects = scene.feed(SessionOpened("billing#next", 3600.0))

    assert ReplaceSession("billing", "billing#next") in effects
    assert not only(AddItem, effects)
    assert not only(SendAudio, effects)


def test_a_successor_knows_no_more_than_the_edge_let_travel() -> None:
    """With `context: none` the agent was told who hands over and why, and so is its new session."""
    scene = old(HELPDESK.replace("{when: broken things, opening: greet}", "{context: none}"))
    scene.feed(SessionOpened("tech", 3600.0))
    scene.moved("front", "tech")
    scene.feed(ResponseFinished("tech", "opening_fc1", "completed"), TimerExpired("renew:tech"))
    effects = scene.feed(SessionOpened("tech#next", 3600.0))

    assert ReplaceSession("tech", "tech#next") in effects
    (told,) = [effect.item["content"][0]["text"] for effect in only(AddItem, effects)]
    assert "handed to you by front" in told
    assert "Where is my order?" not in told


def test_p31_a_turn_that_is_ended_by_hand_is_whole_on_the_successor() -> None:
    """P31: nobody says when the caller speaks, so all that was not committed is given to it."""
    scene = old()
    scene.feed(CallerConfigured(CallerSettings({"audio": {"input": {"turn_detection": None}}})))
    frames = [f"f{number}" for number in range(100)]
    scene.feed(*(CallerSpoke(frame, 20.0) for frame in frames), TimerExpired("renew:front"))
    effects = scene.feed(SessionOpened(NEXT, 3600.0))

    assert only(SendAudio, effects) == [SendAudio("front", frame) for frame in frames]


def test_a_successor_that_cannot_be_opened_is_tried_again() -> None:
    """The old session still lives; one whose successor drops keeps it."""
    scene = old()
    scene.feed(TimerExpired("renew:front"))
    assert scene.feed(SessionLost(NEXT, "busy")) == [StartTimer("renew:front", 10.0)]
    assert only(OpenSession, scene.feed(TimerExpired("renew:front")))[0].agent == NEXT
    assert scene.feed(SessionLost(NEXT, "no key", fatal=True)) == []


def test_a_session_that_drops_while_its_successor_opens_is_opened_again_like_any_other() -> None:
    """The renewal is given up; a timer that runs out late means nothing."""
    scene = old()
    scene.feed(ResponseStarted("front", "r2"), TimerExpired("renew:front"), SessionOpened(NEXT))
    effects = scene.feed(SessionLost("front", "session_expired"))
    assert CloseSession(NEXT) in effects
    assert StopTimer("look:front") in effects
    assert only(OpenSession, effects)[0].agent == "front"
    scene.call.state.out.timers.add("renew:front")

    assert scene.feed(TimerExpired("renew:front")) == []


def test_a_successor_that_waits_too_long_is_replaced_itself() -> None:
    """It gets old too."""
    scene = old()
    scene.feed(ResponseStarted("front", "r2"), TimerExpired("renew:front"), SessionOpened(NEXT, 300.0))
    effects = scene.feed(TimerExpired("renew:front"))

    assert effects.index(CloseSession(NEXT)) < effects.index(only(OpenSession, effects)[0])


def test_a_fatal_error_falls_back_on_the_next_model_and_the_call_is_kept() -> None:
    """One after the other; the caller is held meanwhile, and the agent knows what was said."""
    scene = old(FALLBACK)
    effects = scene.feed(SessionLost("front", "no quota", "insufficient_quota", fatal=True))
    assert [(effect.agent, effect.model) for effect in only(OpenSession, effects)] == [("front", 1)]
    assert Announce("session.fallback", {"agent": "front", "model": "azure/gpt-realtime"}) in effects
    assert scene.call.phase is Phase.RECOVERING
    scene.feed(CallerSpoke("f1", 20.0))
    effects = scene.feed(SessionLost("front", "no key", fatal=True))
    assert [(effect.agent, effect.model) for effect in only(OpenSession, effects)] == [("front", 2)]
    effects = scene.feed(SessionOpened("front"))
    assert len(only(AddItem, effects)) == 2
    assert SendAudio("front", "f1") in effects
    scene.feed(TimerExpired("renew:front"))

    assert only(EndCall, scene.feed(SessionLost("front", "nothing is left", fatal=True)))


def test_a_session_that_cannot_be_opened_at_all_falls_back_too() -> None:
    """After its tries; of a handoff's target, of a warm session and of a consulted agent as well."""
    scene = Scene(FALLBACK)
    scene.feed(CallerJoined())
    for _ in range(5):
        effects = scene.feed(SessionLost("front", "unreachable"))
        scene.feed(TimerExpired("reopen:front"))
    assert only(OpenSession, effects)[0].model == 1

    bank = Scene(TEAMWORK, TEAMWORK_TOOLS)
    bank.open("verify")
    bank.feed(SessionLost("verify", "no key", fatal=True))
    assert not bank.call.state.out.timers & {"reopen:verify"}


def test_a_handoffs_target_falls_back() -> None:
    """The caller still gets there."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open("verify")
    scene.moved("front", "verify")
    scene.transfer("verify", "front", call_id="fc2")
    scene.function("verify", "resp_fc2", "hand_back", '{"reason": "done"}', call_id="fc3")
    effects = scene.feed(SessionLost("front", "no key", fatal=True))

    assert [(effect.agent, effect.model) for effect in only(OpenSession, effects)] == [("front", 1)]


def test_a_warm_session_falls_back_in_its_own_time() -> None:
    """Nobody waits for it."""
    scene = Scene(FALLBACK.replace("handoffs: [front]\n  stock", "handoffs: [front, billing]\n  stock"))
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ResponseFinished("billing", "opening_fc1", "completed"))
    effects = scene.feed(SessionLost("front", "no key", fatal=True))

    assert only(StartTimer, effects) == [StartTimer("reopen:front", 5.0)]
    assert only(OpenSession, scene.feed(TimerExpired("reopen:front")))[0].model == 1
