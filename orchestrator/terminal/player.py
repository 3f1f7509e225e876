"""A caller's player on paper: what would be heard and when, for the terminal caller."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.protocol.audio import PCM_RATE

BYTES_PER_SECOND = PCM_RATE * 2


@dataclass(slots=True)
class Piece:
    """Audio of one item, without a gap."""

    item_id: str
    begin: float  # seconds since the call began
    pcm: bytes

    @property
    def end(self) -> float:
        """When its last sample has been heard."""
        return self.begin + len(self.pcm) / BYTES_PER_SECOND


class Player:
    """Plays what arrives one after another, each piece as soon as it is there and the one before is over."""

    def __init__(self) -> None:
        # What was and will be heard, in order.
        self._pieces: list[Piece] = []

    def add(self, item_id: str, pcm: bytes, now: float) -> None:
        """Take in audio that arrives now."""
        end = self.end
        if self._pieces and end >= now and self._pieces[-1].item_id == item_id:
            self._pieces[-1].pcm += pcm
        else:
            self._pieces.append(Piece(item_id, max(now, end), pcm))

    @property
    def end(self) -> float:
        """When everything will have been heard."""
        return self._pieces[-1].end if self._pieces else 0.0

    def stop(self, now: float) -> list[tuple[str, int]]:
        """Drop what was not heard; return (item, milliseconds heard) of each item cut short."""
        cut = dict.fromkeys(piece.item_id for piece in self._pieces if piece.end > now)
        for piece in self._pieces:
            if piece.end > now:
                piece.pcm = piece.pcm[: 2 * max(0, int((now - piece.begin) * PCM_RATE))]
        self._pieces = [piece for piece in self._pieces if piece.pcm]
        return [(item_id, self._heard(item_id)) for item_id in cut]

    def _heard(self, item_id: str) -> int:
        return sum(len(piece.pcm) for piece in self._pieces if piece.item_id == item_id) * 1000 // BYTES_PER_SECOND

    def timeline(self) -> bytes:
        """Return everything that was heard, silence included, from the beginning of the call: 24 kHz PCM16."""
        whole = bytearray(2 * round(self.end * PCM_RATE))
        for piece in self._pieces:
            at = 2 * round(piece.begin * PCM_RATE)
            whole[at : at + len(piece.pcm)] = piece.pcm
        return bytes(whole)
