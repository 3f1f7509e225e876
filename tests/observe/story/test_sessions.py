"""What became of agents' sessions."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.observe.facts import Opening, Outcome, SessionHeld
from orchestrator.observe.story.sessions import Sessions
from tests.core.scene import BILLING, FRONT
from tests.observe.told import Told, show


def test_sessions_are_told_by_what_they_were_opened_for() -> None:
    """The one that the caller waited for; those that were warm; one that never opened."""
    scene = Told()
    scene.open()
    scene.after(1.0, ev.SessionOpened(BILLING))
    scene.feed(ev.SessionLost(BILLING, "the network", "closed"))
    scene.transfer("front", "stock")
    scene.after(1.0)
    scene.leave()

    held = {one.agent: one for one in scene.all(SessionHeld)}
    assert (held["front"].opening, held["front"].opened, held["front"].end) == (Opening.ACTIVE, 0.0, 2.0)
    billing = held["billing"]
    assert (billing.opening, billing.opened, billing.fate) == (Opening.WARM, 1.0, "lost")
    assert (billing.code, billing.reason) == ("closed", "the network")
    stock = held["stock"]
    assert (stock.opening, stock.opened, stock.fate) == (Opening.WARM, None, "closed")


def test_a_renewed_session_goes_on_under_its_name() -> None:
    """The old one ends, its successor is the agent's own; a consult is told as one."""
    facts: list[SessionHeld] = []
    sessions = Sessions(facts.append, "caller")  # type: ignore[arg-type]
    settings = ev.CallerSettings()
    successor, consult = SessionId("front", SessionKind.SUCCESSOR, 1), SessionId("planner", SessionKind.CONSULT, 2)
    show(sessions, "call.started", {"agent": "front"}, 0.0)
    for at, session in enumerate((FRONT, successor, consult)):
        show(sessions, do.OpenSession, do.OpenSession(session, settings), float(at))
    show(sessions, do.ReplaceSession, do.ReplaceSession(FRONT, successor), 5.0)
    show(sessions, do.CloseSession, do.CloseSession(consult), 6.0)
    show(sessions, ev.SessionOpened, ev.SessionOpened(BILLING), 6.0)  # not asked for: nothing to tell
    sessions.finish(9.0, Outcome.CANCELLED)

    assert [(one.session, one.start, one.end, one.opening, one.fate) for one in facts] == [
        ("front", 0.0, 5.0, Opening.ACTIVE, "renewed"),
        ("planner (consult 2)", 2.0, 6.0, Opening.CONSULT, "closed"),
        ("front", 1.0, 9.0, Opening.WARM, "closed"),
    ]


def test_a_handoff_says_for_whom_the_caller_waits() -> None:
    """Until it is completed, or has failed."""
    facts: list[SessionHeld] = []
    sessions = Sessions(facts.append, "caller")  # type: ignore[arg-type]
    ways = {"from": "front", "to": "billing"}
    for name, agent in (("handoff.started", "billing"), ("handoff.failed", "billing"), ("handoff.completed", "front")):
        show(sessions, name, ways, 1.0)
        show(sessions, do.OpenSession, do.OpenSession(SessionId(agent), ev.CallerSettings()), 1.0)
        show(sessions, do.CloseSession, do.CloseSession(SessionId(agent)), 2.0)

    assert [one.opening for one in facts] == [Opening.ACTIVE, Opening.WARM, Opening.WARM]


def test_sessions_that_went_with_another_process_are_over_when_the_call_is_taken_over() -> None:
    """The one that is opened in their place is another one."""
    scene = Told()
    scene.open()
    scene.after(4.0, CallTakenOver(), ev.SessionOpened(FRONT))
    scene.leave()

    held = [one for one in scene.all(SessionHeld) if one.agent == "front"]
    assert [(one.end, one.fate, one.code, one.opening) for one in held] == [
        (4.0, "closed", "taken_over", Opening.ACTIVE),
        (4.0, "closed", "", Opening.ACTIVE),
    ]
