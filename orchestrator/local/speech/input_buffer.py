"""The input audio buffer: what the caller's audio is kept of, and where turns begin and end in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech.audio import HEARD, Decoder
from orchestrator.local.speech.turns import STEP, Change, Probability, Rule, Turns

PER_MS = HEARD // 1000
LONGEST = 600 * HEARD  # samples of one turn; of a longer one the beginning is dropped


class InputBuffer:
    """Audio of the wire in; samples at 16 kHz and changes of turn out."""

    def __init__(self, probability: Probability, format_type: str, rule: Rule | None) -> None:
        # What comes in, brought to 16 kHz.
        self._decoder = Decoder(format_type)
        # None: the client commits turns itself.
        self._rule = rule
        # Finds turns, while there is a rule.
        self._turns = Turns(probability, rule or Rule())
        # What is kept, oldest first.
        self._kept: deque[NDArray[np.int16]] = deque()
        # Samples in it.
        self._length = 0
        # Samples that do not fill a step yet.
        self._rest = np.zeros(0, np.int16)
        # Samples taken since the session was opened.
        self._position = 0

    @property
    def speaking(self) -> bool:
        """Whether the caller speaks, by turn detection."""
        return self._turns.speaking

    @property
    def kept_ms(self) -> float:
        """The length of what a commit would take."""
        return (self._length + len(self._rest)) / PER_MS

    @property
    def position_ms(self) -> int:
        """Milliseconds of audio since the session was opened."""
        return self._position // PER_MS

    @property
    def start_ms(self) -> int:
        """Where what is kept begins, in milliseconds since the session was opened."""
        return max(self._position - self._length, 0) // PER_MS

    def configure(self, format_type: str, rule: Rule | None) -> None:
        """Follow an updated session object; the buffer is left as it is."""
        if format_type != self._decoder.format_type:
            self._decoder = Decoder(format_type)
        if rule != self._rule:
            self._rule = rule
            if rule is None:
                self._turns.forget()
            else:
                self._turns.rule = rule  # a turn that goes on ends by the new rule

    def append(self, data: bytes) -> Iterator[Change | None]:
        """Take bytes of the wire; yield once a step (32 ms), with what it changed."""
        samples = np.concatenate((self._rest, self._decoder.decode(data)))
        whole = len(samples) // STEP * STEP
        self._rest = samples[whole:]
        for start in range(0, whole, STEP):
            step = samples[start : start + STEP]
            self._keep(step)
            change = self._turns.advance(step) if self._rule else None
            if self._rule and not self._turns.speaking and change is not Change.STOPPED:
                self._drop(int((self._rule.prefix_ms + self._turns.uncounted_ms) * PER_MS) + STEP)
            yield change

    def so_far(self) -> NDArray[np.int16]:
        """Return what is kept, without taking it."""
        return np.concatenate(self._kept) if self._kept else np.zeros(0, np.int16)

    def take(self) -> NDArray[np.int16]:
        """Return what is kept and start anew."""
        samples = self.so_far() if self._rule else np.concatenate((self.so_far(), self._rest))
        self.clear()
        return samples

    def clear(self) -> None:
        """Forget what is kept."""
        self._kept.clear()
        self._length = 0
        if self._rule is None:
            self._rest = self._rest[:0]
        self._turns.forget()

    def _keep(self, step: NDArray[np.int16]) -> None:
        self._kept.append(step)
        self._length += STEP
        self._position += STEP
        self._drop(LONGEST)

    def _drop(self, most: int) -> None:
        """Drop the oldest steps, down to `most` samples."""
        while self._length > most and self._kept:
            self._length -= len(self._kept.popleft())
