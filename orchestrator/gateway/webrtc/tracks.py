"""The audio tracks of a peer connection: the caller's as pieces of PCM16 at 24 kHz, the agents' at the pace of speech.

Needs the extra `webrtc`, as its only user `peer` does.
"""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, cast

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioCodecContext, AudioFrame, AudioResampler, Packet

from orchestrator.gateway.webrtc.playout import FRAME, FRAME_MS
from orchestrator.protocol.audio import PCM_RATE, silence

SAMPLES = PCM_RATE * FRAME_MS // 1000
PACE = FRAME_MS / 1000
BASE = fractions.Fraction(1, PCM_RATE)
BIT_RATE = 32_000  # what Opus needs for speech of this bandwidth
SILENCE = b"\xf8\xff\xfe"  # Opus: 20 ms of silence
SETTLE = 10  # silent packets that are still encoded, so that the last sound fades out
LATE_SECONDS = 0.1  # if it is later than this, the missed time is skipped instead of sent in a burst
QUIET_SECONDS = 0.1  # without a packet, then the caller is considered silent
QUIET = silence("audio/pcm", round(QUIET_SECONDS * 1000))


async def caller_audio(track: MediaStreamTrack) -> AsyncIterator[bytes]:
    """Yield the audio of a caller's track in pieces of 20 ms, until it ends.

    A browser whose microphone is paused sends nothing, but turn detection waits for silence: it gets some.
    """
    resampler = AudioResampler(format="s16", layout="mono", rate=PCM_RATE)
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
    """Opus for one track, encoded here because the library would use a thread pool that other calls keep busy.

    Lasting silence is one constant packet, so a call in which nobody speaks costs next to nothing.
    """

    def __init__(self) -> None:
        # The codec; None while silence lasts.
        self._codec: AudioCodecContext | None = None
        # Silent frames in a row.
        self._silent = 0
        # Samples so far.
        self._at = 0

    def encode(self, piece: bytes | None) -> bytes:
        """Return the packet for 20 ms of PCM16; None stands for silence."""
        self._silent = self._silent + 1 if piece is None else 0
        if self._silent > SETTLE:
            self._codec = None  # start afresh afterwards: the decoder loses its state across such packets
            return SILENCE
        codec = self._codec = self._codec or _codec()
        frame = AudioFrame(format="s16", layout="mono", samples=SAMPLES)
        frame.planes[0].update(piece or bytes(FRAME))
        frame.sample_rate, frame.time_base, frame.pts = PCM_RATE, BASE, self._at
        self._at += SAMPLES
        return b"".join(map(bytes, codec.encode(frame))) or SILENCE


def _codec() -> AudioCodecContext:
    codec = AudioCodecContext.create("libopus", "w")
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", PCM_RATE
    codec.time_base, codec.bit_rate = BASE, BIT_RATE
    codec.options = {"application": "voip", "fec": "1", "packet_loss": "5"}
    return codec


class AgentTrack(MediaStreamTrack):
    """The track that the caller hears."""

    kind = "audio"

    def __init__(
        self,
        next_frame: Callable[[], bytes | None],
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__()
        # Returns the next 20 ms; None stands for silence.
        self._next_frame = next_frame
        # The clock that paces the packets, and how to wait on it.
        self._clock, self._sleep = clock or asyncio.get_running_loop().time, sleep
        # Encodes them as packets.
        self._encoder = OpusEncoder()
        # When the next packet is due.
        self._due: float | None = None
        # Samples so far, including those that were skipped.
        self._at = 0

    async def recv(self) -> Packet[Any]:
        """Return the next packet when it is due."""
        if self.readyState != "live":
            raise MediaStreamError
        now = self._clock()
        if self._due is None:
            self._due = now
        elif now - self._due > LATE_SECONDS:
            missed = int((now - self._due) / PACE)
            self._due += missed * PACE
            self._at += missed * SAMPLES
        await self._sleep(max(0.0, self._due - now))
        packet = Packet(self._encoder.encode(self._next_frame()))
        packet.time_base, packet.pts = BASE, self._at
        self._due += PACE
        self._at += SAMPLES
        return packet
