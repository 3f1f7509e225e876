"""How loud the caller is: speech that is far quieter is somebody in the background, or the agent in their loudspeaker.

What is usual is learned from the caller's turns, so the first one may be of any loudness. Who is taken for somebody in
the background and goes on speaking is heard in the end: quiet speech lowers what is usual.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

FAR_DB = 12.0  # below the caller's usual loudness, speech is not theirs
WINDOW = 10  # steps (320 ms) of which the loudest counts: weak syllables stand beside strong ones
FORGOTTEN_DB = 0.03  # by which a step of quiet speech lowers what is usual: 1 dB a second
FEWEST = 8  # steps of speech from which something is learned


class Loudness:
    """The loudness of one stream, in decibels."""

    def __init__(self) -> None:
        # Of the last steps.
        self._recent: deque[float] = deque(maxlen=WINDOW)
        # Of the caller's turns; None before the first.
        self._usual: float | None = None
        # Of the steps of speech in this turn.
        self._turn: list[float] = []

    def hear(self, step: NDArray[np.int16]) -> None:
        """Take a step, whatever is in it."""
        samples = step.astype(np.float32)
        self._recent.append(10.0 * float(np.log10(np.dot(samples, samples) / max(len(samples), 1) + 1.0)))

    def is_far(self) -> bool:
        """Return whether speech in this step is too quiet to be the caller's; it is a little less so from then on."""
        if self._usual is None or max(self._recent) >= self._usual - FAR_DB:
            return False
        self._usual -= FORGOTTEN_DB
        return True

    def begin(self) -> None:
        """Begin a turn."""
        self._turn.clear()

    def speak(self) -> None:
        """Count the step as the caller's speech."""
        if len(self._turn) < 1000:  # half a minute tells enough
            self._turn.append(max(self._recent))

    def learn(self) -> None:
        """Take the turn for the caller's."""
        if len(self._turn) >= FEWEST:
            loud = sum(self._turn) / len(self._turn)
            self._usual = loud if self._usual is None else (self._usual + loud) / 2
        self._turn.clear()
