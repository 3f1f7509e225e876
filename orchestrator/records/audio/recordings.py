"""The recordings of one process, and the thread that writes them.

The event loop only appends to a queue, one for each seat. Four times a second the thread goes from seat to seat, does
what is in its queue, and writes what has been heard, so that a process that is killed loses less than a second. What
goes wrong on the disk is counted and logged once for each seat, and touches no call.

When the queues are full (the disk does not take what is written): frames are left out and counted, and the time line
stays right; at twice that nothing is taken any more.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread

import structlog

from orchestrator.records.audio.conversion import Converter
from orchestrator.records.audio.recording import EACH, Recording
from orchestrator.records.audio.tape import Tape
from orchestrator.threads import GivingWay

TICK_SECONDS = 0.25
WAITING = 64 * 1024 * 1024  # bytes of frames in all queues
STOP_SECONDS = 10.0  # to write what is left when the process ends
log = structlog.get_logger("orchestrator")
Entry = tuple[int, Callable[..., object], tuple[object, ...]]


@dataclass(slots=True, eq=False)
class Seat:
    """A seat that is being recorded."""

    call: str
    name: str
    tape: Tape
    clock: Callable[[], float]  # that of its call, for the thread
    queue: deque[Entry] = field(default_factory=deque)  # what the thread has to do; the last is to close the tape
    faulty: bool = False  # something of it could not be kept


class Recordings:
    """Opens recordings in a folder."""

    def __init__(self, folder: Path, *, waiting: int = WAITING) -> None:
        # Where they are, as `files` describes.
        self.folder = folder
        # The seats that are being recorded.
        self._seats: list[Seat] = []
        # The bytes that were ever put into their queues, and those that were taken out.
        self._put_in, self._taken_out = 0, 0
        self._limit = waiting
        # Frames and writes that were not kept.
        self.dropped = 0
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
        pause_in: Collection[str] = (),
    ) -> Recording:
        """Record a seat of a call that began at a time of the event loop's `clock`; `mask` takes secrets out.

        With the agents in `pause_in` nothing is kept.
        """
        behind = time.monotonic() - clock() + began  # when the call began, by a clock that a thread may read
        recorded = Seat(call, seat, Tape(self.folder, call, seat), lambda: time.monotonic() - behind)
        put = partial(self._put, recorded)
        put(0, recorded.tape.open)
        self._seats.append(recorded)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="recordings", daemon=True)
            self._thread.start()
        self._wake.set()

        return Recording(recorded.tape, put, clock=clock, began=began, mask=mask, pause_in=pause_in)

    def close(self) -> None:
        """Write what there is, and end; a conversion that has not been made is made by a later process."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self._converter.close()

    def _put(self, seat: Seat, size: int, function: Callable[..., object], *args: object) -> bool:
        waiting = self._put_in - self._taken_out + size
        if waiting > (self._limit if size > EACH else 2 * self._limit):
            self.dropped += 1
            return False
        self._put_in += size
        seat.queue.append((size, function, args))
        return True

    # --- in the thread ---

    def _run(self) -> None:
        closing, give_way = False, GivingWay()
        while not closing:
            closing = self._closed.is_set()
            self._wake.clear()
            seats = self._seats[:]  # whoever comes meanwhile has no files yet
            for seat in seats:
                self._work(seat, give_way)
            for seat in seats:
                self._write(seat)
            if not (self._seats or self._closed.is_set()):
                self._wake.wait()
            self._closed.wait(TICK_SECONDS)
        for seat in self._seats:
            self._attempt(seat, seat.tape.close, seat.clock())

    def _work(self, seat: Seat, give_way: Callable[[], None]) -> None:
        """Do what is in the queue of a seat, giving way in between."""
        tape = seat.tape
        for _ in range(len(seat.queue)):
            size, function, args = seat.queue.popleft()
            if tape.closed or self._attempt(seat, function, *args) is False:
                self.dropped += 1
            self._taken_out += size
            if function == tape.close:
                self._seats.remove(seat)
                self._converter.put(tape.base)
            give_way()

    def _write(self, seat: Seat) -> None:
        """Write what has been heard on a seat."""
        if not seat.tape.closed:
            self._attempt(seat, seat.tape.flush, seat.clock())

    def _attempt(self, seat: Seat, function: Callable[..., object], *args: object) -> object:
        """Call a function; that it fails must not keep others from being recorded."""
        try:
            return function(*args)
        except Exception as error:
            if not seat.faulty:
                seat.faulty = True
                known = {"call": seat.call, "seat": seat.name, "reason": repr(error)}
                log.warning("recording incomplete", exc_info=not isinstance(error, (OSError, ValueError)), **known)
            return False
