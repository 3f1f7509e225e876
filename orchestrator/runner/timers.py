"""The timers of one call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.core.effects import StartTimer
from orchestrator.core.events import TimerExpired
from orchestrator.core.ids import Timer


class Timers:
    """The timers that the core has started and not stopped; one that runs out is fed back as `TimerExpired`."""

    def __init__(self, feed: Callable[[TimerExpired], None]) -> None:
        # Takes the event of a timer that has run out.
        self._feed = feed
        # Timer → its handle in the event loop.
        self._handles: dict[Timer, asyncio.TimerHandle] = {}

    def start(self, effect: StartTimer) -> None:
        """Start a timer, or start it again."""
        self.stop(effect.timer)
        loop = asyncio.get_running_loop()
        self._handles[effect.timer] = loop.call_later(effect.seconds, self._expire, effect.timer)

    def stop(self, timer: Timer) -> None:
        """Stop a timer if it runs."""
        handle = self._handles.pop(timer, None)
        if handle is not None:
            handle.cancel()

    def stop_all(self) -> None:
        """Stop every timer."""
        for timer in list(self._handles):
            self.stop(timer)

    def _expire(self, timer: Timer) -> None:
        del self._handles[timer]
        self._feed(TimerExpired(timer))
