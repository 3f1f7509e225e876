"""An outbox in the records database, which several processes deliver from: each row is leased to one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestrator.records.database import Database
from orchestrator.records.outbox import Delivery

if TYPE_CHECKING:
    from typing import Any

KEPT = 30 * 86_400.0  # seconds for which a call that could not be delivered is kept
LONGEST_REASON = 500  # characters


def delivery(database: Database, call_id: str) -> dict[str, Any] | None:
    """Return how far a call is on its way; None if nothing of it is left to deliver."""
    from orchestrator.records.tables import OUTBOX

    query = OUTBOX.select(OUTBOX.tries, OUTBOX.reason, OUTBOX.due, OUTBOX.failed).where(OUTBOX.call == call_id)
    with database.connection() as connection:
        for tries, reason, due, failed in query.tuples().execute(connection):
            state = {"state": "waiting", "due": due} if failed is None else {"state": "failed", "due": None}
            return {**state, "attempts": tries, "error": reason}
    return None


class StoredOutbox:
    """The finished calls of one team in the database."""

    def __init__(self, database: Database, team: str) -> None:
        # Where they are, and whose: servers of several teams may share a database.
        self._database, self._team = database, team

    @property
    def volatile(self) -> int:
        """None: what waits is delivered by whichever process comes next."""
        return 0

    def put(self, delivery: Delivery, now: float) -> None:
        """Keep a call."""
        from orchestrator.records.tables import OUTBOX

        row = {"call": delivery.id, "team": self._team, "body": delivery.body, "made": now, "due": now}
        with self._database.connection() as connection:
            OUTBOX.insert([{**row, "tries": 0}]).on_conflict_ignore().execute(connection)

    def due(self, now: float, lease: float, limit: int) -> list[Delivery]:
        """Take calls that are due, and that no other process has taken in the same moment."""
        from orchestrator.records.tables import OUTBOX

        if not self._database.exists:
            return []
        mine = (OUTBOX.team == self._team, OUTBOX.failed.is_null(), OUTBOX.due <= now)
        query = OUTBOX.select(OUTBOX.call, OUTBOX.body, OUTBOX.tries, OUTBOX.due).where(*mine)
        with self._database.connection() as connection:
            found = list(query.order_by(OUTBOX.due).limit(limit).tuples().execute(connection))
            return [
                Delivery(call, body, tries)
                for call, body, tries, due in found
                if OUTBOX.update({OUTBOX.due: now + lease})
                .where(OUTBOX.call == call, OUTBOX.due == due, OUTBOX.failed.is_null())
                .execute(connection)
            ]

    def done(self, delivery: Delivery) -> None:
        """Delete a call."""
        from orchestrator.records.tables import OUTBOX

        with self._database.connection() as connection:
            OUTBOX.delete().where(OUTBOX.call == delivery.id).execute(connection)

    def later(self, delivery: Delivery, due: float, reason: str) -> None:
        """Deliver a call later."""
        from orchestrator.records.tables import OUTBOX

        tries = delivery.tries + 1
        self._change(delivery, {OUTBOX.due: due, OUTBOX.tries: tries, OUTBOX.reason: reason[:LONGEST_REASON]})

    def failed(self, delivery: Delivery, now: float, reason: str) -> None:
        """Keep a call as failed; those that have been kept so for long are deleted."""
        from orchestrator.records.tables import OUTBOX

        tries = delivery.tries + 1
        self._change(delivery, {OUTBOX.failed: now, OUTBOX.tries: tries, OUTBOX.reason: reason[:LONGEST_REASON]})
        with self._database.connection() as connection:
            OUTBOX.delete().where(OUTBOX.failed < now - KEPT).execute(connection)

    def release(self, delivery: Delivery, now: float) -> None:
        """Give a call back."""
        from orchestrator.records.tables import OUTBOX

        self._change(delivery, {OUTBOX.due: now})

    def _change(self, delivery: Delivery, changed: dict[Any, object]) -> None:
        from orchestrator.records.tables import OUTBOX

        with self._database.connection() as connection:
            OUTBOX.update(changed).where(OUTBOX.call == delivery.id).execute(connection)
