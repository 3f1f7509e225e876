"""The time that a person has to come back when their connection is gone: the caller hears the hold sound meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LEASE_SECONDS = 20.0
PIECE_MS, AHEAD = 200, 2  # of the hold sound at a time, and pieces that the caller's player has in hand


class Lease:
    """Runs while a person is gone."""

    def __init__(self, seconds: float, play: Callable[[int, int], None], over: Callable[[], None]) -> None:
        # How long it lasts.
        self._seconds = seconds
        # Lets the caller hear the hold sound: from a moment on, so many milliseconds of it.
        self._play = play
        # Called when the person has not come back in time.
        self._over = over
        # The end of it, while it runs.
        self._end: asyncio.TimerHandle | None = None
        # The next piece of the sound.
        self._next: asyncio.TimerHandle | None = None

    @property
    def running(self) -> bool:
        """Whether the person is gone."""
        return self._end is not None

    def start(self) -> None:
        """Begin, unless it runs."""
        if self._end is None:
            self._end = asyncio.get_running_loop().call_later(self._seconds, self._over)
            self._bridge(0, AHEAD)

    def stop(self) -> None:
        """End: the person is back, or nobody waits for them any more."""
        for timer in (self._end, self._next):
            if timer is not None:
                timer.cancel()
        self._end = self._next = None

    def _bridge(self, start_ms: int, pieces: int) -> None:
        ms = pieces * PIECE_MS
        self._play(start_ms, ms)
        later = asyncio.get_running_loop().call_later
        self._next = later(PIECE_MS / 1000, self._bridge, start_ms + ms, 1)
