"""What a telephone has still to play, and how much of it was heard: the arithmetic of marks. Sans-I/O.

Audio is sent in *chunks*, each followed by a mark that Twilio returns when the audio before it was played. What was
heard of an item is the chunks whose marks came back, and as much of the chunk being played as time has passed since
the previous one ended. `clear` makes every mark come back at once, played or not (P27), so chunks are forgotten when
they are cleared, and marks of forgotten chunks are ignored.

When it is full: so many marks are missing that the peer returns none; the oldest audio then counts as played.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

MARK_MS = 500.0  # audio of an item after which a mark is sent: two in a second of speech
LIMIT = 2000  # chunks, more than a quarter of an hour


@dataclass(slots=True)
class Chunk:
    """Audio of one item up to a mark."""

    item_id: str
    before: float  # milliseconds of the item that were sent before this chunk
    ms: float = 0.0
    mark: str | None = None  # sent after it; None while it is being filled, or if its item did not end


class PlaybackMarks:
    """The audio on its way to one telephone. `now` is any monotonic clock, in seconds."""

    def __init__(self) -> None:
        # Chunks that are not known to have been played, the one being played first.
        self._chunks: deque[Chunk] = deque()
        # When the first of them began to play.
        self._since = 0.0
        # The item that was sent last, and how much of it.
        self._item, self._sent = "", 0.0
        # Numbers the marks, so that no name is used twice in a call.
        self._count = 0

    @property
    def outstanding(self) -> bool:
        """Whether anything was sent that is not known to have been played."""
        return bool(self._chunks)

    def add(self, item_id: str, ms: float, now: float) -> str | None:
        """Note audio that is being sent; returns the name of the mark to send after it, if one is due."""
        chunk = self._filling(item_id, now)
        chunk.ms += ms
        self._item, self._sent = item_id, chunk.before + chunk.ms
        return self.finish() if chunk.ms >= MARK_MS else None

    def finish(self) -> str | None:
        """Note that an item has ended; returns the name of the mark to send after it, if it has none yet."""
        if not self._chunks or self._chunks[-1].mark is not None:
            return None
        self._count += 1
        mark = self._chunks[-1].mark = f"m{self._count}"
        return mark

    def returned(self, mark: str, now: float) -> tuple[str, float] | None:
        """Note a mark that came back: all audio before it was played. An unknown mark is ignored.

        Returns (item, milliseconds of it) up to which the telephone has played.
        """
        if not any(chunk.mark == mark for chunk in self._chunks):
            return None
        while (chunk := self._chunks.popleft()).mark != mark:
            pass
        self._since = now
        return chunk.item_id, chunk.before + chunk.ms

    def clear(self, now: float) -> list[tuple[str, int]]:
        """Forget what is on its way; returns (item, milliseconds heard) of each item that was not heard to its end."""
        heard: dict[str, float] = {}
        sent: dict[str, float] = {}
        for chunk in self._chunks:
            heard.setdefault(chunk.item_id, chunk.before + (0.0 if heard else self._played(now)))
            sent[chunk.item_id] = chunk.before + chunk.ms
        self._chunks.clear()
        self._sent = heard.get(self._item, self._sent)
        return [(item_id, round(ms)) for item_id, ms in heard.items() if ms < sent[item_id]]

    def remaining(self, now: float) -> float:
        """Return how many seconds the rest takes to play."""
        return (sum(chunk.ms for chunk in self._chunks) - self._played(now)) / 1000 if self._chunks else 0.0

    def _filling(self, item_id: str, now: float) -> Chunk:
        """Return the chunk that audio of an item belongs to."""
        if not self._chunks:
            self._since = now
        last = self._chunks[-1] if self._chunks else None
        if last is not None and last.mark is None and last.item_id == item_id:
            if len(self._chunks) == 1:  # it may have been played so far, with a pause until now
                self._since = max(self._since, now - last.ms / 1000)
            return last
        if len(self._chunks) >= LIMIT:
            self._chunks.popleft()
            self._since = now
        self._chunks.append(Chunk(item_id, self._sent if item_id == self._item else 0.0))
        return self._chunks[-1]

    def _played(self, now: float) -> float:
        """Return how many milliseconds of the first chunk have been played by now."""
        return min(self._chunks[0].ms, (now - self._since) * 1000)
