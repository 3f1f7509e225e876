"""Audio tracks of a peer connection: the caller's as pieces of PCM16 at 24 kHz, the agents' at the pace of speech.

Needs the extra `webrtc`, as `peer` does, which is its only user.
"""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import AsyncIterator, Callable
from typing import cast

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler

from orchestrator.gateway.playout import FRAME, FRAME_MS

RATE = 24_000  # samples per second
SAMPLES = RATE * FRAME_MS // 1000
PACE = FRAME_MS / 1000
LATE_SECONDS = 0.5  # behind the clock by more than this, what was missed is not caught up
QUIET_SECONDS = 0.1  # without a packet, then the caller is taken to be silent
QUIET = bytes(RATE * 2 * round(QUIET_SECONDS * 1000) // 1000)


async def heard(track: MediaStreamTrack) -> AsyncIterator[bytes]:
    """Yield what comes over a caller's track, in pieces of 20 ms, until it ends.

    A browser that has no microphone for a while sends nothing; turn detection waits for silence and gets it.
    """
    resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
    rest = bytearray()
    begun = False
    while True:
        try:
            async with asyncio.timeout(QUIET_SECONDS if begun else None):
                frame = cast(AudioFrame, await track.recv())
        except TimeoutError:
            rest += QUIET
        except MediaStreamError:
            return
        else:
            begun = True
            for one in resampler.resample(frame):
                rest += bytes(one.planes[0])[: one.samples * 2]  # planes are padded
        while len(rest) >= FRAME:
            yield bytes(rest[:FRAME])
            del rest[:FRAME]


class Voice(MediaStreamTrack):
    """The track that the caller hears."""

    kind = "audio"

    def __init__(self, take: Callable[[], bytes | None]) -> None:
        super().__init__()
        # Gives the next 20 ms; None is silence.
        self._take = take
        # When the next frame is due, in the loop's clock.
        self._due: float | None = None
        # Samples so far.
        self._at = 0

    async def recv(self) -> AudioFrame:
        """Return the next frame when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        now = asyncio.get_running_loop().time()
        if self._due is None:
            self._due = now
        elif now - self._due > LATE_SECONDS:
            missed = int((now - self._due) / PACE)
            self._due += missed * PACE
            self._at += missed * SAMPLES
        await asyncio.sleep(max(0.0, self._due - now))
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(self._take() or bytes(FRAME))
        frame.sample_rate = RATE
        frame.time_base = fractions.Fraction(1, RATE)
        frame.pts = self._at
        self._due += PACE
        self._at += SAMPLES
        return frame
