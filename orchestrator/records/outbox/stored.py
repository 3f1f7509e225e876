"""An outbox in the records database, which several processes deliver from: each row is leased to one at a time.

Leases are by a clock that nobody sets (`clocks.steady`): if wall time jumps, nothing is delivered twice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from orchestrator.records import clocks
from orchestrator.records.database import Database
from orchestrator.records.outbox import Delivery

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

    def put(self, delivery: Delivery) -> None:
        """Keep a call."""
        from orchestrator.records.tables import OUTBOX

        with self._database.connection() as connection:
            now = clocks.wall(connection)
            row = {"call": delivery.id, "team": self._team, "body": delivery.body, "made": now, "due": now}
            OUTBOX.insert([{**row, "tries": 0}]).on_conflict_ignore().execute(connection)

    def due(self, lease: float, limit: int, busy: Collection[str] = ()) -> list[Delivery]:
        """Take calls that are due, and that no other process has taken in the same moment.

        A call that nobody has is due by wall time: set ahead, it lets a try come early, which harms nobody, and set
        back, late. One that somebody has is due when the lease is over, or when it is of a time before the machine was
        started. `due` is written then too, for processes of older versions, and for who asks when it is tried again.
        """
        from orchestrator.records.tables import OUTBOX

        if not self._database.exists:
            return []
        with self._database.connection() as connection:
            now, wall = clocks.steady(connection), clocks.wall(connection)
            had = OUTBOX.leased.between(now - OUTBOX.lease, now + OUTBOX.lease)
            free = (OUTBOX.leased.is_null() & (OUTBOX.due <= wall)) | (OUTBOX.leased.is_null(False) & ~had)
            mine = (OUTBOX.team == self._team, OUTBOX.failed.is_null(), OUTBOX.call.not_in(list(busy)), free)
            query = OUTBOX.select(OUTBOX.call, OUTBOX.body, OUTBOX.tries, OUTBOX.leased, OUTBOX.due).where(*mine)
            found = list(query.order_by(OUTBOX.due).limit(limit).tuples().execute(connection))
            taken = {OUTBOX.leased: now, OUTBOX.lease: lease, OUTBOX.due: wall + lease}
            return [
                Delivery(call, body, tries, now)
                for call, body, tries, leased, due in found
                if OUTBOX.update(taken)
                .where(OUTBOX.call == call, OUTBOX.due == due, _still(leased), OUTBOX.failed.is_null())
                .execute(connection)
            ]

    def done(self, delivery: Delivery) -> None:
        """Delete a call, whoever has it now: it was delivered."""
        from orchestrator.records.tables import OUTBOX

        with self._database.connection() as connection:
            OUTBOX.delete().where(OUTBOX.call == delivery.id).execute(connection)

    def later(self, delivery: Delivery, seconds: float, reason: str) -> None:
        """Deliver a call later."""
        from orchestrator.records.tables import OUTBOX

        tries = {OUTBOX.tries: delivery.tries + 1, OUTBOX.reason: reason[:LONGEST_REASON]}
        with self._database.connection() as connection:
            self._give_back(connection, delivery, {**tries, OUTBOX.due: clocks.wall(connection) + seconds})

    def failed(self, delivery: Delivery, reason: str) -> None:
        """Keep a call as failed; those that have been kept so for long are deleted."""
        from orchestrator.records.tables import OUTBOX

        tries = {OUTBOX.tries: delivery.tries + 1, OUTBOX.reason: reason[:LONGEST_REASON]}
        with self._database.connection() as connection:
            now = clocks.wall(connection)
            self._give_back(connection, delivery, {**tries, OUTBOX.failed: now})
            OUTBOX.delete().where(OUTBOX.failed < now - KEPT).execute(connection)

    def release(self, delivery: Delivery) -> None:
        """Give a call back."""
        from orchestrator.records.tables import OUTBOX

        with self._database.connection() as connection:
            self._give_back(connection, delivery, {OUTBOX.due: clocks.wall(connection)})

    @staticmethod
    def _give_back(connection: Any, delivery: Delivery, changed: Mapping[Any, object]) -> None:
        """Let nobody have a call any more, if who was given it still has it."""
        from orchestrator.records.tables import OUTBOX

        free = {OUTBOX.leased: None, OUTBOX.lease: None}
        OUTBOX.update({**changed, **free}).where(OUTBOX.call == delivery.id, _still(delivery.leased)).execute(
            connection
        )


def _still(leased: float | None) -> Any:
    """Return the condition that a call is had by who took it at a time; None: by nobody."""
    from orchestrator.records.tables import OUTBOX

    return OUTBOX.leased.is_null() if leased is None else OUTBOX.leased == leased
