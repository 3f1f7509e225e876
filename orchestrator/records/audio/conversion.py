"""Has stereo files made of recordings that are over: one at a time, in a process of its own (`encoder`).

What could not be converted, because the process died or the disk is full, stays as it is: it can be listened to all the
same, and `Leftovers` tries again.

When it is full: more calls wait than can be converted; they are left to `Leftovers`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Full, Queue
from threading import Thread

import structlog

from orchestrator.records.audio.files import bases, spool_of

WAITING = 1000  # recordings
LONGEST = 1800.0  # seconds for one; an hour of sound takes less than a minute
DEAD = 60.0  # seconds without a sign of a process that records the call
LOOK = 0.25  # seconds from one look whether the conversion is to stop to the next
TOLD = 500  # characters of what the other process says
log = structlog.get_logger("orchestrator")


class Converter:
    """The thread that waits for the other process."""

    def __init__(self) -> None:
        # Recordings that are over; None: the end.
        self._waiting: Queue[Path | None] = Queue(WAITING)
        # The thread, once there was something to do.
        self._thread: Thread | None = None
        # No more is to be converted.
        self._closed = False

    def put(self, base: Path) -> None:
        """Have a recording converted."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="conversions", daemon=True)
            self._thread.start()
        with suppress(Full):
            self._waiting.put_nowait(base)

    def close(self) -> None:
        """Stop the conversion that runs, and begin no other."""
        self._closed = True
        if self._thread is not None:
            with suppress(Full):
                self._waiting.put_nowait(None)
            self._thread.join()

    def _run(self) -> None:
        while (base := self._waiting.get()) is not None and not self._closed:
            convert(base, stopped=lambda: self._closed)


def convert(base: Path, *, stopped: Callable[[], bool] = lambda: False) -> bool:
    """Have the stereo file of a recording made; return whether it was, and wait for it that long."""
    command = [sys.executable, "-P", "-m", "orchestrator.records.audio.encoder", str(base)]
    end = time.monotonic() + LONGEST
    said: bytes | None = None
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as child:
        while said is None:
            with suppress(subprocess.TimeoutExpired):
                said = child.communicate(timeout=LOOK)[1]
            if stopped() or time.monotonic() > end:
                child.kill()
    if child.returncode == 0:
        return True
    if not stopped():
        reason = said.decode(errors="replace").strip().rpartition("\n")[2][-TOLD:] or f"exit code {child.returncode}"
        log.warning("recording not converted", recording=str(base), reason=reason)
    return False


class Leftovers:
    """Recordings whose process died, or could not convert them.

    A process shows that it lives by the time of the folder of its call. It is looked whether that changes: how old it
    is says nothing after somebody has set the clock, and a recording that runs must not be taken for one that is over.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        # Where they are, and a clock that nobody sets.
        self._folder, self._clock = folder, clock
        # Folder of a call → its time, and since when it has been that.
        self._seen: dict[Path, tuple[int, float]] = {}

    def convert(self, *, stopped: Callable[[], bool] = lambda: False) -> int:
        """Convert those in which nothing has happened for a while; return how many. Blocks, for a thread to call."""
        converted = 0
        for own in self._quiet():
            with suppress(OSError):  # it is being removed
                left = [base for base in bases(own) if spool_of(base).exists()]
                converted += sum(convert(base, stopped=stopped) for base in left if not stopped())
        return converted

    def _quiet(self) -> list[Path]:
        now, before, self._seen = self._clock(), self._seen, {}
        for own in sorted(self._folder.iterdir()) if self._folder.is_dir() else []:
            with suppress(OSError):
                if own.is_dir():
                    at = own.stat().st_mtime_ns
                    known = before.get(own)
                    self._seen[own] = known if known is not None and known[0] == at else (at, now)
        return [own for own, (_, since) in self._seen.items() if now - since > DEAD]
