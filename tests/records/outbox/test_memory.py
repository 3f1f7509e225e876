"""An outbox in memory: bounded, and each call taken by one at a time."""

from __future__ import annotations

import time

import pytest
from structlog.testing import capture_logs

from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.memory import MemoryOutbox


class Clock:
    """A clock that is moved by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_call_is_taken_once_until_its_lease_is_over() -> None:
    """It comes again with the tries that failed, and no more when it was delivered."""
    clock = Clock()
    outbox = MemoryOutbox(clock=clock)
    outbox.put(Delivery("a", "{}"))
    assert outbox.due(40.0, 8, ["a"]) == []
    (first,) = outbox.due(40.0, 8)
    clock.now = 139.0
    assert outbox.due(40.0, 8) == []
    clock.now = 140.0
    assert outbox.due(40.0, 8) == [first]
    outbox.later(first, 60.0, "away")
    clock.now = 199.0
    assert outbox.due(40.0, 8) == []
    clock.now = 200.0
    assert outbox.due(40.0, 8) == [Delivery("a", "{}", 1)]
    outbox.release(first)
    (second,) = outbox.due(40.0, 8)
    assert outbox.volatile == 1
    outbox.done(second)

    assert outbox.volatile == 0
    outbox.later(second, 0.0, "late")
    outbox.release(second)
    clock.now = 300.0
    assert outbox.due(40.0, 8) == []


@pytest.mark.parametrize("jump", [-3600.0, 3600.0])
def test_a_clock_that_is_set_changes_nothing(monkeypatch: pytest.MonkeyPatch, jump: float) -> None:
    """What is due stays due, and what somebody has stays theirs."""
    outbox, before = MemoryOutbox(), time.time
    outbox.put(Delivery("a", "{}"))
    monkeypatch.setattr(time, "time", lambda: before() + jump)
    assert [one.id for one in outbox.due(40.0, 8)] == ["a"]
    monkeypatch.setattr(time, "time", lambda: before() - jump)
    assert outbox.due(40.0, 8) == []


def test_one_that_is_given_up_is_forgotten() -> None:
    """Nobody could look at it later."""
    outbox = MemoryOutbox()
    outbox.put(Delivery("a", "{}"))
    outbox.failed(Delivery("a", "{}"), "away")

    assert outbox.volatile == 0


def test_the_oldest_makes_room() -> None:
    """And the log says so; no more are taken than are asked for."""
    outbox = MemoryOutbox(most=2)
    with capture_logs() as logs:
        for name in "abc":
            outbox.put(Delivery(name, "{}"))

    assert [one.id for one in outbox.due(1.0, 1)] == ["b"]
    assert [one.id for one in outbox.due(1.0, 8)] == ["c"]
    assert [(log["event"], log["call"]) for log in logs] == [("finished call dropped", "a")]
