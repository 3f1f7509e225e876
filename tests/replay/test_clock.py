"""The timers of a call with an edited team."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.replay.clock import Clock

SILENCE, CALL = Timer(TimerKind.SILENCE), Timer(TimerKind.CALL)


def start(timer: Timer, seconds: float) -> do.StartTimer:
    """Start a timer."""
    return do.StartTimer(timer, seconds)


def test_a_timer_that_the_record_has_too_runs_out_when_it_did() -> None:
    """Only the record says when."""
    clock, own = Clock(), start(SILENCE, 5.0)
    clock.observe([(start(SILENCE, 5.01), own)], [own], 1.0)

    assert list(clock.before(100.0)) == []
    assert not clock.ignores(ev.TimerExpired(SILENCE))


def test_any_other_timer_runs_out_when_its_time_is_over() -> None:
    """In their order; one that is stopped or started again does not."""
    clock, other, own = Clock(), start(SILENCE, 5.0), start(CALL, 3.0)
    clock.observe([(start(SILENCE, 9.0), other)], [other, own], 1.0)
    assert clock.ignores(ev.TimerExpired(SILENCE))
    assert not clock.ignores(ev.CallerLeft())
    assert list(clock.before(3.9)) == []
    assert list(clock.before(9.0)) == [(4.0, ev.TimerExpired(CALL)), (6.0, ev.TimerExpired(SILENCE))]
    clock.observe([], [own, do.StopTimer(CALL), other, start(SILENCE, 50.0)], 9.0)
    assert list(clock.before(20.0)) == []
