"""The tables as queries name them, and statements that no query builder has; `migrations/` makes the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from peewee import Database, SqliteDatabase, Table

# Columns become attributes, which no type checker knows.
CALLS: Any = Table(
    "calls",
    (
        "number",
        "id",
        "team",
        "team_hash",
        "started",
        "touched",
        "ended",
        "ending",
        "keep",
        "expires",
        "summary",
        "alive",
    ),
)
LINES_COLUMNS = ("call", "number", "body")
LINES: Any = Table("lines", LINES_COLUMNS)
OUTBOX: Any = Table("outbox", ("call", "team", "body", "made", "due", "tries", "failed", "reason", "leased", "lease"))
CALL_AGENTS: Any = Table("call_agents", ("agent", "call", "ending"))


def is_sqlite(database: Database) -> bool:
    """Return whether it is SQLite; otherwise it is PostgreSQL."""
    return isinstance(database, SqliteDatabase)


def execute(database: Any, statement: str, values: Sequence[object] = ()) -> Any:
    """Execute a statement in the words of this database; return its cursor."""
    return database.execute_sql(statement, values)
