"""What the caller in the terminal hears, and when: a simulated playback, also where there are no speakers."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.protocol.audio import PCM_RATE

BYTES_PER_SECOND = PCM_RATE * 2


@dataclass(slots=True)
class Piece:
    """Audio of one item that is heard without a gap."""

    item_id: str
    begin: float  # seconds since the call began
    pcm: bytes

    @property
    def end(self) -> float:
        """When its last sample has been heard."""
        return self.begin + len(self.pcm) / BYTES_PER_SECOND


class Playback:
    """Plays audio in the order of arrival: at once, or as soon as the audio before it is over."""

    def __init__(self) -> None:
        # What was heard and what is queued, in order.
        self._pieces: list[Piece] = []

    def add(self, item_id: str, pcm: bytes, now: float) -> None:
        """Queue audio that arrives now."""
        end = self.end
        if self._pieces and end >= now and self._pieces[-1].item_id == item_id:
            self._pieces[-1].pcm += pcm
        else:
            self._pieces.append(Piece(item_id, max(now, end), pcm))

    @property
    def end(self) -> float:
        """When everything queued will have been heard."""
        return self._pieces[-1].end if self._pieces else 0.0

    def stop(self, now: float) -> list[tuple[str, int]]:
        """Drop what was not heard yet; return each item cut short, with the milliseconds of it that were heard."""
        cut = dict.fromkeys(piece.item_id for piece in self._pieces if piece.end > now)
        for piece in self._pieces:
            if piece.end > now:
                piece.pcm = piece.pcm[: 2 * max(0, int((now - piece.begin) * PCM_RATE))]
        self._pieces = [piece for piece in self._pieces if piece.pcm]
        return [(item_id, self._heard_ms(item_id)) for item_id in cut]

    def _heard_ms(self, item_id: str) -> int:
        heard = sum(len(piece.pcm) for piece in self._pieces if piece.item_id == item_id)
        return heard * 1000 // BYTES_PER_SECOND

    def recording(self) -> bytes:
        """Return everything that was heard since the call began, silence included, as 24 kHz PCM16."""
        whole = bytearray(2 * round(self.end * PCM_RATE))
        for piece in self._pieces:
            at = 2 * round(piece.begin * PCM_RATE)
            whole[at : at + len(piece.pcm)] = piece.pcm
        return bytes(whole)
