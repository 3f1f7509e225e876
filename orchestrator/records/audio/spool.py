"""The spool of a seat: what its recording was told while the call runs, in the order in which it was told.

    HEAD                                 when the call began, by the clock that all times in the file are of
    BLOCK, times, lengths, texts         what was told since the block before; any number of these

A text is an audio frame as it came, or a *mark*: a JSON array with a name and its arguments, as `rendering` reads them.
There is nothing to complete at the end: whatever was written is readable at any time, also while the call runs. A block
that was not written to its end is written over by the next one, and ends the file for a reader.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from struct import Struct
from typing import BinaryIO

from orchestrator.protocol.audio_frames import delta_audio

HEAD, NAME = Struct("=8sd"), b"spool 01"
BLOCK, BEGINS = Struct("=4sII"), b"told"
Entry = tuple[float, str]


def mark(name: str, *args: object) -> str:
    """Return the text that tells what is no frame."""
    return json.dumps((name, *args), separators=(",", ":"))


def is_mark(text: str) -> bool:
    """Return whether a text is a mark: frames are JSON objects."""
    return text.startswith("[")


def silences(text: str) -> bool:
    """Return whether a text is a mark that says what has to be silent."""
    return text.startswith('["silence')


def instead(frame: str) -> str:
    """Return the mark that stands for a frame which is not kept: sound that was sent ahead takes its time."""
    _, item_id, size = delta_audio(frame) or ("", "", 0)
    return mark("unsent", item_id, size)


class Spool:
    """The file, as it is being written."""

    def __init__(self, path: Path, began: float) -> None:
        # The file; writes reach the system at once, so that a process that dies loses none of them.
        self._file = FileIO(path, "w")
        # Up to where it is whole.
        self._size = 0
        self._put(HEAD.pack(NAME, began))

    def write(self, entries: Sequence[Entry]) -> None:
        """Append what was told; raises `OSError`, and then nothing of it is kept."""
        times, texts = zip(*entries, strict=True)
        told = "".join(texts).encode(errors="replace")
        lengths = array("I", map(len, texts)).tobytes()
        self._put(b"".join((BLOCK.pack(BEGINS, len(texts), len(told)), array("d", times).tobytes(), lengths, told)))

    def close(self) -> None:
        """Write nothing more."""
        self._file.close()

    def _put(self, block: bytes) -> None:
        self._file.seek(self._size)
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            with suppress(OSError):
                self._file.truncate(self._size)
            raise
        self._size += len(block)


def read(path: Path) -> Iterator[Entry]:
    """Yield what a spool holds, with the seconds of the call; raises `OSError`."""
    with path.open("rb") as file:
        head = file.read(HEAD.size)
        if len(head) < HEAD.size:
            return
        _, began = HEAD.unpack(head)
        while len(head := file.read(BLOCK.size)) == BLOCK.size:
            begins, count, size = BLOCK.unpack(head)
            if begins != BEGINS or not (block := _block(file, count, size)):
                return
            for at, text in block:
                yield at - began, text


def _block(file: BinaryIO, count: int, size: int) -> list[Entry]:
    """Read a block; nothing of one that is not whole."""
    times, lengths = array("d"), array("I")
    at, to = count * times.itemsize, count * (times.itemsize + lengths.itemsize)
    block = file.read(to + size)
    if len(block) < to + size:
        return []
    times.frombytes(block[:at])
    lengths.frombytes(block[at:to])
    text, entries, end = block[to:].decode(errors="replace"), [], 0
    for time, length in zip(times, lengths, strict=True):
        entries.append((time, text[end : end + length]))
        end += length
    return entries
