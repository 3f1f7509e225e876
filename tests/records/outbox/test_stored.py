"""An outbox in the database: what one process has left another one delivers."""

from __future__ import annotations

from pathlib import Path
from threading import Barrier, Thread

import pytest

from orchestrator.records import Archive, retention
from orchestrator.records.database import Database, RecordsError
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.stored import KEPT, StoredOutbox
from orchestrator.records.tables import CALLS, execute


def rows(address: str) -> list[tuple[object, ...]]:
    """Return call, tries, whether it was given up, and the reason of what is in the outbox."""
    with Database(address).connection() as connection:
        query = "SELECT call, tries, failed IS NOT NULL, reason FROM outbox ORDER BY call"
        return list(execute(connection, query).fetchall())


def test_nothing_is_made_by_looking(sqlite: Archive) -> None:
    """The file comes with what is kept in it."""
    database = sqlite.database
    assert StoredOutbox(database, "shop").due(100.0, 40.0, 8) == []
    assert not database.exists


def test_what_one_process_leaves(address: str) -> None:
    """Another one takes it once the lease is over; tries are counted on, and what was delivered is deleted."""
    one, other = (StoredOutbox(Database(address), "shop") for _ in range(2))
    one.put(Delivery("a", '{"id": "a"}'), 100.0)
    one.put(Delivery("a", "again"), 101.0)
    assert one.due(100.0, 40.0, 8) == [Delivery("a", '{"id": "a"}')]
    assert other.due(139.0, 40.0, 8) == []
    (taken,) = other.due(140.0, 40.0, 8)
    other.later(taken, 300.0, "away")
    assert rows(address) == [("a", 1, False, "away")]
    assert one.due(299.0, 40.0, 8) == []
    assert one.due(300.0, 40.0, 8) == [Delivery("a", '{"id": "a"}', 1)]
    one.release(taken, 301.0)
    assert other.due(301.0, 40.0, 8) == [Delivery("a", '{"id": "a"}', 1)]
    other.done(taken)

    assert rows(address) == []
    assert other.volatile == 0


def test_each_team_has_its_own(address: str) -> None:
    """Servers of several teams may share a database."""
    StoredOutbox(Database(address), "shop").put(Delivery("a", "{}"), 100.0)

    assert StoredOutbox(Database(address), "bank").due(100.0, 40.0, 8) == []


def test_one_that_is_given_up_is_kept_for_a_while(address: str) -> None:
    """It is not due any more, and is deleted with time."""
    outbox = StoredOutbox(Database(address), "shop")
    for name in "ab":
        outbox.put(Delivery(name, "{}"), 100.0)
    outbox.failed(Delivery("a", "{}", 7), 200.0, "away")
    assert [one.id for one in outbox.due(1e9, 1.0, 8)] == ["b"]
    assert rows(address) == [("a", 8, True, "away"), ("b", 0, False, None)]
    outbox.failed(Delivery("b", "{}", 7), 201.0 + KEPT, "away")

    assert rows(address) == [("b", 8, True, "away")]


def test_no_two_processes_take_the_same(address: str) -> None:
    """Whatever they do in the same moment."""
    StoredOutbox(Database(address), "shop").put(Delivery("a", "{}"), 100.0)
    barrier, taken = Barrier(4), list[Delivery]()

    def take() -> None:
        outbox = StoredOutbox(Database(address), "shop")
        outbox.due(0.0, 1.0, 8)  # the database is open
        barrier.wait()
        taken.extend(outbox.due(100.0, 40.0, 8))

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [one.id for one in taken] == ["a"]


def test_a_database_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    """The caller keeps the call meanwhile."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError):
        StoredOutbox(Database(f"sqlite:///{tmp_path}/file/calls.db"), "shop").put(Delivery("a", "{}"), 1.0)


def test_a_call_that_is_deleted_is_not_delivered(archive: Archive) -> None:
    """Nobody gets what somebody wanted to be forgotten."""
    outbox = StoredOutbox(archive.database, "shop")
    for name in "ab":
        outbox.put(Delivery(name, "{}"), 100.0)
    with archive.database.connection() as connection:
        row = {"number": 1, "id": "a", "team": "shop", "team_hash": "", "started": 1.0, "touched": 1.0, "summary": "{}"}
        CALLS.insert([row]).execute(connection)
        retention.delete(connection, {1: archive.folder("a")})

    assert [one.id for one in outbox.due(100.0, 1.0, 8)] == ["b"]


def test_how_far_a_call_is_can_be_asked(archive: Archive) -> None:
    """Until it was taken: whether it waits or was given up, how often it was tried, and what was wrong at last."""
    outbox = StoredOutbox(archive.database, "shop")
    assert archive.delivery("a") is None
    outbox.put(Delivery("a", "{}"), 100.0)
    waits = archive.delivery("a")
    outbox.later(Delivery("a", "{}"), 110.0, "away")
    again = archive.delivery("a")
    outbox.failed(Delivery("a", "{}", 7), 200.0, "still away")
    failed = archive.delivery("a")
    outbox.done(Delivery("a", "{}"))

    assert waits == {"state": "waiting", "due": 100.0, "attempts": 0, "error": None}
    assert again == {"state": "waiting", "due": 110.0, "attempts": 1, "error": "away"}
    assert failed == {"state": "failed", "due": None, "attempts": 8, "error": "still away"}
    assert archive.delivery("a") is None
