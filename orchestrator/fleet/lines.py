"""The journal of one call in the memory of its node: what Redis may not have, and what it may lose.

Lines that Redis has are kept as well, since a Redis that was restarted may have lost them; but no more of them than a
limit, the oldest go first. Lines that Redis does not have are kept up to the same limit: beyond it, or when the whole
journal grows too large for anybody to read back in time, the journal is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

KEPT, KEPT_BYTES = 2_000, 1024 * 1024  # of each call
LONGEST = 16 * 1024 * 1024  # bytes of a journal: an hour is about four megabytes
TOGETHER, TOGETHER_BYTES = 100, 64 * 1024  # lines, and bytes, that are sent in one command


class Lines:
    """The sealed lines of a journal, as far as they are kept."""

    def __init__(self, there: Sequence[bytes] = ()) -> None:
        # The latest lines, the place of the first of them, and their bytes.
        self._kept, self.first, self._kept_bytes = deque[bytes](), 0, 0
        # The place of the next line; the first that was not sent, and the first that Redis did not confirm.
        self.next, self.sent, self.confirmed = 0, 0, 0
        # Bytes of the whole journal.
        self.size = 0
        for line in there:
            self.add(line)
            self.sent = self.confirmed = self.next

    @property
    def too_long(self) -> bool:
        """Whether nobody could read the journal back in time."""
        return self.size > LONGEST

    def add(self, line: bytes) -> bool:
        """Append a line; return whether the journal can still be kept."""
        self._kept.append(line)
        self._kept_bytes += len(line)
        self.size += len(line)
        self.next += 1
        while (len(self._kept) > KEPT or self._kept_bytes > KEPT_BYTES) and self.first < self.confirmed:
            self._kept_bytes -= len(self._kept.popleft())
            self.first += 1
        return not self.too_long and len(self._kept) <= KEPT and self._kept_bytes <= 2 * KEPT_BYTES

    def unsent(self) -> list[bytes]:
        """Return the next lines to be sent, as many as one command takes."""
        if self.sent == self.next - 1:
            return [self._kept[-1]]
        taken, size = list[bytes](), 0
        for place in range(self.sent - self.first, min(len(self._kept), self.sent - self.first + TOGETHER)):
            size += len(self._kept[place])
            if taken and size > TOGETHER_BYTES:
                break
            taken.append(self._kept[place])
        return taken

    def rewind(self, place: int) -> bool:
        """Go back to send lines once more from a place on; return whether they are all still here."""
        self.sent = self.confirmed = min(place, self.next)
        return self.sent >= self.first

    def clear(self) -> None:
        """Forget all lines."""
        self._kept.clear()
        self._kept_bytes, self.first = 0, self.next
        self.sent = self.confirmed = self.next
