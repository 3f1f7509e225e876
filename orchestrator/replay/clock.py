"""The timers of a call with an edited team.

A timer that the call then started at the same moment runs out when it did then. Any other one runs out when its time is
over, since no record says when.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestrator.core import effects as do
from orchestrator.core.effects import Effect
from orchestrator.core.events import Event, TimerExpired
from orchestrator.core.ids import Timer

CLOSE = 0.05  # seconds by which times may differ


class Clock:
    """The timers of one caller."""

    def __init__(self) -> None:
        # Timers of which the record knows nothing → when they run out.
        self._due: dict[Timer, float] = {}

    def observe(self, pairs: Sequence[tuple[Effect, Effect]], now: Sequence[Effect], t: float) -> None:
        """Take in what a call does; `pairs` are the steps that the call then has too."""
        known = {
            id(other): isinstance(one, do.StartTimer) and abs(one.seconds - other.seconds) < CLOSE
            for one, other in pairs
            if isinstance(other, do.StartTimer)
        }
        for effect in now:
            if isinstance(effect, do.StopTimer):
                self._due.pop(effect.timer, None)
            elif isinstance(effect, do.StartTimer):
                self._due.pop(effect.timer, None)
                if not known.get(id(effect), False):
                    self._due[effect.timer] = t + effect.seconds

    def before(self, t: float) -> Iterator[tuple[float, TimerExpired]]:
        """Yield the timers that run out up to a time, in order; more may be started meanwhile."""
        while self._due:
            timer = min(self._due, key=lambda one: self._due[one])
            if self._due[timer] > t:
                return
            yield self._due.pop(timer), TimerExpired(timer)

    def ignores(self, event: Event) -> bool:
        """Return whether a recorded event means nothing: the timer has another time now."""
        return isinstance(event, TimerExpired) and event.timer in self._due
