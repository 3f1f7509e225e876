"""Names of sessions and timers: values, readable in a log."""

from __future__ import annotations

import pytest

from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind


@pytest.mark.parametrize(
    ("session", "text"),
    [
        (SessionId("planner"), "planner"),
        (SessionId("planner", SessionKind.CONSULT, 3), "planner (consult 3)"),
        (SessionId("front", SessionKind.SUCCESSOR, 1), "front (successor 1)"),
    ],
)
def test_a_session_is_readable(session: SessionId, text: str) -> None:
    """An agent's own session is called like the agent."""
    assert str(session) == text


def test_sessions_are_told_apart_by_value() -> None:
    """Two that say the same mean the same; nothing is hidden in an agent's name."""
    assert SessionId("a") == SessionId("a", SessionKind.OWN, 0)
    assert len({SessionId("a"), SessionId("a", SessionKind.CONSULT, 1), SessionId("a (consult 1)")}) == 3


def test_hashing_stays_in_c() -> None:
    """A session is looked up for each frame of audio."""
    assert SessionId.__hash__ is tuple.__hash__
    assert SessionKind.__hash__ is str.__hash__


@pytest.mark.parametrize(
    ("timer", "text"),
    [
        (Timer(TimerKind.CALL), "call"),
        (Timer(TimerKind.ANSWER, SessionId("front")), "answer front"),
        (Timer(TimerKind.FILLER, "call_1"), "filler call_1"),
    ],
)
def test_a_timer_is_readable(timer: Timer, text: str) -> None:
    """Its kind, and what it is about."""
    assert str(timer) == text
