"""Converts the audio of the wire to the 16 kHz that is heard, and the PCM that is spoken to the audio of the wire."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech import g711
from orchestrator.protocol.audio import PCM_RATE, RATES

HEARD, SPOKEN = 16_000, PCM_RATE  # samples a second
QUALITY = "MQ"  # of soxr: holds back 9 ms (26 ms of G.711), and speech has nothing that more would keep


class Decoder:
    """One stream of a caller's audio, brought to 16 kHz."""

    def __init__(self, format_type: str) -> None:
        self.format_type = format_type
        # Half a sample that the next chunk completes.
        self._rest = b""
        # Holds back a little of what it is given, until there is more.
        self._resampler = self._new_resampler()

    def _new_resampler(self) -> Any:
        import soxr

        return soxr.ResampleStream(RATES[self.format_type], HEARD, 1, dtype="int16", quality=QUALITY)

    def decode(self, data: bytes, *, last: bool = False) -> NDArray[np.int16]:
        """Return samples; `last` brings what is still held back: what follows begins anew."""
        if self.format_type == "audio/pcm":
            data = self._rest + data
            whole = len(data) // 2 * 2
            data, self._rest = data[:whole], data[whole:]
            samples = np.frombuffer(data, "<i2").astype(np.int16, copy=False)
        else:
            samples = g711.decode(data, law=self.format_type)
        resampled: NDArray[np.int16] = self._resampler.resample_chunk(samples, last=last)
        if last:
            self._resampler = self._new_resampler()
        return resampled


class Encoder:
    """One stream of an agent's audio, from 24 kHz to bytes of the wire."""

    def __init__(self, format_type: str) -> None:
        import soxr

        self.format_type = format_type
        rate = RATES[format_type]
        # None: the wire's rate is ours.
        self._resampler: Any = None if rate == SPOKEN else soxr.ResampleStream(SPOKEN, rate, 1, dtype="int16")

    def encode(self, samples: NDArray[np.int16], *, last: bool = False) -> bytes:
        """Return bytes; `last` brings what is still held back, and ends the stream."""
        if self._resampler is None:
            return samples.astype("<i2").tobytes()
        return g711.encode(self._resampler.resample_chunk(samples, last=last), law=self.format_type)
