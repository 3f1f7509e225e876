"""The caller's silence after a response (`turn_detection.idle_timeout_ms`), measured from the end of its audio."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from orchestrator.local.listening import Spawn


class Idleness:
    """Waits for the caller to speak, up to a limit."""

    def __init__(self, spawn: Spawn, timed_out: Callable[[], None]) -> None:
        # Starts a task that ends with the session.
        self._spawn = spawn
        # Called when the time is up.
        self._timed_out = timed_out
        # The current wait.
        self._waiting: asyncio.Task[None] | None = None

    def begin(self, seconds: float) -> None:
        """Start the wait over."""
        self.stop()
        self._waiting = self._spawn(self._wait(seconds), "idle")

    def stop(self) -> None:
        """Stop waiting: the caller is speaking, or a response has started."""
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def _wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._waiting = None  # so that what follows does not cancel this very task
        self._timed_out()
