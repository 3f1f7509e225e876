"""Telephone audio (G.711 at 8 kHz) from and to the PCM16 at 24 kHz that peers get.

Needs the extra `webrtc`, whose library knows these codecs. PCM passes through both unchanged.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from av import AudioCodecContext, AudioFrame, AudioResampler, Packet

from orchestrator.protocol.audio import G711_RATE, PCM_RATE

Name = Literal["pcm_mulaw", "pcm_alaw"]
CODECS: Mapping[str, Name] = {"audio/pcmu": "pcm_mulaw", "audio/pcma": "pcm_alaw"}


def _codec(kind: str, mode: Literal["r", "w"]) -> AudioCodecContext:
    codec = AudioCodecContext.create(CODECS[kind], mode)
    codec.format, codec.layout, codec.sample_rate = "s16", "mono", G711_RATE
    return codec


class Decoder:
    """One side's audio, in its format, as PCM16 at 24 kHz."""

    def __init__(self, kind: str) -> None:
        # The codec; None for PCM.
        self._codec = _codec(kind, "r") if kind in CODECS else None
        # Brings the samples to the other rate.
        self._resampler = AudioResampler(format="s16", layout="mono", rate=PCM_RATE)

    def decode(self, audio: bytes) -> bytes:
        """Return the samples of a piece."""
        if self._codec is None or not audio:
            return audio
        frames = self._codec.decode(Packet(audio))
        return b"".join(samples(one) for frame in frames for one in self._resampler.resample(frame))


class Encoder:
    """PCM16 at 24 kHz in the format of one side."""

    def __init__(self, kind: str) -> None:
        # The codec; None for PCM.
        self._codec = _codec(kind, "w") if kind in CODECS else None
        # Brings the samples to the other rate.
        self._resampler = AudioResampler(format="s16", layout="mono", rate=G711_RATE)

    def encode(self, pcm: bytes) -> bytes:
        """Return a piece in the format; the first one is a little shorter."""
        if self._codec is None or not pcm:
            return pcm
        frame = AudioFrame(format="s16", layout="mono", samples=len(pcm) // 2)
        frame.planes[0].update(pcm)
        frame.sample_rate = PCM_RATE
        return b"".join(bytes(out) for one in self._resampler.resample(frame) for out in self._codec.encode(one))


def samples(frame: AudioFrame) -> bytes:
    """Return the samples of a mono frame of 16 bits, whose planes are padded."""
    return bytes(frame.planes[0])[: frame.samples * 2]
