"""One agent's session: its two machines and the owed response."""

from __future__ import annotations

import pytest

from orchestrator.core.effects import CreateResponse
from orchestrator.core.session import AgentSession, Ask, ResponseState, SessionState

GREET = Ask({"instructions": "hi"})


def ready() -> AgentSession:
    session = AgentSession("front")
    session.move(SessionState.OPENING)
    session.move(SessionState.READY)
    return session


def test_an_idle_session_is_asked_at_once() -> None:
    """A response wanted while nothing runs is asked now."""
    session = ready()

    assert session.ask(GREET) == CreateResponse("front", {"instructions": "hi"})
    assert session.response is ResponseState.ASKED


def test_p21_a_response_wanted_while_one_runs_is_owed_and_paid_when_it_is_done() -> None:
    """P21: there is never a second response.create while one is active."""
    session = ready()
    session.ask(Ask())
    session.started("r1")

    assert session.ask(GREET) is None

    session.finished("another")
    assert session.pay() is None

    session.finished("r1")
    assert session.pay() == CreateResponse("front", {"instructions": "hi"})
    assert session.pay() is None


def test_p22_a_refused_response_is_owed_again() -> None:
    """P22: a refused response.create is not forgotten."""
    session = ready()
    session.ask(GREET)
    session.again()

    assert session.owed == GREET
    assert session.pay() == CreateResponse("front", {"instructions": "hi"})


def test_a_refusal_that_arrives_after_the_other_response_began_is_owed_until_it_is_done() -> None:
    """Turn detection's response may start between our asking and the refusal."""
    session = ready()
    session.ask(GREET)
    session.started("made by turn detection")
    session.again()

    assert session.response is ResponseState.ACTIVE
    assert session.owed == GREET


def test_nothing_is_asked_while_the_caller_speaks() -> None:
    """The caller is not talked over: turn detection will answer."""
    session = ready()
    session.hearing = True

    assert session.ask(GREET) is None
    assert session.owed == GREET


def test_illegal_moves_are_mistakes_of_ours() -> None:
    """The tables name every legal move."""
    session = AgentSession("front")

    with pytest.raises(AssertionError, match=r"CLOSED to SessionState.READY"):
        session.move(SessionState.READY)
    with pytest.raises(AssertionError, match=r"IDLE to ResponseState.IDLE"):
        session._turn(ResponseState.IDLE)


def test_a_closed_session_has_no_response() -> None:
    """Closing forgets the response and what was hidden of it."""
    session = ready()
    session.ask(Ask())
    session.started("r1")
    session.seeded.add("note_1")
    session.move(SessionState.CLOSED)

    assert not session.busy
    assert session.response_id is None
    assert not session.seeded
