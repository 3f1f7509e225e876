"""The spool of a seat: what its recording was told while the call runs, in the order in which it was told.

    HEAD                                 when the call began, by the clock that all times in the file are of
    BLOCK, times, lengths, texts         what was told since the block before; any number of these

A text is an audio frame as it came, or a *mark*: a JSON array with a name and its arguments, as `rendering` reads them.
There is nothing to complete at the end: whatever was written is readable at any time, also while the call runs. A block
that was not written to its end is written over by the next one, and ends the file for a reader.
"""

from __future__ import annotations

import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from io import FileIO
from pathlib import Path
from struct import Struct

from orchestrator.protocol.audio_frames import APPEND_OPENING, delta_audio

HEAD, NAME = Struct("=8sd"), b"spool 01"
BLOCK, BEGINS = Struct("=4sII"), b"told"
TIME, EACH = Struct("=d"), 12  # bytes of a time, and of a time with a length
SILENCE, SILENCE_ITEM = "silence", "silence item"  # the names of marks: start and end; item and since when it was said
SOUND = re.compile(rb"[A-Za-z0-9+/=\\]{100,}")  # ids are shorter
OPENING = 1_000  # characters in which an item is named
AHEAD = 10.0  # seconds before the first word of an item, from which its sound may have come
Entry = tuple[float, str]


def mark(name: str, *args: object) -> str:
    """Return the text that tells what is no frame."""
    return json.dumps((name, *args), separators=(",", ":"))


def is_mark(text: str) -> bool:
    """Return whether a text is a mark: frames are JSON objects."""
    return text.startswith("[")


def silences(text: str) -> bool:
    """Return whether a text is a mark that says what has to be silent."""
    return text.startswith(f'["{SILENCE}')


def without_sound(entries: Sequence[Entry]) -> list[Entry]:
    """Return the marks, and one in the place of each frame of the team: what was sent ahead takes its time."""
    kept = []
    for at, text in entries:
        if is_mark(text):
            kept.append((at, text))
        elif (found := delta_audio(text)) is not None:
            kept.append((at, mark("unsent", *found[1:])))
    return kept


class Spool:
    """The file, as it is being written."""

    def __init__(self, path: Path, began: float) -> None:
        # The file; writes reach the system at once, so that a process that dies loses none of them.
        self._file = FileIO(path, "w+")
        # When the call began, and up to where the file is whole.
        self._began, self._size = began, 0
        self._put(HEAD.pack(NAME, began))

    def write(self, entries: Sequence[Entry]) -> None:
        """Append what was told; raises `OSError`, and then nothing of it is kept."""
        times, texts = zip(*entries, strict=True)
        told = "".join(texts).encode(errors="replace")
        lengths = array("I", map(len, texts)).tobytes()
        self._put(b"".join((BLOCK.pack(BEGINS, len(texts), len(told)), array("d", times).tobytes(), lengths, told)))

    def hide(self, mark: str) -> None:
        """Overwrite, in what was written, the sound that a mark says has to be silent; raises `OSError`."""
        since, wanted = _hidden(mark, self._began)
        at = HEAD.size
        while at < self._size:
            self._file.seek(at)
            _, count, size = BLOCK.unpack(self._file.read(BLOCK.size))
            at += BLOCK.size + count * EACH
            block = self._file.read(count * EACH)
            if count and TIME.unpack_from(block, (count - 1) * TIME.size)[0] >= since:
                self._hide(at, _entries(block + self._file.read(size), count), wanted)
            at += size

    def _hide(self, at: int, entries: list[Entry], wanted: Callable[[float, str], bool]) -> None:
        for time, text in entries:
            told = text.encode()
            if wanted(time, text):
                self._file.seek(at)
                self._file.write(SOUND.sub(lambda sound: b"A" * len(sound[0]), told))
            at += len(told)

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
            block = file.read(count * EACH + size) if begins == BEGINS else b""
            if len(block) < count * EACH + size or not block:
                return
            for at, text in _entries(block, count):
                yield at - began, text


def _hidden(mark: str, began: float) -> tuple[float, Callable[[float, str], bool]]:
    """Return since when there may be sound that a mark says has to be silent, and whether an entry is some of it."""
    name, *args = json.loads(mark)
    if name == SILENCE:
        start, end = (began + seconds for seconds in args)
        return start, lambda at, text: start < at < end and APPEND_OPENING.match(text) is not None
    item_id, start = args
    own = json.dumps(item_id)
    return began + start - AHEAD, lambda _, text: own in text[:OPENING] and not APPEND_OPENING.match(text)


def _entries(block: bytes, count: int) -> list[Entry]:
    times, lengths = array("d"), array("I")
    at, to = count * times.itemsize, count * EACH
    times.frombytes(block[:at])
    lengths.frombytes(block[at:to])
    text, entries, end = block[to:].decode(errors="replace"), [], 0
    for time, length in zip(times, lengths, strict=True):
        entries.append((time, text[end : end + length]))
        end += length
    return entries
