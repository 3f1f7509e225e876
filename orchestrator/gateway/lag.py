"""How late the event loop is with its work: the calls that are on go before new ones."""

from __future__ import annotations

import asyncio
from collections import deque
from statistics import median

EVERY = 0.1  # seconds between two looks
LOOKS = 9  # that count: about a second's worth


class Lag:
    """The delay with which the event loop gets to its work."""

    def __init__(self) -> None:
        # How late it was at the last looks, in seconds.
        self._late: deque[float] = deque([0.0] * LOOKS, maxlen=LOOKS)
        # When the next look is due, and its handle.
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        """The median delay of the last looks: one hiccup is no overload."""
        return median(self._late)

    def watch(self) -> None:
        """Begin to look."""
        loop = asyncio.get_running_loop()
        self._due = loop.time() + EVERY
        self._handle = loop.call_at(self._due, self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _look(self) -> None:
        self._late.append(asyncio.get_running_loop().time() - self._due)
        self.watch()
