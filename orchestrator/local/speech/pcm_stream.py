"""Uncompressed audio as it arrives, raw or as a WAV file, brought to mono samples at 24 kHz."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.speech import g711
from orchestrator.local.speech.audio import SPOKEN

SLOWEST, FASTEST = 4_000, 384_000  # samples a second
MOST_CHANNELS = 8
LONGEST_HEADER = 65_536  # bytes before the audio of a WAV file
PCM, FLOAT, ALAW, MULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE  # formats in a WAV file
LAWS = {ALAW: "audio/pcma", MULAW: "audio/pcmu"}
WIDTHS = {PCM: (8, 16, 24, 32), FLOAT: (32, 64), ALAW: (8,), MULAW: (8,)}  # bits of a sample


@dataclass(frozen=True, slots=True)
class Layout:
    """How samples are written."""

    rate: int = SPOKEN
    channels: int = 1
    bits: int = 16
    kind: int = PCM  # a format in a WAV file
    big_endian: bool = False  # of 16-bit samples

    @property
    def usable(self) -> bool:
        """Whether it can be converted."""
        known = self.bits in WIDTHS.get(self.kind, ())
        return known and SLOWEST <= self.rate <= FASTEST and 0 < self.channels <= MOST_CHANNELS

    def samples(self, data: bytes) -> NDArray[Any]:
        """Return whole samples as 16-bit values."""
        if self.kind in LAWS:
            return g711.decode(data, law=LAWS[self.kind])
        if self.kind == FLOAT:
            loud: NDArray[Any] = np.clip(np.nan_to_num(np.frombuffer(data, f"<f{self.bits // 8}")), -1.0, 1.0)
            return loud * 32767.0
        if self.bits == 8:
            return (np.frombuffer(data, np.uint8).astype(np.int16) - 128) << 8
        if self.bits == 16:
            return np.frombuffer(data, ">i2" if self.big_endian else "<i2").astype(np.int16)
        upper: NDArray[Any] = np.frombuffer(data, np.uint8).reshape(-1, self.bits // 8)[:, -2:].copy().view("<i2")[:, 0]
        return upper


class PcmStream:
    """Audio of one layout."""

    def __init__(self, layout: Layout) -> None:
        # How it is written.
        self._layout = layout
        # The beginning of a sample that the next piece completes.
        self._rest = b""
        # None: the rate is ours.
        self._resampler: Any = None
        if layout.rate != SPOKEN:
            import soxr

            self._resampler = soxr.ResampleStream(layout.rate, SPOKEN, 1, dtype="int16")

    def add(self, data: bytes, *, last: bool = False) -> NDArray[np.int16]:
        """Return what is complete; `last` brings what is held back."""
        layout, data = self._layout, self._rest + data
        size = layout.channels * layout.bits // 8
        whole = len(data) // size * size
        self._rest = data[whole:]
        samples = layout.samples(data[:whole])
        if layout.channels > 1:
            samples = samples.reshape(-1, layout.channels).mean(axis=1)
        samples = samples.astype(np.int16)
        if self._resampler is not None:
            samples = self._resampler.resample_chunk(samples, last=last)
        return samples


class WavStream:
    """A WAV file that arrives in pieces: a server that streams writes no length into it, or a false one."""

    def __init__(self) -> None:
        # What has arrived of the header; the audio is in the stream that it describes.
        self._header = b""
        self._audio: PcmStream | None = None
        # Bytes of audio that are still to come; what follows them is no audio.
        self._left = 0

    def add(self, data: bytes, *, last: bool = False) -> NDArray[np.int16]:
        """Return what is complete; raises ValueError with what is wrong."""
        if self._audio is None:
            self._header += data
            data = self._begin()
        if self._audio is None:
            if last or len(self._header) > LONGEST_HEADER:
                raise ValueError("a WAV file without audio")
            return np.zeros(0, np.int16)
        data = data[: self._left]
        self._left -= len(data)
        return self._audio.add(data, last=last)

    def _begin(self) -> bytes:
        """Read the header once it is complete; return the audio behind it."""
        at, layout = 12, None
        while len(self._header) >= at + 8:
            name, size = struct.unpack_from("<4sI", self._header, at)
            at += 8
            if name == b"data":
                if layout is None or not layout.usable:
                    raise ValueError("a WAV file in a format that cannot be read")
                self._audio = PcmStream(layout)
                self._left = size or 0xFFFFFFFF
                return self._header[at:]
            if name == b"fmt " and size >= 16 and len(self._header) >= at + 16:
                layout = _layout(self._header[at : at + size])
            at += size + size % 2
        return b""


def _layout(chunk: bytes) -> Layout:
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if kind == EXTENSIBLE and len(chunk) >= 26:
        (kind,) = struct.unpack_from("<H", chunk, 24)
    return Layout(rate, channels, bits, kind)
