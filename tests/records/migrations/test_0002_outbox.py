"""The outbox is added to a database that has calls."""

from __future__ import annotations

from pathlib import Path

from orchestrator.records.database import Database
from orchestrator.records.tables import execute


def test_what_is_due_is_found_by_an_index(tmp_path: Path) -> None:
    """However many calls were given up and are kept."""
    with Database(f"sqlite:///{tmp_path}/calls.db").connection() as connection:
        query = "SELECT call FROM outbox WHERE team = 'shop' AND failed IS NULL AND due <= 5 ORDER BY due"
        (plan,) = execute(connection, f"EXPLAIN QUERY PLAN {query}").fetchall()

    assert "outbox_due" in plan[-1]
