"""How far the event loop lags behind: an overloaded server refuses new calls to protect the open ones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from statistics import median

EVERY = 0.1  # seconds between two samples
SAMPLES = 9  # about the last second


class Lag:
    """Measures the lag of the event loop."""

    def __init__(self) -> None:
        # Is told each sample, beside this.
        self._tell: Callable[[float], None] | None = None
        # The last samples, in seconds.
        self._samples: deque[float] = deque([0.0] * SAMPLES, maxlen=SAMPLES)
        # When the next sample is due, and its timer.
        self._due = 0.0
        self._handle: asyncio.TimerHandle | None = None

    @property
    def seconds(self) -> float:
        """The median of the last samples: one hiccup is not an overload."""
        return median(self._samples)

    def watch(self, tell: Callable[[float], None] | None = None) -> None:
        """Start sampling; others may be told each sample too."""
        self._tell = tell
        self._wait()

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._due = loop.time() + EVERY
        self._handle = loop.call_at(self._due, self._sample)

    def note(self, late: float) -> None:
        """Add a sample: how many seconds late the event loop was."""
        self._samples.append(late)

    def stop(self) -> None:
        """Stop sampling."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _sample(self) -> None:
        late = asyncio.get_running_loop().time() - self._due
        self.note(late)
        if self._tell is not None:
            self._tell(late)
        self._wait()
