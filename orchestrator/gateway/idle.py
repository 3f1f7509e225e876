"""A timer that expires when nothing was received for too long; each frame costs only a look at the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class IdleTimer:
    """Calls back once nothing was received for so many seconds."""

    def __init__(
        self, seconds: float, expired: Callable[[], None], *, loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        # The limit, and what to call when it is exceeded.
        self._seconds, self._expired = seconds, expired
        # The event loop and its clock.
        self._loop = loop or asyncio.get_running_loop()
        self._clock = self._loop.time
        # When something was last received.
        self._last = self._clock()
        # The next check.
        self._handle = self._loop.call_later(seconds, self._check)

    def touch(self) -> None:
        """Note that something was received."""
        self._last = self._clock()

    def stop(self) -> None:
        """Stop the timer."""
        self._handle.cancel()

    def _check(self) -> None:
        rest = self._last + self._seconds - self._clock()
        if rest <= 0:
            self._expired()
        else:
            self._handle = self._loop.call_later(rest, self._check)
