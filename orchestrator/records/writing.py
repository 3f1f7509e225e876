"""A call that is being recorded, as the event loop sees it: it appends, and never waits."""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

ENTRIES = 10_000  # of one call that wait for the thread; what comes then is dropped, and counted
END_SECONDS = 60.0  # after which a call is over for others, although its end could not be written
PAST = 20  # more of them for each second of the past with which a call comes that was taken over
Encode = Callable[[Sequence[Any]], list[str]]
Mask = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known of a call when it begins."""

    call_id: str
    header: Mapping[str, Any]
    team: str
    keep: float | None
    encode: Encode
    mask: Mask


class Dropped:
    """Counts, in all threads, the entries that could not be kept."""

    def __init__(self) -> None:
        # The entries so far, and what is held while it changes.
        self.count = 0
        self._changing = Lock()

    def add(self, count: int) -> None:
        """Count some more."""
        with self._changing:
            self.count += count


class Writing:
    """One call that is being recorded; every method returns at once."""

    def __init__(self, opening: Opening, dropped: Dropped) -> None:
        # What is known of the call.
        self.opening = opening
        # Entries that the thread has not taken, and how many there may be.
        self.entries: deque[Any] = deque()
        now = time.time()
        self._most = ENTRIES + round(PAST * max(0.0, now - float(opening.header.get("started") or now)))
        # How many were dropped here, of this call and of all.
        self.missed = 0
        self.dropped = dropped
        # False once somebody has deleted the call, or once another process records it.
        self.wanted = True
        # Whether another process records it.
        self.left = False
        # How often the lines were to be masked again.
        self.remasks = 0
        # What the call amounts to so far, None before anything is known; none of these mappings changes.
        self.so_far: Mapping[str, Any] | None = None
        # The summary and the transcript, once the call has ended; until when that is to be written.
        self.closed: tuple[Mapping[str, Any], str] | None = None
        self.deadline = math.inf
        # What is done then.
        self._then: Callable[[], None] | None = None

    def put(self, entry: object) -> None:
        """Record something that happened; dropped and counted while too much waits, or after the end."""
        if not self.wanted:
            return
        if len(self.entries) >= self._most or self.closed is not None:
            self.missed += 1
            self.dropped.add(1)
        else:
            self.entries.append(entry)

    def remask(self) -> None:
        """Mask what is written of this call once more, because more is secret now."""
        self.remasks += 1

    def note(self, summary: Mapping[str, Any]) -> None:
        """Say what the call amounts to so far: what lists show until `close` says what it came to."""
        self.so_far = summary

    def leave(self) -> None:
        """Write nothing more of the call, and no end: another process records it, from its beginning."""
        self.left, self.wanted = True, False
        self.entries.clear()

    def close(self, summary: Mapping[str, Any], text: str, then: Callable[[], None] | None = None) -> None:
        """End the record; `text` is the transcript that it can be found by.

        `then` is called in any thread when all is written, or will not be: nothing is kept of the call any more, the
        database refuses it, or cannot be used for `END_SECONDS`.
        """
        self._then = then
        if self.closed is not None:
            self.over()
            return
        self.deadline = time.monotonic() + END_SECONDS
        self.closed = (summary, text)

    def over(self) -> None:
        """Do what is to be done when all is written; once."""
        then, self._then = self._then, None
        if then is not None:
            then()
