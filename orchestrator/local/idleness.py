"""The caller's silence after an answer (`turn_detection.idle_timeout_ms`), counted from the end of its audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.local.listening import Spawn


class Idleness:
    """Waits for a caller who says nothing."""

    def __init__(self, spawn: Spawn, timed_out: Callable[[], None]) -> None:
        # Starts a task that ends with the session.
        self._spawn = spawn
        # What to do when the time is over.
        self._timed_out = timed_out
        # The wait that goes on.
        self._waiting: asyncio.Task[None] | None = None

    def begin(self, seconds: float) -> None:
        """Wait anew."""
        self.stop()
        self._waiting = self._spawn(self._wait(seconds), "idle")

    def stop(self) -> None:
        """Wait no more: the caller speaks, or an answer is made."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._waiting = None  # so that what follows does not cancel this very task
        self._timed_out()
