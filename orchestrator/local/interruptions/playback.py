"""What the client still plays, as far as a session can tell: a response is done long before it is heard.

It is assumed that audio is played at once and without gaps. Time passes with the clock and with the caller's audio,
whichever is faster: a client may send audio only while somebody speaks, or a recording faster than it was spoken.
"""

from __future__ import annotations

import asyncio
from collections import deque

SENTENCES = 100  # of what is played that are known; earlier ones are forgotten


class Playback:
    """What one client plays; times are in milliseconds."""

    def __init__(self) -> None:
        # How much audio of the caller has come.
        self._caller_ms = 0.0
        # When the playing began, by the clock and by the caller's audio.
        self._began = (0.0, 0.0)
        # How much there is to play since.
        self._length_ms = 0.0
        # The sentences in it, and where each ends.
        self._sentences: deque[tuple[float, str]] = deque(maxlen=SENTENCES)

    @property
    def remaining_ms(self) -> float:
        """How much is not played yet; 0 if nothing is played."""
        return max(0.0, self._length_ms - self._passed_ms())

    @property
    def sentence(self) -> str:
        """The sentence that is being played; "" if nothing is."""
        passed = self._passed_ms()
        return next((sentence for ends, sentence in self._sentences if ends > passed), "")

    def add(self, ms: float, sentence: str) -> None:
        """Play audio of a sentence behind what is played."""
        if not self.remaining_ms:
            self.stop()
            self._began = (_clock_ms(), self._caller_ms)
        self._length_ms += ms
        if self._sentences and self._sentences[-1][1] == sentence:
            self._sentences.pop()
        self._sentences.append((self._length_ms, sentence))

    def advance(self, caller_ms: float) -> None:
        """Let time pass with the caller's audio; `caller_ms` is how much of it has come in all."""
        self._caller_ms = caller_ms

    def stop(self) -> None:
        """Forget what was to be played."""
        self._length_ms = 0.0
        self._sentences.clear()

    def _passed_ms(self) -> float:
        clock, caller = self._began
        return max(_clock_ms() - clock, self._caller_ms - caller)


def _clock_ms() -> float:
    return 1000.0 * asyncio.get_running_loop().time()
