"""One agent's session: its state, what it is asked for, whether it is engaged; and the sessions of a call."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.core.response import Ask, ResponseState
from orchestrator.core.session import SESSION_MOVES, AgentSession, Sessions, SessionState
from orchestrator.core.turn import Cue, Turn
from tests.core.scene import BILLING, FRONT

GREET = Ask({"instructions": "hi"})


def ready() -> AgentSession:
    """Return a session to which effects may be sent."""
    session = AgentSession(FRONT)
    session.move(SessionState.OPENING)
    session.move(SessionState.READY)
    return session


def test_an_idle_session_is_asked_at_once() -> None:
    """A response wanted while nothing runs is asked for now."""
    session = ready()

    assert session.ask(GREET) == do.CreateResponse(FRONT, {"instructions": "hi"})
    assert session.response.state is ResponseState.ASKED


def test_p21_a_response_wanted_while_one_runs_is_owed() -> None:
    """P21: there is never a second response.create while one is active."""
    session = ready()
    session.ask(Ask())
    session.started("r1")

    assert session.ask(GREET) is None
    assert session.response.owed == GREET

    session.response.finished("r1")
    assert session.ask(GREET) == do.CreateResponse(FRONT, {"instructions": "hi"})
    assert session.response.owed is None


def test_a_session_that_is_not_open_owes_what_it_is_asked() -> None:
    """It is asked for when the session is there."""
    session = AgentSession(FRONT)

    assert session.ask(GREET) is None
    assert session.response.owed == GREET


def test_nothing_is_asked_while_the_caller_speaks_unless_they_ask_themselves() -> None:
    """The caller is not talked over: turn detection will answer."""
    session = ready()
    session.cue(Cue.STARTED)

    assert session.ask(GREET) is None
    assert session.response.owed == GREET
    assert session.ask(Ask(by_caller=True)) == do.CreateResponse(FRONT)


def test_a_session_is_engaged_while_anybody_speaks_on_it_or_is_about_to() -> None:
    """The caller, the agent, or the agent as soon as it can."""
    session = ready()
    assert not session.engaged

    session.cue(Cue.STARTED)
    assert session.engaged
    session.cue(Cue.DETECTED)
    assert session.engaged
    session.started("r1")
    assert session.engaged
    session.ask(GREET)
    session.response.finished("r1")
    assert session.engaged
    session.response.owe(None)
    assert not session.engaged


def test_illegal_moves_are_mistakes_of_ours() -> None:
    """The table names every legal move."""
    session = AgentSession(FRONT)

    with pytest.raises(AssertionError, match=r"front: SessionState.CLOSED to SessionState.READY"):
        session.move(SessionState.READY)
    assert set(SESSION_MOVES) == set(SessionState)


def test_a_closed_session_has_neither_turn_nor_response() -> None:
    """Closing forgets both, what was hidden, and what was put there; a debt is for the next session."""
    session = ready()
    session.ask(Ask())
    session.started("r1")
    session.ask(GREET)
    session.cue(Cue.STARTED)
    session.response.unheard.hidden = "r1"
    session.seeded.add("msg_1")
    session.move(SessionState.CLOSED)

    assert not session.response.busy
    assert session.response.id is None
    assert session.response.unheard.hidden is None
    assert session.response.owed == GREET
    assert session.turn is Turn.QUIET
    assert not session.seeded


def test_each_agent_has_a_session_of_its_own_and_others_beside_it() -> None:
    """Those beside are numbered, and use the model that works for the agent's own."""
    sessions = Sessions(["front", "billing"])
    sessions.own["billing"].model = 1
    beside = sessions.add("billing", SessionKind.SUCCESSOR)
    again = sessions.add("billing", SessionKind.CONSULT)

    assert [session.id for session in sessions] == [FRONT, BILLING, beside.id, again.id]
    assert (beside.id, beside.model) == (SessionId("billing", SessionKind.SUCCESSOR, 1), 1)
    assert again.id.number == 2
    assert sessions.successor("billing") is beside
    assert sessions.successor("front") is None
    assert sessions.consults() == []


def test_a_session_is_found_while_it_is_there() -> None:
    """What is gone, or was never there, is nobody."""
    sessions = Sessions(["front"])
    beside = sessions.add("front", SessionKind.CONSULT)

    assert sessions.find(FRONT) is sessions.own["front"]
    assert sessions.find(beside.id) is beside
    sessions.remove(beside)
    assert sessions.find(beside.id) is None
    assert sessions.find(BILLING) is None


def test_a_successor_takes_the_place_and_the_name_of_the_agents_own() -> None:
    """From then on it is the agent's own session."""
    sessions = Sessions(["front"])
    successor = sessions.add("front", SessionKind.SUCCESSOR)
    named = successor.id
    sessions.replace(successor)

    assert sessions.find(FRONT) is successor
    assert successor.own
    assert sessions.find(named) is None
