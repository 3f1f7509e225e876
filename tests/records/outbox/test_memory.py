"""An outbox in memory: bounded, and each call taken by one at a time."""

from __future__ import annotations

from structlog.testing import capture_logs

from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.memory import MemoryOutbox


def test_a_call_is_taken_once_until_its_lease_is_over() -> None:
    """It comes again with the tries that failed, and no more when it was delivered."""
    outbox = MemoryOutbox()
    outbox.put(Delivery("a", "{}"), 100.0)
    assert outbox.due(99.0, 40.0, 8) == []
    (first,) = outbox.due(100.0, 40.0, 8)
    assert outbox.due(139.0, 40.0, 8) == []
    assert outbox.due(140.0, 40.0, 8) == [first]
    outbox.later(first, 200.0, "away")
    assert outbox.due(199.0, 40.0, 8) == []
    assert outbox.due(200.0, 40.0, 8) == [Delivery("a", "{}", 1)]
    outbox.release(first, 201.0)
    (second,) = outbox.due(201.0, 40.0, 8)
    assert outbox.volatile == 1
    outbox.done(second)

    assert outbox.volatile == 0
    outbox.later(second, 0.0, "late")
    outbox.release(second, 0.0)
    assert outbox.due(300.0, 40.0, 8) == []


def test_one_that_is_given_up_is_forgotten() -> None:
    """Nobody could look at it later."""
    outbox = MemoryOutbox()
    outbox.put(Delivery("a", "{}"), 100.0)
    outbox.failed(Delivery("a", "{}"), 100.0, "away")

    assert outbox.volatile == 0


def test_the_oldest_makes_room() -> None:
    """And the log says so; no more are taken than are asked for."""
    outbox = MemoryOutbox(most=2)
    with capture_logs() as logs:
        for name in "abc":
            outbox.put(Delivery(name, "{}"), 100.0)

    assert [one.id for one in outbox.due(100.0, 1.0, 1)] == ["b"]
    assert [one.id for one in outbox.due(100.0, 1.0, 8)] == ["c"]
    assert [(log["event"], log["call"]) for log in logs] == [("finished call dropped", "a")]
