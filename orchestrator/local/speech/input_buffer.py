"""The input audio buffer: keeps the caller's audio as far as it is needed and finds the turns in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech.audio import HEARD, Decoder
from orchestrator.local.speech.turns import STEP, Change, Probability, Rule, Turns

PER_MS = HEARD // 1000
LONGEST = 600 * HEARD  # samples of one turn; the beginning of a longer one is dropped


class InputBuffer:
    """Takes audio from the wire; yields samples at 16 kHz and the beginnings and ends of turns."""

    def __init__(self, probability: Probability, format_type: str, rule: Rule | None) -> None:
        # Converts incoming audio to 16 kHz.
        self._decoder = Decoder(format_type)
        # None: no turn detection, the client commits turns itself.
        self.rule = rule
        # Finds turns while there is a rule.
        self._turns = Turns(probability, rule or Rule())
        # The steps that are kept, oldest first.
        self._steps: deque[NDArray[np.int16]] = deque()
        # The number of samples in them.
        self._length = 0
        # Samples that do not yet fill a step.
        self._rest = np.zeros(0, np.int16)
        # The number of samples since the session was opened, and since the buffer was emptied.
        self._position = self._received = 0

    @property
    def speaking(self) -> bool:
        """Whether the caller is speaking, according to turn detection."""
        return self._turns.speaking

    @property
    def spoken_ms(self) -> float:
        """Milliseconds of speech in the turn that is spoken, without the pauses."""
        return self._turns.spoken_ms

    @property
    def received_ms(self) -> float:
        """The duration of the audio since the buffer was emptied, in whole steps; all of it after `complete`."""
        return self._received / PER_MS

    @property
    def position_ms(self) -> int:
        """Milliseconds of audio since the session was opened."""
        return self._position // PER_MS

    @property
    def start_ms(self) -> int:
        """Where the kept audio begins, in milliseconds since the session was opened."""
        return max(self._position - self._length, 0) // PER_MS

    def configure(self, format_type: str, rule: Rule | None) -> None:
        """Follow an updated session object; the buffer is left as it is."""
        if format_type != self._decoder.format_type:
            self.complete()
            self._decoder = Decoder(format_type)
        if rule != self.rule:
            self.rule = rule
            if rule is None:
                self._turns.forget()
            else:
                self._turns.rule = rule  # a turn that has begun ends by the new rule

    def append(self, data: bytes) -> Iterator[Change | None]:
        """Take audio bytes from the wire; yield once for each step (32 ms) with the change that it caused."""
        samples = np.concatenate((self._rest, self._decoder.decode(data)))
        whole = len(samples) // STEP * STEP
        self._rest = samples[whole:]
        for start in range(0, whole, STEP):
            step = samples[start : start + STEP]
            self._keep(step)
            change = self._turns.advance(step) if self.rule else None
            if self.rule and not self._turns.speaking and change is not Change.STOPPED:
                self._drop(int((self.rule.prefix_ms + self._turns.uncounted_ms) * PER_MS) + STEP)
            yield change

    def end_after(self, silence_ms: float) -> None:
        """Let the silence that has begun end the turn after so long."""
        self._turns.end_after(silence_ms)

    def complete(self) -> None:
        """Keep what does not fill a step, and what the resampler holds back, without looking for speech in it."""
        rest = np.concatenate((self._rest, self._decoder.decode(b"", last=True)))
        self._rest = self._rest[:0]
        self._keep(rest)

    def kept(self) -> NDArray[np.int16]:
        """Return the kept audio without taking it."""
        return np.concatenate(self._steps) if self._steps else np.zeros(0, np.int16)

    def take(self) -> NDArray[np.int16]:
        """Return the kept audio and start with an empty buffer."""
        samples = self.kept()
        self._steps.clear()
        self._length = self._received = 0
        self._turns.loudness.learn()
        self._turns.forget()
        return samples

    def _keep(self, step: NDArray[np.int16]) -> None:
        self._steps.append(step)
        self._length += len(step)
        self._position += len(step)
        self._received += len(step)
        self._drop(LONGEST)

    def _drop(self, most: int) -> None:
        """Drop the oldest steps, down to `most` samples."""
        while self._length > most and self._steps:
            self._length -= len(self._steps.popleft())
