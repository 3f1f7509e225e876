"""Writes the log in a thread, so that nobody waits for whoever reads it.

Standard error is often a pipe, and a pipe that nobody reads blocks whoever writes to it. Lines wait in a bounded queue;
what does not fit is dropped and counted, and the count is logged when the queue has been written.
"""

from __future__ import annotations

import os
import select
from collections import deque
from collections.abc import Callable
from threading import Condition, Thread

WAITING = 1_000_000  # bytes of lines that wait to be written; what comes then is dropped
FLUSH_SECONDS = 2.0  # for what waits to be written when the process ends


class Writer:
    """The queue before one file descriptor."""

    def __init__(self, descriptor: int, dropped: Callable[[int], None]) -> None:
        # Where lines go: a copy, because the original may be closed while the thread writes.
        self._descriptor = os.dup(descriptor)
        # Logs how many lines were dropped.
        self._tell_dropped = dropped
        # Lines that wait, and their bytes with the one being written.
        self._lines: deque[bytes] = deque()
        self._waiting = 0
        # Lines that were dropped since the last count.
        self._dropped = 0
        # No line will come any more.
        self._closed = False
        # Held while any of these change; notified when they have.
        self._changed = Condition()
        Thread(target=self._run, name="log", daemon=True).start()

    def put(self, line: str) -> None:
        """Queue a line, or drop it; never waits."""
        written = line.encode(errors="backslashreplace") + b"\n"
        with self._changed:
            if self._closed or self._waiting + len(written) > WAITING:
                self._dropped += 1
                return
            self._lines.append(written)
            self._waiting += len(written)
            self._changed.notify_all()

    def flush(self, seconds: float = FLUSH_SECONDS) -> None:
        """Wait until everything is written, but not longer than this."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, seconds)

    def close(self) -> None:
        """Let the thread end when it has written what waits."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _run(self) -> None:
        while (line := self._next()) is not None:
            written = _write(self._descriptor, line)
            with self._changed:
                self._dropped += not written
                last = written and self._waiting == len(line)
                dropped, self._dropped = (self._dropped, 0) if last else (0, self._dropped)
            if dropped:
                self._tell_dropped(dropped)
            with self._changed:  # only now: who flushes waits for the count too
                self._waiting -= len(line)
                self._changed.notify_all()
        os.close(self._descriptor)

    def _next(self) -> bytes | None:
        """Return the next line; None when there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._closed)
            return self._lines.popleft() if self._lines else None


def _write(descriptor: int, line: bytes) -> bool:
    """Write a line, however long that takes; return False if it cannot be written."""
    while line:
        try:
            line = line[os.write(descriptor, line) :]
        except BlockingIOError:  # whoever shares it has made it non-blocking
            select.select([], [descriptor], [])
        except OSError:  # the reader is gone, or the disk is full
            return False
    return True
