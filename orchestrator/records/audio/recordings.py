"""The recordings of one process, and the thread that writes them.

The event loop only appends to queues, one for each seat. The thread goes from seat to seat and appends what is in its
queue to its spool, as it came, so that a process that is killed loses less than a second. Where sound belongs is found
out after the call, by another process. What goes wrong on the disk is counted and logged once for each seat, and
touches no call.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event, Thread

import structlog

from orchestrator.records.audio.conversion import Converter
from orchestrator.records.audio.files import base, spool_of, unused
from orchestrator.records.audio.queue import Queue, Room
from orchestrator.records.audio.recording import Recording
from orchestrator.records.audio.spool import Entry, Spool, is_mark, silences, without_sound
from orchestrator.threads import GivingWay

TICK_SECONDS = 0.75  # a little less than what may be lost
ALIVE_SECONDS = 10.0  # from one sign that this process still records to the next
WAITING = 64 * 1024 * 1024  # bytes of frames in all queues
MOST_UNWRITTEN = 20_000  # marks of one seat that the disk does not take; then nothing is kept of it
STOP_SECONDS = 10.0  # to write what is left when the process ends
log = structlog.get_logger("orchestrator")


@dataclass(slots=True, eq=False)
class Seat:
    """A seat that is being recorded."""

    call: str
    name: str
    base: Path  # how the names of its files begin
    began: float
    queue: Queue
    spool: Spool | None = None  # None: there is nothing to write to
    unwritten: list[Entry] = field(default_factory=list)  # marks that the disk has not taken
    shown: float = 0.0  # when others were last shown that this process still records
    faulty: bool = False  # something of it could not be kept


class Recordings:
    """Opens recordings in a folder."""

    def __init__(self, folder: Path, *, waiting: int = WAITING) -> None:
        # Where they are, as `files` describes.
        self.folder = folder
        # The seats that are being recorded.
        self._seats: list[Seat] = []
        # What waits in their queues.
        self.room = Room(waiting)
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
        queue = Queue(self.room)
        recorded = Seat(call, seat, base(self.folder, call, seat), began, queue)
        queue.call(self._begin, recorded)
        self._seats.append(recorded)
        if self._thread is None:
            self._thread = Thread(target=self._run, name="recordings", daemon=True)
            self._thread.start()
        self._wake.set()
        return Recording(queue, clock=clock, began=began, mask=mask, pause_in=pause_in)

    def close(self) -> None:
        """Write what there is, and end; a conversion that has not been made is made by a later process."""
        self._closed.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)
        self._converter.close()

    # --- in the thread ---

    def _run(self) -> None:
        closing, give_way = False, GivingWay()
        while not closing:
            closing = self._closed.is_set()
            self._wake.clear()
            for seat in self._seats[:]:
                self._write(seat)
                give_way()
            if not (self._seats or self._closed.is_set()):
                self._wake.wait()
            self._closed.wait(TICK_SECONDS)
        for seat in self._seats:
            self._finish(seat)

    def _begin(self, seat: Seat) -> None:
        """Create the spool of a seat; raises `OSError`, and then nothing is recorded."""
        seat.base.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        seat.base = unused(seat.base)
        seat.spool = Spool(spool_of(seat.base), seat.began)

    def _write(self, seat: Seat) -> None:
        """Write what is in the queue of a seat."""
        ended = seat.queue.ended
        seat.queue.work(partial(self._attempt, seat))
        told, seat.unwritten = seat.unwritten + seat.queue.take(), []
        if told and self._attempt(seat, self._append, seat, told):
            self._hide(seat, told)
        elif told:
            self._not_written(seat, told)
        if seat.spool is not None and not self._attempt(seat, self._show, seat):
            self._give_up(seat)
        if ended:
            self._seats.remove(seat)
            self._finish(seat)
            if seat.spool is not None:
                self._converter.put(seat.base)

    def _append(self, seat: Seat, told: list[Entry]) -> bool:
        if seat.spool is None:
            return False
        seat.spool.write(told)
        return True

    def _hide(self, seat: Seat, told: list[Entry]) -> None:
        """Take out of the spool what has to be silent; `rendering` keeps it silent all the same."""
        for _, text in told:
            if seat.spool is not None and silences(text):
                self._attempt(seat, seat.spool.hide, text)

    def _show(self, seat: Seat) -> bool:
        """Show others that this process still records; raises `OSError` when the call was removed."""
        now = time.monotonic()
        if now > seat.shown + ALIVE_SECONDS:
            seat.shown = now
            os.utime(seat.base.parent)
        return True

    def _not_written(self, seat: Seat, told: list[Entry]) -> None:
        """Drop frames that could not be written, and try again with the marks: some say what has to be silent."""
        self.room.dropped += sum(not is_mark(text) for _, text in told)
        if seat.spool is not None:
            seat.unwritten = without_sound(told)
            if len(seat.unwritten) > MOST_UNWRITTEN:
                self._give_up(seat)

    def _finish(self, seat: Seat) -> None:
        if any(silences(text) for _, text in seat.unwritten):
            self._give_up(seat)
        if seat.spool is not None:
            seat.spool.close()

    def _give_up(self, seat: Seat) -> None:
        """Keep nothing of a seat: its call was removed, or it is not known what of it has to be silent."""
        if seat.spool is not None:
            seat.spool.close()
            seat.spool, seat.unwritten = None, []
            self._attempt(seat, partial(spool_of(seat.base).unlink, missing_ok=True))

    def _attempt(self, seat: Seat, function: Callable[..., object], *args: object) -> object:
        """Call a function; that it fails must not keep others from being recorded."""
        try:
            return function(*args)
        except Exception as error:
            if not seat.faulty:
                seat.faulty = True
                known = {"call": seat.call, "seat": seat.name, "reason": repr(error)}
                log.warning("recording incomplete", exc_info=not isinstance(error, OSError), **known)
            return False
