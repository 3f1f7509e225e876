"""Turn detection of the scripted server: by loudness, in 24 kHz PCM16."""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator
from enum import Enum, auto

from orchestrator.protocol.audio import PCM_BYTES_PER_MS
from orchestrator.protocol.session import PREFIX_PADDING_MS

FRAME_MS = 20
FRAME_BYTES = PCM_BYTES_PER_MS * FRAME_MS
LOUD = 300  # mean amplitude of speech; the maximum is 32,767
ONSET_FRAMES = 3  # consecutive loud frames that begin a turn
PREFIX_BYTES = PCM_BYTES_PER_MS * PREFIX_PADDING_MS.default  # of audio before a turn that belong to it


class Turn(Enum):
    """What turn detection notices."""

    STARTED = auto()
    ENDED = auto()


class TurnDetector:
    """Notices when the caller starts and stops speaking, and keeps the audio of the turn."""

    def __init__(self) -> None:
        # Audio that does not fill a frame yet.
        self._rest = b""
        # Audio of the turn; between turns, the last moments before the next one.
        self._kept = bytearray()
        # Consecutive loud frames up to now, and consecutive silent ones; one of the two is 0.
        self._loud, self._silent = 0, 0
        # Whether a turn is open.
        self._speaking = False
        # Milliseconds of audio heard so far.
        self.at_ms = 0

    def feed(self, pcm: bytes, pause_ms: int | None) -> Iterator[Turn]:
        """Take audio and yield each start and end of a turn in it; with `pause_ms` None the audio is only kept.

        A turn ends after `pause_ms` of silence. Read `at_ms` and call `cut` before asking for the next one.
        """
        self._rest += pcm
        while len(self._rest) >= FRAME_BYTES:
            frame, self._rest = self._rest[:FRAME_BYTES], self._rest[FRAME_BYTES:]
            self._kept += frame
            self.at_ms += FRAME_MS
            turn = None if pause_ms is None else self._heard(frame, pause_ms)
            if turn is not None:
                yield turn

    def cut(self) -> bytes:
        """Return the audio of the turn, or of everything since the last cut when detection is off, and forget it."""
        kept, self._kept = bytes(self._kept), bytearray()
        self._speaking, self._loud, self._silent = False, 0, 0
        return kept

    def _heard(self, frame: bytes, pause_ms: int) -> Turn | None:
        if _is_loud(frame):
            self._loud, self._silent = self._loud + 1, 0
        else:
            self._loud, self._silent = 0, self._silent + 1
        if self._speaking:
            if self._silent * FRAME_MS < pause_ms:
                return None
            self._speaking = False
            return Turn.ENDED
        del self._kept[: max(0, len(self._kept) - PREFIX_BYTES)]
        if self._loud < ONSET_FRAMES:
            return None
        self._speaking = True
        return Turn.STARTED


def _is_loud(frame: bytes) -> bool:
    samples = array.array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    return sum(map(abs, samples)) > LOUD * len(samples)
