"""The recordings of one process, and the thread that writes them.

The event loop only appends to a queue. Four times a second the thread does what is in it and writes what has been
heard, so that a process that is killed loses less than a second. Whatever goes wrong on the disk is counted and logged
once for each call, and touches no call.

When the queue is full (the disk does not take what is written): frames are left out and counted, and the time line
stays right; at twice that nothing is taken any more.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from pathlib import Path
from threading import Event, Thread

import structlog

from orchestrator.records.audio.conversion import Converter
from orchestrator.records.audio.recording import EACH, Recording
from orchestrator.records.audio.tape import Tape
from orchestrator.threads import GivingWay

TICK_SECONDS = 0.25
WAITING = 64 * 1024 * 1024  # bytes of frames in the queue
STOP_SECONDS = 10.0  # to write what is left when the process ends
log = structlog.get_logger("orchestrator")
Entry = tuple[int, Tape, Callable[..., object], tuple[object, ...]]


class Recordings:
    """Opens recordings in a folder."""

    def __init__(self, folder: Path, *, pause_in: Collection[str] = (), waiting: int = WAITING) -> None:
        # Where they are, as `files` describes; the agents with whom nothing is kept.
        self.folder, self._pause_in = folder, pause_in
        # What the thread has to do; the bytes that were ever put in, and those that were taken out.
        self._queue: deque[Entry] = deque()
        self._put_in, self._taken_out = 0, 0
        self._limit = waiting
        # Frames and writes that were not kept.
        self.dropped = 0
        # The seats that are being recorded, with the clock of each.
        self._tapes: dict[Tape, Callable[[], float]] = {}
        # Makes stereo files of those that are over.
        self._converter = Converter()
        # Set when there is something to record, and when there will be nothing any more.
        self._wake, self._closed = Event(), Event()
        self._thread: Thread | None = None

    def open(
        self,
        call: str,
        seat: str,
        *,
        clock: Callable[[], float],
        began: float,
        mask: Callable[[str], str],
    ) -> Recording:
        """Record a seat of a call that began at a time of the event loop's `clock`; `mask` takes secrets out."""
        tape = Tape(self.folder, call, seat)
        behind = time.monotonic() - clock() + began  # when the call began, by a clock that a thread may read
        self._put(tape, 0, self._begin, tape, lambda: time.monotonic() - behind)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="recordings", daemon=True)
            self._thread.start()
        self._wake.set()

        return Recording(tape, partial(self._put, tape), clock=clock, began=began, mask=mask, pause_in=self._pause_in)

    def close(self) -> None:
        """Write what there is, and end; a conversion that has not been made is made by a later process."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self._converter.close()

    def _put(self, tape: Tape, size: int, function: Callable[..., object], *args: object) -> bool:
        waiting = self._put_in - self._taken_out + size
        if waiting > (self._limit if size > EACH else 2 * self._limit):
            self.dropped += 1
            return False
        self._put_in += size
        self._queue.append((size, tape, function, args))
        return True

    # --- in the thread ---

    def _begin(self, tape: Tape, clock: Callable[[], float]) -> None:
        self._tapes[tape] = clock
        tape.open()

    def _run(self) -> None:
        closing, give_way = False, GivingWay()
        while not closing:
            closing = self._closed.is_set()
            self._work(give_way)
            if not (self._tapes or self._queue or self._closed.is_set()):
                self._wake.wait()
            self._closed.wait(TICK_SECONDS)
        for tape in list(self._tapes):
            self._attempt(tape, tape.close, self._tapes[tape]())

    def _work(self, give_way: Callable[[], None]) -> None:
        """Do what is in the queue, giving way in between, and write what has been heard."""
        self._wake.clear()
        for _ in range(len(self._queue)):
            size, tape, function, args = self._queue.popleft()
            if tape.closed or self._attempt(tape, function, *args) is False:
                self.dropped += 1
            self._taken_out += size
            give_way()
        for tape, clock in list(self._tapes.items()):
            if tape.closed:
                del self._tapes[tape]
                self._converter.put(tape.base)
            else:
                self._attempt(tape, tape.flush, clock())

    def _attempt(self, tape: Tape, function: Callable[..., object], *args: object) -> object:
        """Call a function; that it fails must not keep others from being recorded."""
        try:
            return function(*args)
        except Exception as error:
            if not tape.faulty:
                tape.faulty = True
                known = {"call": tape.call, "seat": tape.seat, "reason": repr(error)}
                log.warning("recording incomplete", exc_info=not isinstance(error, (OSError, ValueError)), **known)
            return False
