"""What happens to a caller who is connected to somebody outside, in words."""

from __future__ import annotations

from orchestrator.core.away.events import OutsideEnded, Reach, Status
from orchestrator.core.events import CallerJoined


def test_the_words_are_those_of_twilio() -> None:
    """Its `DialCallStatus` is a `Status`, without a table in between."""
    assert {Status(word) for word in ("completed", "busy", "no-answer", "failed", "canceled")} == set(Status) - {
        Status.UNKNOWN
    }
    assert OutsideEnded(Status.BUSY).gone is False


def test_nobody_can_connect_a_caller_unless_it_is_said() -> None:
    """A record of an earlier version has callers without it."""
    assert CallerJoined().reach is Reach.NOBODY
