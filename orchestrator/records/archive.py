"""`Archive`: the calls that were recorded, to be read and deleted.

Its functions wait for the database: call them in a thread. Each opens a connection for itself, and reads in small
pieces, so that none is in the way of the writer. A file that does not exist is an archive without calls, and reading
does not make it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from orchestrator.errors import OrchestratorError
from orchestrator.records.database import Database
from orchestrator.records.filter import Filter

BODIES = 100  # of lines, read at a time
BATCH = 100  # calls that are deleted in one transaction
KEPT = ("id", "team", "team_hash", "started", "ended", "ending")  # of a summary: columns of their own


class UnknownCall(OrchestratorError):
    """There is no call with this id."""

    def __init__(self, call_id: str) -> None:
        super().__init__(f"There is no recorded call {call_id!r}.")


class Archive:
    """The calls in one database."""

    def __init__(self, address: str) -> None:
        # Where they are.
        self.database = Database(address)

    def folder(self, call_id: str) -> Path:
        """Return where the recordings of a call are, or would be."""
        if not call_id.isascii() or not call_id.replace("_", "").replace("-", "").isalnum():
            raise UnknownCall(call_id)
        return self.database.folder / call_id

    def named(self, session_id: str) -> str:
        """Return the id of the call that a client knows as this session; raises `UnknownCall`.

        Clients over WebRTC and telephones are told `sess_…` of a call that is `rtc_…` everywhere else.
        """
        from orchestrator.records.tables import CALLS

        _, _, rest = session_id.partition("_")
        if self.database.exists:
            with self.database.connection() as connection:
                same = CALLS.id.in_((session_id, f"rtc_{rest}"))
                for (call_id,) in CALLS.select(CALLS.id).where(same).tuples().execute(connection):
                    return str(call_id)
        raise UnknownCall(session_id)

    def find(self, wanted: Filter) -> list[dict[str, Any]]:
        """Return the summaries of calls, the newest first; raises `UnknownCall` if there is none to go on `after`."""
        from orchestrator.records.finding import find

        if not self.database.exists:
            return []
        with self.database.connection() as connection:
            last = None if wanted.after is None else self._number(connection, wanted.after)
            return [self._summary(row) for row in find(connection, wanted, last)]

    def summary(self, call_id: str) -> dict[str, Any]:
        """Return the summary of a call; raises `UnknownCall`."""
        from orchestrator.records.tables import CALLS

        if self.database.exists:
            with self.database.connection() as connection:
                for row in CALLS.select().where(CALLS.id == call_id).dicts().execute(connection):
                    return self._summary(row)
        raise UnknownCall(call_id)

    def delivery(self, call_id: str) -> dict[str, Any] | None:
        """Return how far a finished call is on its way to whom the team file names under `after`.

        None when nothing of it is left to deliver: it was taken, or nobody wants it.
        """
        from orchestrator.records.outbox.stored import delivery

        return delivery(self.database, call_id) if self.database.exists else None

    def lines(self, call_id: str) -> Iterator[str]:
        """Yield the lines of a record, as far as it is written; raises `UnknownCall` before the first."""
        if not self.database.exists:
            raise UnknownCall(call_id)
        with self.database.connection() as connection:
            number = self._number(connection, call_id)
        return self._lines(number)

    def _lines(self, call: int) -> Iterator[str]:
        from orchestrator.records.tables import LINES

        last = -1
        while True:
            # Not one long read: it would keep SQLite from cutting its log, and the next line may be wanted elsewhere.
            rows = LINES.select(LINES.number, LINES.body).where(LINES.call == call, LINES.number > last)
            with self.database.connection() as connection:
                found = list(rows.order_by(LINES.number).limit(BODIES).tuples().execute(connection))
            for number, body in found:
                last = number
                yield from filter(None, body.split("\n"))
            if len(found) < BODIES:
                return

    def delete(self, call_id: str) -> None:
        """Delete a call and its recordings; raises `UnknownCall`."""
        from orchestrator.records.retention import delete

        if not self.database.exists:
            raise UnknownCall(call_id)
        with self.database.connection() as connection:
            number = self._number(connection, call_id)
            delete(connection, {number: self.folder(call_id)})

    def purge(self, before: float | None = None, limit: int = BATCH) -> int:
        """Delete calls that have been kept long enough, or that ended before a time; return how many.

        At most `limit` of them: call it until none is left. A call that is open stays.
        """
        from orchestrator.records.retention import delete, overdue

        if not self.database.exists:
            return 0
        with self.database.connection() as connection:
            found = overdue(connection, before, limit)
            delete(connection, {number: self.folder(call_id) for number, call_id in found.items()})
        return len(found)

    def _number(self, connection: Any, call_id: str) -> int:
        from orchestrator.records.tables import CALLS

        for (number,) in CALLS.select(CALLS.number).where(CALLS.id == call_id).tuples().execute(connection):
            return int(number)
        raise UnknownCall(call_id)

    def _summary(self, row: Mapping[str, Any]) -> dict[str, Any]:
        blank: dict[str, Any] = {"reason": None, "agent": None, "agents": []}
        known = {name: row[name] for name in KEPT}
        summary = {**blank, **json.loads(row["summary"]), **known, "audio": self.folder(row["id"]).is_dir()}
        if row["ended"] is None:  # it goes on, also while nothing happens that is counted
            summary["seconds"] = round(max(summary.get("seconds") or 0.0, row["touched"] - row["started"]), 3)
        return summary
