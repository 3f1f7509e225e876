"""The thread's side: the calls that are being recorded, and the transaction that writes what they have."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from orchestrator.records.unwritten import Unwritten
from orchestrator.records.writing import Writing
from orchestrator.threads import GivingWay

if TYPE_CHECKING:
    from peewee import Database

TOUCH_SECONDS = 15.0  # between two signs of life of a call of which there is nothing to write
WAITING = 64_000_000  # characters of all calls that wait for the database
MOST_REFUSALS = 2  # of one call by the database, while it takes the others; then that call is recorded no more
log = structlog.get_logger("orchestrator")


class Ledger:
    """The calls that are being recorded."""

    def __init__(self) -> None:
        # The calls, in the order in which they began.
        self.calls: list[Unwritten] = []
        # When the database was last told which calls are open.
        self._touched = 0.0
        # Lets the event loop go on in between.
        self._give_way = GivingWay()
        # Whether bytes that were masked meanwhile may be left in SQLite's write-ahead log.
        self._unclean = False

    @property
    def busy(self) -> bool:
        """Whether there is something to write, or will be."""
        return bool(self.calls) or self._unclean

    @property
    def lines(self) -> int:
        """How many lines wait to be written."""
        return sum(len(call.lines) for call in self.calls)

    def collect(self, new: Sequence[Writing]) -> None:
        """Take what the event loop has left here since the last time; what is too much is dropped."""
        self.calls = [call for call in (*self.calls, *map(Unwritten, new)) if not call.writing.left]
        room = WAITING - sum(call.size for call in self.calls)
        now = time.monotonic()
        for call in self.calls:
            room -= call.collect(room, self._give_way)
            if now > call.writing.deadline:
                call.writing.over()
            self._give_way()

    def flush(self, database: Database) -> None:
        """Write what the calls have, in one transaction; raises what the database raises, and then keeps all of it."""
        alive = time.monotonic() - self._touched > TOUCH_SECONDS
        waiting = [call for call in self.calls if alive or call.waits]
        if waiting:
            self._write_all(database, waiting)
        if alive:
            self._touched = time.monotonic()
        if self._unclean:
            self._unclean = not _is_clean(database)

    def _write_all(self, database: Database, calls: list[Unwritten]) -> None:
        from peewee import DatabaseError, DataError, IntegrityError

        try:
            self._write(database, calls)
        except Exception as error:
            if isinstance(error, DatabaseError) and not isinstance(error, DataError | IntegrityError):
                raise  # it cannot be used now
            for call in calls:
                self._write_alone(database, call)

    def _write_alone(self, database: Database, call: Unwritten) -> None:
        """Write what one call has, so that one which cannot be written is in nobody's way."""
        from peewee import DatabaseError, DataError, IntegrityError

        try:
            self._write(database, [call])
        except Exception as error:
            if isinstance(error, DatabaseError) and not isinstance(error, DataError | IntegrityError):
                raise
            log.exception("the database refuses a part of a call", call=call.call_id)
            call.give_up()
            if call.refused >= MOST_REFUSALS:
                self._remove(call)

    def _write(self, database: Database, calls: Sequence[Unwritten]) -> None:
        from orchestrator.records.statements import transaction, write

        new = [call for call in calls if call.number is None]
        try:
            with transaction(database):
                changed = write(database, calls, self._give_way)
        except BaseException:
            for call in new:  # it may be in the database, or not
                call.number = None
            raise
        self._unclean = self._unclean or changed
        for call in calls:
            call.written()
            if call.deleted:
                call.writing.wanted = False
            if call.ended or call.deleted:
                self._remove(call)

    def _remove(self, call: Unwritten) -> None:
        self.calls.remove(call)
        call.writing.over()


def _is_clean(database: Database) -> bool:
    """Move SQLite's write-ahead log into the file and cut it; return whether that was possible, with all who read."""
    from orchestrator.records.tables import execute, is_sqlite

    if not is_sqlite(database):
        return True
    ((busy, _, _),) = execute(database, "PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return not busy
