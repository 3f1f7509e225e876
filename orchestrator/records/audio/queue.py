"""What the call has told of a seat, and the writer's thread has not taken yet.

The event loop appends, the thread takes; neither waits for the other. When the queues of a process are full (the disk
does not take what is written), frames are refused, and at twice that marks too; both are counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from orchestrator.records.audio.spool import Entry, mark

EACH = 200  # bytes that an entry takes beside its text


class Room:
    """The bytes that wait in all queues of a process."""

    def __init__(self, limit: int) -> None:
        # How many there may be.
        self.limit = limit
        # Those that were ever put in, which the event loop counts, and those taken out, which the thread does.
        self.put_in = self.taken_out = 0
        # What was not kept.
        self.dropped = 0


class Queue:
    """The queue of one seat."""

    def __init__(self, room: Room) -> None:
        # The bytes that wait, of this seat and of all others.
        self._room = room
        # Frames and marks, each with its time.
        self.entries: list[Entry] = []
        # What the thread has to do besides, and what it has found out by that.
        self._calls: deque[tuple[Callable[..., object], tuple[object, ...]]] = deque()
        self._found: list[str] = []
        # When the last was told that the thread has taken.
        self._last = 0.0
        # Nothing more will come.
        self.ended = False

    # --- for the event loop ---

    def put(self, at: float, frame: str) -> bool:
        """Append a frame; return False when there is no room for it, or nothing more is taken."""
        room, size = self._room, EACH + len(frame)
        if room.put_in - room.taken_out + size > room.limit:
            return self._refuse()
        room.put_in += size
        self.entries.append((at, frame))
        return True

    def note(self, at: float, name: str, *args: object) -> None:
        """Append a mark."""
        text = mark(name, *args)
        if self._takes(EACH + len(text)):
            self.entries.append((at, text))

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Have a function called in the thread."""
        if self._takes(EACH):
            self._calls.append((function, args))

    def _takes(self, size: int) -> bool:
        room = self._room
        if room.put_in - room.taken_out + size > 2 * room.limit:
            return self._refuse()
        room.put_in += size
        return True

    def _refuse(self) -> bool:
        self._room.dropped += 1
        return False

    # --- for the thread ---

    def find(self, name: str, *args: object) -> None:
        """Append a mark that follows from what the thread had to do."""
        self._found.append(mark(name, *args))

    def work(self, attempt: Callable[..., object]) -> None:
        """Let the functions be called that were to be."""
        for _ in range(len(self._calls)):
            function, args = self._calls.popleft()
            attempt(function, *args)
            self._room.taken_out += EACH

    def take(self) -> list[Entry]:
        """Return what is to be written; it is gone here."""
        count = len(self.entries)  # the event loop goes on appending
        entries = self.entries[:count]
        del self.entries[:count]
        self._room.taken_out += sum(EACH + len(text) for _, text in entries)
        self._last = entries[-1][0] if entries else self._last
        entries += [(self._last, text) for text in self._found]
        self._found = []
        return entries
