"""What a caller's microphone takes up, frame by frame: what they say, what is behind them, and the line itself."""

from __future__ import annotations

import numpy as np

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice.voices import Samples

FRAME = PCM_RATE // 50  # samples: 20 ms
LINE = 12.0  # the loudness of a line on which nobody speaks
NOTHING: Samples = np.zeros(0, np.int16)


class Microphone:
    """It never ends: after what is said there is noise, or the line."""

    def __init__(self, seed: str) -> None:
        # What the line sounds like when nobody speaks.
        self._random = np.random.default_rng(list(seed.encode()))
        # What is said, and how many samples of it were.
        self._speech, self._said = NOTHING, 0
        # What is behind the caller, and how many samples of it were heard.
        self._noise, self._heard = NOTHING, 0

    def say(self, speech: Samples, noise: Samples) -> None:
        """Say something from the next frame on, with a noise behind it that does not end by itself."""
        self._speech, self._said, self._noise, self._heard = speech, 0, noise, 0

    @property
    def speaks(self) -> bool:
        """Whether something is left to be said."""
        return self._said < len(self._speech)

    def quieten(self) -> None:
        """End the noise."""
        self._noise = NOTHING

    def frame(self) -> bytes:
        """Return the next 20 ms, as PCM16."""
        sound = self._random.standard_normal(FRAME) * LINE
        words = self._speech[self._said : self._said + FRAME]
        sound[: len(words)] += words
        if len(self._noise):
            sound += np.take(self._noise, range(self._heard, self._heard + FRAME), mode="wrap")
        self._said, self._heard = self._said + FRAME, self._heard + FRAME
        return np.clip(sound, -32768, 32767).astype("<i2").tobytes()
