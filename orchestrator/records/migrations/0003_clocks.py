"""Columns for what a clock that somebody sets must not change: who lives, and who has what (`clocks.steady`)."""

from __future__ import annotations

from typing import Any

COLUMNS = (
    ("calls", "alive"),  # when the process that has the call last said so; `touched` is the same by its own wall clock
    ("outbox", "leased"),  # when a process took a finished call to deliver it; null: nobody has it
    ("outbox", "lease"),  # the seconds for which it has it
)
INDEX = "CREATE INDEX outbox_leased ON outbox (team) WHERE leased IS NOT NULL"


def up(_: Any, db: Any) -> None:
    """Add the columns."""
    for table, column in COLUMNS:
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN {column} DOUBLE PRECISION")
    db.execute_sql(INDEX)
