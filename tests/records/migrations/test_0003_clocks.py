"""The columns for clocks that nobody sets are added to a database that has calls."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator.records import Archive
from orchestrator.records import database as database_module
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.stored import StoredOutbox
from orchestrator.records.tables import execute


def test_what_waits_is_delivered(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has it, as far as is known; and a call that is open stays so."""
    older = tmp_path / "older"
    older.mkdir()
    for name in ("0001_calls.py", "0002_outbox.py"):
        shutil.copy(database_module.MIGRATIONS / name, older)
    with monkeypatch.context() as before:
        before.setattr(database_module, "MIGRATIONS", older)
        before.setattr("orchestrator.records.statements.close_lost", lambda _: None)
        with Archive(address).database.connection() as connection:
            execute(
                connection, "INSERT INTO outbox (call, team, body, made, due, tries) VALUES ('a', 's', '{}', 1, 1, 2)"
            )
    outbox = StoredOutbox(Archive(address).database, "s")
    (taken,) = outbox.due(40.0, 8)

    assert taken == Delivery("a", "{}", 2, taken.leased)
    assert outbox.due(40.0, 8) == []
