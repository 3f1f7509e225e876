"""Opening, configuring and warming sessions; the next model; the end of a call."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core import opening
from orchestrator.core.ids import SessionId
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, done, only


@pytest.mark.parametrize(
    ("warm", "opened"),
    [
        ("none", ["front"]),
        ("next", ["front", "billing", "tech", "stock"]),
        ("all", ["front", "billing", "tech", "stock"]),
    ],
)
def test_sessions_are_opened_ahead_of_need(warm: str, opened: list[str]) -> None:
    """As far as the variables that their instructions need are set: the vault's is not."""
    scene = Scene(HELPDESK.replace("warm: next", f"warm: {warm}", 1))
    effects = scene.open()

    assert [effect.session.agent for effect in only(do.OpenSession, effects)] == opened


def test_a_session_is_opened_once() -> None:
    """One that is open, or opening, is left alone."""
    scene = Scene()
    scene.open()
    opening.open_session(scene.call.state, scene.call.state.active)

    assert scene.call.state.agenda.take() == []


def test_a_session_that_is_closed_twice_is_closed_once() -> None:
    """What it was to answer is not waited for any more."""
    scene = Scene()
    scene.open()
    state = scene.call.state
    state.ask(state.active)
    state.agenda.take()
    opening.close(state, state.active)
    opening.close(state, state.active)

    assert [type(effect) for effect in state.agenda.take()] == [do.StopTimer, do.CloseSession]


def test_the_next_model_is_taken_when_the_present_one_cannot_be_had() -> None:
    """After a fatal loss at once, after others when the tries are used up, and as long as there is another."""
    scene = Scene(HELPDESK.replace("    warm: next\n", "    warm: next\n    fallback: [local]\n", 1))
    session = scene.call.state.active
    lost = ev.SessionLost(FRONT, "reset")
    assert not opening.fall_back(scene.call.state, session, lost, tries=2)

    session.failures = 2
    assert opening.fall_back(scene.call.state, session, lost, tries=2)
    assert (session.model, session.failures) == (1, 0)
    fatal = ev.SessionLost(FRONT, "no key", fatal=True)
    assert not opening.fall_back(scene.call.state, session, fatal, tries=2)


def test_the_end_of_a_call_lets_go_of_everything() -> None:
    """Every session, tool and timer; then the caller's side is closed, and the effect says how the call ended."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    opening.end(scene.call.state, ev.Ending.SHUTTING_DOWN, "restart")
    effects = scene.call.state.agenda.take()

    assert effects[0] == do.CancelTool(scene.ours("fc1"))
    assert {effect.session for effect in only(do.CloseSession, effects)} >= {FRONT, BILLING, SessionId("tech")}
    assert only(do.StopTimer, effects)
    assert effects[-1] == do.EndCall(ev.Ending.SHUTTING_DOWN, "restart")
    assert scene.call.state.phase is Phase.ENDED


NOTICE = f"record: {{notice: This call is recorded.}}\n{HELPDESK}"


def asked(effects: list[do.Effect]) -> list[str]:
    """Return what agents were asked to say, word for word."""
    return [effect.options.get("instructions", "") for effect in only(do.CreateResponse, effects)]


def test_the_first_agent_says_first_that_the_call_is_recorded() -> None:
    """Once; what the caller's client asks for meanwhile follows it, the greeting too."""
    scene = Scene(NOTICE)
    effects = scene.open()
    assert asked(effects) == ["Say exactly: This call is recorded."]
    assert [effect.name for effect in only(do.Announce, effects)][-1] == "notice.started"
    effects = scene.feed(ev.CallerAsked(), ev.ResponseStarted(FRONT, "r1"))
    assert only(do.Refuse, effects) == []
    effects = scene.feed(ev.TranscriptProduced(FRONT, "r1", "i1", "This call is recorded."), *done(FRONT, "r1"))

    assert asked(effects) == ["Say exactly: Hello, this is Acme."]


def test_the_greeting_may_be_asked_for_when_that_was_said() -> None:
    """The notice is not what a conversation begins with; it is what was said."""
    scene = Scene(NOTICE)
    scene.open()
    words = ev.TranscriptProduced(FRONT, "r1", "i1", "This call is recorded.")
    scene.feed(ev.ResponseStarted(FRONT, "r1"), words, *done(FRONT, "r1"))

    assert asked(scene.feed(ev.CallerAsked())) == ["Say exactly: Hello, this is Acme."]
    assert [str(line) for line in scene.call.state.transcript.history()] == ["front: This call is recorded."]
    assert [effect.code for effect in only(do.Refuse, scene.feed(ev.CallerAsked()))] == [
        "conversation_already_has_active_response"
    ]


def test_a_session_that_comes_back_does_not_say_it_again() -> None:
    """The caller has heard it."""
    scene = Scene(NOTICE)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"), *done(FRONT, "r1"))
    effects = scene.feed(ev.SessionLost(FRONT, "gone"), ev.SessionOpened(FRONT))

    assert [effect.name for effect in only(do.Announce, effects)] == ["session.lost", "session.restored"]
    assert asked(effects) == []


@pytest.mark.parametrize("record", ["", "record: false\n", "record: {audio: true}\n"])
def test_without_a_notice_nothing_is_said(record: str) -> None:
    """The agent waits for the caller."""
    assert asked(Scene(record + HELPDESK).open()) == []
