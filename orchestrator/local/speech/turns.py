"""Turn detection: Silero's speech probability and the rule that finds the beginning and end of speech in it.

Works on steps of 512 samples (32 ms) at 16 kHz; one step costs about 0.1 ms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.interruptions.loudness import Loudness
from orchestrator.local.models import VOICE_ACTIVITY, verified
from orchestrator.local.speech.audio import HEARD
from orchestrator.protocol.session import PREFIX_PADDING_MS, SILENCE_DURATION_MS, THRESHOLD

STEP, CONTEXT = 512, 64  # samples per step, and repeated from the previous step
STEP_MS = STEP * 1000 / HEARD
START_MS = 60.0  # of speech before it counts
PAUSE_MS = 160.0  # of silence before recognition may start speculatively
HYSTERESIS = 0.15  # speech continues down to this far below the threshold

Probability = Callable[[NDArray[np.int16]], float]


class Change(Enum):
    """The change that a step of audio causes."""

    STARTED = auto()  # there were 60 ms of speech
    PAUSED = auto()  # there were 160 ms of silence: perhaps the end
    RESUMED = auto()  # speech continued before the silence was long enough
    STOPPED = auto()  # the silence was long enough


@dataclass(frozen=True, slots=True)
class Rule:
    """A session object's turn detection in milliseconds."""

    threshold: float = THRESHOLD.default
    prefix_ms: float = PREFIX_PADDING_MS.default
    silence_ms: float = SILENCE_DURATION_MS.default
    adaptive: bool = False  # whether what was said may shorten or lengthen the silence


class SpeechProbability:
    """The Silero network with the memory of one stream; the network itself is shared."""

    def __init__(self) -> None:
        # Runs the network; thread-safe.
        self._network: Any = _silero()
        # The network's recurrent state for this stream.
        self._memory = np.zeros((2, 1, 128), np.float32)
        # The end of the previous step.
        self._context = np.zeros((1, CONTEXT), np.float32)
        # The sample rate, as the network takes it.
        self._rate = np.array(HEARD, np.int64)

    def __call__(self, step: NDArray[np.int16]) -> float:
        audio = np.concatenate((self._context, step[None].astype(np.float32) / 32768.0), axis=1)
        self._context = audio[:, -CONTEXT:]
        inputs = {"input": audio, "state": self._memory, "sr": self._rate}
        probability, self._memory = self._network.run(None, inputs)
        return float(probability[0, 0])


@cache
def _silero() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = verified(VOICE_ACTIVITY) / "models/silero_vad.onnx"
    return onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def warm() -> None:
    """Load the network; raises `RealtimeError`, `ImportError`."""
    SpeechProbability()(np.zeros(STEP, np.int16))


class Turns:
    """Finds turns in a stream of steps."""

    def __init__(self, probability: Probability, rule: Rule) -> None:
        # Returns how likely a step is speech, 0 to 1.
        self._probability = probability
        # Decides when speech starts and ends.
        self.rule = rule
        # Tells the caller from who is farther away.
        self.loudness = Loudness()
        # Whether the caller is speaking, by the rule.
        self.speaking = False
        # Milliseconds of speech in the turn, without the pauses.
        self.spoken_ms = 0.0
        # Milliseconds of speech that do not count yet.
        self._speech = 0.0
        # Milliseconds of silence since the last speech.
        self._silence = 0.0
        # Milliseconds of this silence that end the turn; None: as many as the rule says.
        self._limit: float | None = None

    @property
    def uncounted_ms(self) -> float:
        """Milliseconds of speech before `STARTED` is reported."""
        return self._speech

    def advance(self, step: NDArray[np.int16]) -> Change | None:
        """Take 512 samples."""
        self.loudness.hear(step)
        likely = self._probability(step)
        return self._while_speaking(likely) if self.speaking else self._while_silent(likely)

    def end_after(self, silence_ms: float) -> None:
        """Let the silence that has begun end the turn after so long, instead of what the rule says."""
        self._limit = silence_ms

    def forget(self) -> None:
        """Start over in silence, as after a commit or a clear by the client."""
        self.speaking, self._speech, self._silence, self._limit = False, 0.0, 0.0, None

    def _while_silent(self, likely: float) -> Change | None:
        is_speech = likely >= self.rule.threshold and not self.loudness.is_far()
        self._speech = self._speech + STEP_MS if is_speech else 0.0
        if self._speech < START_MS:
            return None
        self.speaking, self._silence, self.spoken_ms = True, 0.0, self._speech
        self.loudness.begin()
        return Change.STARTED

    def _while_speaking(self, likely: float) -> Change | None:
        before = self._silence
        if likely >= self.rule.threshold or (not before and likely >= self.rule.threshold - HYSTERESIS):
            self._silence, self._limit = 0.0, None
            self.spoken_ms += STEP_MS
            self.loudness.speak()
            return Change.RESUMED if before >= PAUSE_MS else None
        self._silence += STEP_MS
        # A step is 32 ms: the one in which the time is up counts.
        if self._silence + STEP_MS / 2 >= (self.rule.silence_ms if self._limit is None else self._limit):
            self.forget()
            return Change.STOPPED
        return Change.PAUSED if before < PAUSE_MS <= self._silence else None
