"""Audio on its way to a client that cannot drop what it has: sent little earlier than it is played. Sans-I/O.

Agents speak faster than time. A client that was given all of an answer would go on playing it after the caller has
interrupted. So it is given no more than `LEAD` seconds that it has not played, and what was heard follows from the
time, as it plays what it gets without gaps.

When it is full: more audio waits than a model produces in one answer; further audio is dropped.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

LEAD = 0.5  # seconds
LIMIT = 300_000.0  # milliseconds that wait: five minutes


@dataclass(frozen=True, slots=True)
class Piece:
    """Audio of an item, as it came."""

    item_id: str
    payload: str
    ms: float


@dataclass(slots=True)
class Sent:
    """What the client was given of an item."""

    item_id: str
    ms: float = 0.0
    end: float = 0.0  # when it will have played it


class Pace:
    """The audio on its way to one client. `now` is any monotonic clock, in seconds."""

    def __init__(self) -> None:
        # Audio that waits, and how long it is in milliseconds.
        self._waiting: deque[Piece] = deque()
        self._ms = 0.0
        # Items of which the client was given something that it may not have played, the oldest first.
        self._sent: deque[Sent] = deque()

    def add(self, piece: Piece) -> None:
        """Queue audio."""
        if self._ms + piece.ms <= LIMIT:
            self._waiting.append(piece)
            self._ms += piece.ms

    def due(self, now: float) -> list[str]:
        """Return what is to be sent now."""
        while len(self._sent) > 1 and self._sent[0].end <= now:
            self._sent.popleft()
        payloads = []
        while self._waiting and self._ahead(now) < LEAD:
            payloads.append(self._send(now))
        return payloads

    def wait(self, now: float) -> float | None:
        """Return the seconds until something is due; None when nothing waits."""
        return max(0.0, self._ahead(now) - LEAD) if self._waiting else None

    def rest(self, now: float) -> list[str]:
        """Return all that waits: there will be no interruption any more."""
        return [self._send(now) for _ in range(len(self._waiting))]

    def clear(self, now: float) -> list[tuple[str, int]]:
        """Drop what waits; returns (item, milliseconds heard) of each item that was not heard to its end."""
        cut = {one.item_id: max(0.0, one.ms - (one.end - now) * 1000) for one in self._sent if one.end > now}
        whole = {one.item_id: one.ms for one in self._sent}
        for piece in self._waiting:
            cut.setdefault(piece.item_id, whole.get(piece.item_id, 0.0))
        self._waiting.clear()
        self._ms = 0.0
        for one in self._sent:
            one.ms, one.end = cut.get(one.item_id, one.ms), min(one.end, now)
        return [(item_id, round(ms)) for item_id, ms in cut.items()]

    def _ahead(self, now: float) -> float:
        """Return how many seconds the client has that it has not played."""
        return max(0.0, self._sent[-1].end - now) if self._sent else 0.0

    def _send(self, now: float) -> str:
        piece = self._waiting.popleft()
        self._ms -= piece.ms
        end = now + self._ahead(now) + piece.ms / 1000
        if not self._sent or self._sent[-1].item_id != piece.item_id:
            self._sent.append(Sent(piece.item_id))
        self._sent[-1].ms += piece.ms
        self._sent[-1].end = end
        return piece.payload
