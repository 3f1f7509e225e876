"""Each socket has a share of the time: a peer that sends thousands of frames, or frames that take long, keeps no other
waiting.

In any 10 ms at most 64 frames of one socket are handled, and frames that together take 2 ms; what took longer is paid
for by a longer pause. Whoever reads the socket keeps the rest in order, and reads nothing more meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable

SLICE, SHARE = 0.01, 64  # seconds, and the frames of one socket that are handled in them
PART = 0.2  # of the time that one socket may take
SPEED = 100e6  # characters a second: what reading them and passing them on costs here and in those who get them


class Share:
    """What one socket has had of the time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        # The time in seconds.
        self._clock = clock
        # When the current slice of time began, the frames that were handled in it, and the seconds that they took.
        self._since, self._handled, self.spent = 0.0, 0, 0.0

    def within(self) -> bool:
        """Count a frame; return whether it can be handled in this slice of time."""
        now = self._clock()
        if now - self._since > max(SLICE, self._handled * SLICE / SHARE, self.spent / PART):
            self._since, self._handled, self.spent = now, 0, 0.0
        self._handled += 1
        return self._handled <= SHARE and self.spent <= SLICE * PART
