"""Where recordings are on disk, and the raw file of one side of a seat.

    FOLDER/CALL/SEAT.spool              while the call runs: what was told, as it came
    FOLDER/CALL/SEAT.ogg or SEAT.wav    after it: stereo

A raw file has no name, so that it is gone with the process that made it. It is base64 of PCM16 at 24 kHz, written at
the place where its sound was heard. What was not written is silence, which takes no space where the file system knows
holes.
"""

from __future__ import annotations

import re
from collections import deque
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import quote
from weakref import finalize

from orchestrator.core.memory.shared import FIRST
from orchestrator.records.audio.placing import Place
from orchestrator.records.audio.sound import STEP_CHARACTERS

CALL = re.compile(r"[A-Za-z0-9_-]{1,64}")
LONGEST_NAME = 100  # characters of a file's name that a seat's name may take
SPOOL, FINISHED = ".spool", (".ogg", ".wav")
SPANS = 256  # that are to be silent, and may not have been written; older ones are forgotten
BLOCK = 64 * 1024  # bytes of silence written at a time


class Side(StrEnum):
    """Who is heard."""

    CALLER = "caller"
    TEAM = "team"


def folder_of(folder: Path, call: str) -> Path:
    """Return the folder of a call's recordings; raises `ValueError` for what cannot be the id of a call."""
    if not CALL.fullmatch(call):
        raise ValueError(f"{call!r} is not the id of a call")
    return folder / call


def base(folder: Path, call: str, seat: str = FIRST) -> Path:
    """Return how the names of a seat's files begin: callers choose the names of seats."""
    quoted = quote(seat, safe="").replace(".", "%2E")
    return folder_of(folder, call) / (quoted if len(quoted) <= LONGEST_NAME else sha256(seat.encode()).hexdigest())


def bases(own: Path) -> list[Path]:
    """Return how the names of all seats' files begin, in the folder of a call."""
    ends = (SPOOL, *FINISHED)
    names = {path.name.removesuffix(end) for path in own.glob("*") for end in ends if path.name.endswith(end)}
    return [own / name for name in sorted(names)]


def unused(wanted: Path) -> Path:
    """Return a beginning for which there are no files: a seat that was left can be taken again."""
    taken, number, found = set(bases(wanted.parent)), 2, wanted
    while found in taken:
        found, number = wanted.with_name(f"{wanted.name}~{number}"), number + 1
    return found


def spool_of(base: Path) -> Path:
    """Return what is written while the call runs."""
    return with_suffix(base, SPOOL)


def finished(base: Path) -> Path | None:
    """Return the stereo file; None while there is none."""
    return next((path for suffix in FINISHED if (path := with_suffix(base, suffix)).exists()), None)


def with_suffix(base: Path, suffix: str) -> Path:
    """Return the name of a file of a seat."""
    return base.with_name(base.name + suffix)


class RawFile:
    """The file of one side, which is silent where it has to be."""

    def __init__(self, folder: Path) -> None:
        # The file.
        self._file = TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115 - it lasts as long as this
        finalize(self, self._file.close)
        # Steps up to its end, and up to where the last were written.
        self.length = self._at = 0
        # Where nothing is written.
        self._silent: deque[Place] = deque(maxlen=SPANS)

    def write(self, start: int, text: bytes) -> None:
        """Write text where its sound was heard; raises `OSError`."""
        place = Place(start, start + len(text) // STEP_CHARACTERS)
        hidden = [span for each in self._silent if (span := each.within(place.start, place.end)) is not None]
        if hidden:
            quiet = bytearray(text)
            for span in hidden:
                first, last = (STEP_CHARACTERS * (at - start) for at in span)
                quiet[first:last] = bytes(last - first)
            text = bytes(quiet)
        self._put(start, text)
        self.length = max(self.length, place.end)

    def silence(self, place: Place, *, lasting: bool = True) -> None:
        """Make a stretch silent; with `lasting`, also for what is written there later. Raises `OSError`."""
        if lasting:
            self._silent.append(place)
        written = place.within(0, self.length)
        at = written.start if written else self.length
        while written and at < written.end:
            count = min(BLOCK // STEP_CHARACTERS, written.end - at)
            self._put(at, bytes(STEP_CHARACTERS * count))
            at += count

    def read(self, start: int, count: int) -> bytes:
        """Return the text of some steps, as far as there are any."""
        self._file.seek(STEP_CHARACTERS * start)
        self._at = -1
        return self._file.read(STEP_CHARACTERS * count)

    def _put(self, start: int, text: bytes) -> None:
        if start != self._at:
            self._file.seek(STEP_CHARACTERS * start)
        self._at = -1  # unknown, should it fail
        end = start + len(text) // STEP_CHARACTERS
        while text:
            text = text[self._file.write(text) :]
        self._at = end
