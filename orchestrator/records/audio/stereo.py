"""The two sides of a seat as one sound: the caller left, the team right. Also of a call that is still running."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from struct import pack

from orchestrator.core.memory.shared import FIRST
from orchestrator.records.audio.files import base, finished, spool_of
from orchestrator.records.audio.rendering import Sides, render
from orchestrator.records.audio.sound import RATE, SAMPLE_BYTES, STEP_SAMPLES, STEPS, pcm_of
from orchestrator.threads import GivingWay

FRAME_BYTES = 2 * SAMPLE_BYTES  # of both sides
BLOCK = STEPS  # of each side read at a time: a second
HEADER = 44  # bytes
LONGEST_WAV = (1 << 32) - 1 - HEADER  # bytes of sound: 12 hours
OPUS_RATE, TAIL = 48_000, 65_536  # what an Ogg/Opus file counts time in, and the bytes that hold its last page
TYPES = {".ogg": "audio/ogg", ".wav": "audio/wav"}


@dataclass(frozen=True, slots=True)
class Stereo:
    """What can be played of a seat: a finished file, or what was recorded so far."""

    path: Path | None  # of the finished file; None while there is none
    sides: Sides  # while there is none
    size: int  # bytes
    seconds: float

    @property
    def media_type(self) -> str:
        """What kind of file it is, or would be."""
        return TYPES[".wav" if self.path is None else self.path.suffix]

    def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from one place up to another, as a request for a range asks for them."""
        end = self.size if end is None else min(end, self.size)
        if self.path is not None:
            yield from _read(self.path, start, end)
            return
        if start < HEADER:
            yield wav_header(self.size - HEADER)[start:end]
        at, end = max(0, start - HEADER), end - HEADER
        for block in interleaved(self.sides, at // FRAME_BYTES, -(-end // FRAME_BYTES)):
            first = at // FRAME_BYTES * FRAME_BYTES
            yield block[at - first : end - first]
            at = first + len(block)


def stereo(folder: Path, call: str, seat: str = FIRST) -> Stereo | None:
    """Return the recording of a seat; None when there is none. Raises `ValueError` for what is no id of a call."""
    return at(base(folder, call, seat))


def at(base: Path) -> Stereo | None:
    """Return the recording whose files' names begin so; None when there is none."""
    path = finished(base)
    if path is not None:
        return Stereo(path, {}, path.stat().st_size, duration(path))
    try:
        sides = render(spool_of(base), GivingWay())
    except FileNotFoundError:
        return None
    samples = length(sides)
    return Stereo(None, sides, HEADER + samples * FRAME_BYTES, samples / RATE)


def length(sides: Sides) -> int:
    """Return the samples of the longer side, as far as a WAV file can hold them."""
    return min(max(side.length for side in sides.values()) * STEP_SAMPLES, LONGEST_WAV // FRAME_BYTES)


def interleaved(sides: Sides, start: int, end: int) -> Iterator[bytes]:
    """Yield both sides from one sample up to another; the side that is shorter is silent at its end."""
    at, skipped = divmod(start, STEP_SAMPLES)  # steps, and samples of the first block
    while start < end:
        count = min(BLOCK * STEP_SAMPLES - skipped, end - start)
        both = array("h", bytes(count * FRAME_BYTES))
        for channel, side in enumerate(sides.values()):
            pcm = pcm_of(side.read(at, BLOCK))[skipped * SAMPLE_BYTES : (skipped + count) * SAMPLE_BYTES]
            both[channel::2] = array("h", pcm.ljust(count * SAMPLE_BYTES, b"\0"))
        yield both.tobytes()
        at, start, skipped = at + BLOCK, start + count, 0


def wav_header(size: int) -> bytes:
    """Return the header of a stereo WAV file with so many bytes of sound."""
    form = pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE, RATE * FRAME_BYTES, FRAME_BYTES, 8 * SAMPLE_BYTES)
    return pack("<4sI4s", b"RIFF", HEADER - 8 + size, b"WAVE") + form + pack("<4sI", b"data", size)


def duration(path: Path) -> float:
    """Return the seconds of a finished file; 0 for one that is broken."""
    size = path.stat().st_size
    if path.suffix == ".wav":
        return max(0, size - HEADER) / FRAME_BYTES / RATE
    with path.open("rb") as file:
        head = file.read(256)
        file.seek(max(0, size - TAIL))
        last = file.read()
    opus, page = head.find(b"OpusHead"), last.rfind(b"OggS")
    if opus < 0 or page < 0 or len(last) < page + 14:
        return 0.0
    # RFC 7845: the position of the last page, less the samples that a decoder drops at the start.
    skipped = int.from_bytes(head[opus + 10 : opus + 12], "little")
    position = int.from_bytes(last[page + 6 : page + 14], "little")
    return max(0, position - skipped) / OPUS_RATE


def _read(path: Path, start: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < end and (block := file.read(min(TAIL, end - start))):
            yield block
            start += len(block)
