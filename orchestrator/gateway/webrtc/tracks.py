"""Audio tracks of a peer connection: the caller's as pieces of PCM16 at 24 kHz, the agents' at the pace of speech.

Needs the extra `webrtc`, as `peer` does, which is its only user.
"""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import AsyncIterator, Callable
from typing import Any, cast

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioCodecContext, AudioFrame, AudioResampler, Packet

from orchestrator.gateway.webrtc.playout import FRAME, FRAME_MS

RATE = 24_000  # samples per second
SAMPLES = RATE * FRAME_MS // 1000
PACE = FRAME_MS / 1000
BASE = fractions.Fraction(1, RATE)
BIT_RATE = 32_000  # what Opus needs for speech of this bandwidth
SILENCE = b"\xf8\xff\xfe"  # Opus: 20 ms of nothing
SETTLE = 10  # silent packets that are encoded, for the last sound to fade
LATE_SECONDS = 0.1  # behind the clock by more than this, what was missed is left out and not sent in a burst
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


class OpusEncoder:
    """Opus for one voice, made here and not by the library, which would do it in threads that others keep busy.

    Silence that lasts is one constant packet, so that a call in which nobody speaks costs next to nothing.
    """

    def __init__(self) -> None:
        # The codec; None while silence lasts.
        self._codec: AudioCodecContext | None = None
        # Silent frames in a row.
        self._silent = 0
        # Samples so far.
        self._at = 0

    def encode(self, piece: bytes | None) -> bytes:
        """Return the packet of 20 ms of PCM16; None is silence."""
        self._silent = self._silent + 1 if piece is None else 0
        if self._silent > SETTLE:
            self._codec = None  # what comes next begins anew: a decoder forgets across such packets
            return SILENCE
        codec = self._codec = self._codec or _codec()
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(piece or bytes(FRAME))
        frame.sample_rate, frame.time_base, frame.pts = RATE, BASE, self._at
        self._at += SAMPLES
        return b"".join(map(bytes, codec.encode(frame))) or SILENCE


def _codec() -> AudioCodecContext:
    codec = AudioCodecContext.create("libopus", "w")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", RATE
    codec.time_base, codec.bit_rate = BASE, BIT_RATE
    codec.options = {"application": "voip", "fec": "1", "packet_loss": "5"}
    return codec


class AgentTrack(MediaStreamTrack):
    """The track that the caller hears."""

    kind = "audio"

    def __init__(self, take: Callable[[], bytes | None]) -> None:
        super().__init__()
        # Gives the next 20 ms; None is silence.
        self._take = take
        # Makes packets of them.
        self._encoder = OpusEncoder()
        # When the next packet is due, in the loop's clock.
        self._due: float | None = None
        # Samples so far, with those that were missed.
        self._at = 0

    async def recv(self) -> Packet[Any]:
        """Return the next packet when it is due."""
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
        packet = Packet(self._encoder.encode(self._take()))
        packet.time_base, packet.pts = BASE, self._at
        self._due += PACE
        self._at += SAMPLES
        return packet
