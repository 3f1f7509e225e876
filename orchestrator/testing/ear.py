"""Turn detection of the scripted server: by loudness, in 24 kHz PCM16."""

from __future__ import annotations

import array
import sys
from collections.abc import Iterator

FRAME_MS = 20
FRAME_BYTES = 48 * FRAME_MS
LOUD = 300  # mean amplitude of speech; of 32,767
ONSET_FRAMES = 3  # loud frames in a row that begin a turn
PREFIX_BYTES = 48 * 300  # that are kept from before a turn
PAUSE_MS = 500  # of silence that end a turn, unless the session says how many


class Ear:
    """Hears when the caller begins and ends to speak, and keeps what was said."""

    def __init__(self) -> None:
        # Audio that does not fill a frame yet.
        self._rest = b""
        # Audio of the turn; before it, of the last moments.
        self._kept = bytearray()
        # Loud frames in a row, then silent ones.
        self._loud, self._silent = 0, 0
        # The caller is speaking.
        self.speaking = False
        # Milliseconds heard so far.
        self.at_ms = 0

    def take(self, pcm: bytes, pause_ms: int | None) -> Iterator[bool]:
        """Take audio; yields True where a turn begins and False where it ends. `pause_ms` None: detection is off."""
        self._rest += pcm
        while len(self._rest) >= FRAME_BYTES:
            frame, self._rest = self._rest[:FRAME_BYTES], self._rest[FRAME_BYTES:]
            self._kept += frame
            self.at_ms += FRAME_MS
            if pause_ms is None:
                continue
            if _loud(frame):
                self._loud, self._silent = self._loud + 1, 0
            else:
                self._loud, self._silent = 0, self._silent + 1
            if not self.speaking:
                del self._kept[: max(0, len(self._kept) - PREFIX_BYTES)]
            if not self.speaking and self._loud >= ONSET_FRAMES:
                self.speaking = True
                yield True
            elif self.speaking and self._silent * FRAME_MS >= pause_ms:
                self.speaking = False
                yield False

    def cut(self) -> bytes:
        """Return what was heard since the last cut, or of the turn, and forget it."""
        kept, self._kept = bytes(self._kept), bytearray()
        self.speaking, self._loud, self._silent = False, 0, 0
        return kept


def _loud(frame: bytes) -> bool:
    samples = array.array("h", frame)
    if sys.byteorder == "big":
        samples.byteswap()
    return sum(map(abs, samples)) > LOUD * len(samples)
