"""The audio of somebody who speaks at this moment, on its way to a peer who hears it 20 ms at a time. Does no I/O.

Nothing is kept for long: when more than `LATE` waits, the oldest of it is dropped, as what follows is more urgent.
"""

from __future__ import annotations

from orchestrator.gateway.webrtc.playout import FRAME
from orchestrator.protocol.audio import PCM_BYTES_PER_MS

LATE = 400 * PCM_BYTES_PER_MS  # bytes


class Live:
    """PCM16 at 24 kHz, in pieces of any size in, in frames out."""

    def __init__(self) -> None:
        # What was not heard yet.
        self._audio = bytearray()

    def add(self, audio: bytes) -> None:
        """Take what was said; half a sample at the end is dropped."""
        self._audio += audio[: len(audio) // 2 * 2]
        del self._audio[: max(0, len(self._audio) - LATE)]

    def next_frame(self) -> bytes | None:
        """Return the next 20 ms; None while there is less than that."""
        if len(self._audio) < FRAME:
            return None
        frame = bytes(self._audio[:FRAME])
        del self._audio[:FRAME]
        return frame
