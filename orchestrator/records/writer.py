"""`Records`: the one writer of a process. A thread writes what the event loop has put into lists.

Limits, and what happens at them: an entry of a call that has `ENTRIES` waiting, and lines beyond `WAITING` characters
of all calls, are dropped and counted, and the record says where (`gap`). A call that begins while `CALLS` others wait
for the database is not recorded. A database that cannot be used is tried again, after pauses that double up to the
longest; a log line says so once, and another when calls are recorded again.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Any

import structlog

from orchestrator.records.archive import Archive
from orchestrator.records.database import RecordsError
from orchestrator.records.ledger import Ledger
from orchestrator.records.writing import Dropped, Encode, Mask, Opening, Writing

FLUSH_SECONDS = 0.5
CALLS = 10_000
SHORTEST_PAUSE, LONGEST_PAUSE = 0.5, 10.0  # seconds between two tries of a database that cannot be used
STOP_SECONDS = 5.0
log = structlog.get_logger("orchestrator")


class Records:
    """Records calls, and writes them into the database in a thread that starts with the first call."""

    def __init__(self, archive: Archive) -> None:
        # Where the calls are read.
        self.archive = archive
        # Calls that the thread has not taken yet, and those that it has.
        self._new: deque[Writing] = deque()
        self._ledger = Ledger()
        # Entries that could not be kept, and how many of them the log knows of.
        self._dropped, self._told = Dropped(), 0
        # The thread, once it has started; what wakes it when there are no calls; whether it is to end.
        self._thread: threading.Thread | None = None
        self._wake, self._stopping = threading.Event(), threading.Event()
        # Whether calls cannot be recorded, and the log says so.
        self._failing = False

    @property
    def dropped(self) -> int:
        """The entries that could not be kept."""
        return self._dropped.count

    def open(
        self,
        call_id: str,
        header: Mapping[str, Any],
        *,
        team: str,
        keep: float | None,
        encode: Encode,
        mask: Mask,
    ) -> Writing:
        """Begin the record of a call; returns at once, as all that its `Writing` can do."""
        writing = Writing(Opening(call_id, header, team, keep, encode, mask), self._dropped)
        if len(self._new) + len(self._ledger.calls) >= CALLS or self._stopping.is_set():
            self._dropped.add(1)
            writing.close({}, "")  # what is put into it is dropped, and counted
            return writing
        self._new.append(writing)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="records", daemon=True)
            self._thread.start()
        self._wake.set()
        return writing

    async def stop(self) -> None:
        """Write what waits, for a bounded time; nothing is recorded any more."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join, STOP_SECONDS)
            if self._thread.is_alive():
                log.warning("the server stops before its calls are recorded", lines=self._ledger.lines)

    # --- in the thread ---

    def _run(self) -> None:
        while not self._stopping.is_set() or self._new or self._ledger.busy:
            self._wake.wait()
            self._wake.clear()
            self._write_while_busy()
            if self._stopping.is_set():
                return

    def _write_while_busy(self) -> None:
        """Write until no call is open and all is written, through whatever happens to the database."""
        pause, deadline = SHORTEST_PAUSE, None
        while self._new or self._ledger.busy:
            try:
                with self.archive.database.connection() as connection:
                    self._write_on(connection)
                return
            except Exception as error:
                self._fails(error)
            self._collect()
            if self._stopping.is_set():
                deadline = deadline or time.monotonic() + STOP_SECONDS
                if time.monotonic() > deadline:
                    return
                time.sleep(SHORTEST_PAUSE)
            self._stopping.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _write_on(self, connection: Any) -> None:
        """Write, twice a second, until no call is open and all is written, or the server stops."""
        while True:
            self._collect()
            self._ledger.flush(connection)
            self._works()
            if self._stopping.is_set() or not (self._new or self._ledger.busy):
                return
            self._stopping.wait(FLUSH_SECONDS)

    def _collect(self) -> None:
        self._ledger.collect([self._new.popleft() for _ in range(len(self._new))])
        dropped = self._dropped.count
        if dropped > self._told and not self._failing:
            self._failing = True
            log.warning("parts of calls are not recorded, there is too much to write", dropped=dropped - self._told)

    def _fails(self, error: Exception) -> None:
        if not self._failing:
            self._failing = True
            said = {} if isinstance(error, RecordsError) else {"exc_info": error}
            log.warning("calls cannot be recorded now", error=str(error), **said)

    def _works(self) -> None:
        """Say that calls are recorded again, once nothing more is dropped."""
        dropped, self._told = self._dropped.count - self._told, self._dropped.count
        if self._failing:
            self._failing = False
            log.info("calls are recorded again", dropped=dropped)
