"""An outbox in the database: what one process has left another one delivers."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier

import pytest

from orchestrator.records import Archive, clocks, retention
from orchestrator.records.database import Database, RecordsError
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.stored import KEPT, StoredOutbox
from orchestrator.records.tables import CALLS, execute
from tests.patience import PATIENCE


def rows(address: str) -> list[tuple[object, ...]]:
    """Return call, tries, whether it was given up, and the reason of what is in the outbox."""
    with Database(address).connection() as connection:
        query = "SELECT call, tries, failed IS NOT NULL, reason FROM outbox ORDER BY call"
        return list(execute(connection, query).fetchall())


@dataclass
class Time:
    """What time it is for the processes of a test, by both clocks of their database."""

    steady: float = 100.0
    wall: float = 100.0

    def go(self, seconds: float) -> None:
        """Let time go by."""
        self.steady += seconds
        self.wall += seconds


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Return the time, which the test lets go by."""
    found = Time()
    monkeypatch.setattr(clocks, "steady", lambda _: found.steady)
    monkeypatch.setattr(clocks, "wall", lambda _: found.wall)
    return found


def ids(taken: list[Delivery]) -> list[tuple[str, int]]:
    """Return what was taken, and how often it was tried before."""
    return [(one.id, one.tries) for one in taken]


def test_nothing_is_made_by_looking(sqlite: Archive) -> None:
    """The file comes with what is kept in it."""
    database = sqlite.database
    assert StoredOutbox(database, "shop").due(40.0, 8) == []
    assert not database.exists


def test_what_one_process_leaves(address: str, now: Time) -> None:
    """Another one takes it once the lease is over; tries are counted on, and what was delivered is deleted."""
    one, other = (StoredOutbox(Database(address), "shop") for _ in range(2))
    one.put(Delivery("a", '{"id": "a"}'))
    one.put(Delivery("a", "again"))
    assert one.due(40.0, 8) == [Delivery("a", '{"id": "a"}', 0, 100.0)]
    now.go(40.0)
    assert other.due(40.0, 8) == []
    now.go(0.5)
    (taken,) = other.due(40.0, 8)
    other.later(taken, 160.0, "away")
    assert rows(address) == [("a", 1, False, "away")]
    now.go(159.5)
    assert one.due(40.0, 8) == []
    now.go(0.5)
    (again,) = one.due(40.0, 8)
    assert (again.body, again.tries) == ('{"id": "a"}', 1)
    one.release(again)
    assert ids(other.due(40.0, 8)) == [("a", 1)]
    other.done(taken)

    assert rows(address) == []
    assert other.volatile == 0


@pytest.mark.parametrize("jump", [-3600.0, -2.0, 2.0, 3600.0])
def test_a_clock_that_is_set_gives_nobody_what_another_has(address: str, now: Time, jump: float) -> None:
    """Nor the same one twice; and when the lease is over, whoever asks gets it, however the clock was set."""
    one, other = (StoredOutbox(Database(address), "shop") for _ in range(2))
    one.put(Delivery("a", "{}"))
    assert ids(one.due(40.0, 8)) == [("a", 0)]
    now.wall += jump
    assert [outbox.due(40.0, 8) for outbox in (one, other)] == [[], []]
    now.go(41.0)
    assert ids(other.due(40.0, 8)) == [("a", 0)]


def test_what_was_taken_before_the_machine_was_started_is_free(address: str, now: Time) -> None:
    """Its clock has begun anew, and whoever had it is gone."""
    StoredOutbox(Database(address), "shop").put(Delivery("a", "{}"))
    now.steady = 1e6
    assert ids(StoredOutbox(Database(address), "shop").due(40.0, 8)) == [("a", 0)]
    now.steady = 10.0

    assert ids(StoredOutbox(Database(address), "shop").due(40.0, 8)) == [("a", 0)]


def test_who_has_lost_a_call_changes_nothing_of_it(address: str, now: Time) -> None:
    """Another has it: that a try was in vain, or was not made, is no news. That it was delivered is."""
    slow, other = (StoredOutbox(Database(address), "shop") for _ in range(2))
    slow.put(Delivery("a", "{}"))
    (late,) = slow.due(40.0, 8)
    now.go(41.0)
    (taken,) = other.due(40.0, 8)
    slow.later(late, 0.0, "away")
    slow.failed(late, "away")
    slow.release(late)
    assert slow.due(40.0, 8) == []
    assert rows(address) == [("a", 0, False, None)]
    slow.done(late)
    other.later(taken, 0.0, "away")

    assert rows(address) == []


def test_what_is_being_tried_is_not_taken_again(address: str, now: Time) -> None:
    """Whatever the clocks say."""
    outbox = StoredOutbox(Database(address), "shop")
    outbox.put(Delivery("a", "{}"))
    outbox.put(Delivery("b", "{}"))
    assert ids(outbox.due(40.0, 1)) == [("a", 0)]
    now.go(3600.0)

    assert ids(outbox.due(40.0, 8, ["a"])) == [("b", 0)]


def test_a_process_of_an_older_version_takes_nothing_that_another_has(address: str, now: Time) -> None:
    """It knows `due` only; what it has itself is not taken either."""
    outbox = StoredOutbox(Database(address), "shop")
    outbox.put(Delivery("a", "{}"))
    outbox.due(40.0, 8)
    with Database(address).connection() as connection:
        assert execute(connection, "SELECT due FROM outbox").fetchall() == [(140.0,)]
        execute(connection, "UPDATE outbox SET leased = NULL, lease = NULL")
    now.go(39.0)
    assert outbox.due(40.0, 8) == []
    now.go(1.0)

    assert ids(outbox.due(40.0, 8)) == [("a", 0)]


def test_each_team_has_its_own(address: str) -> None:
    """Servers of several teams may share a database."""
    StoredOutbox(Database(address), "shop").put(Delivery("a", "{}"))

    assert StoredOutbox(Database(address), "bank").due(40.0, 8) == []


def test_one_that_is_given_up_is_kept_for_a_while(address: str, now: Time) -> None:
    """It is not due any more, and is deleted with time."""
    outbox = StoredOutbox(Database(address), "shop")
    for name in "ab":
        outbox.put(Delivery(name, "{}", 7))
    outbox.failed(Delivery("a", "{}", 7), "away")
    now.go(1e6)
    assert [one.id for one in outbox.due(1.0, 8)] == ["b"]
    assert rows(address) == [("a", 8, True, "away"), ("b", 0, False, None)]
    now.go(KEPT)
    (again,) = outbox.due(1.0, 8)
    outbox.failed(again, "away")

    assert rows(address) == [("b", 1, True, "away")]


def test_no_two_processes_take_the_same(address: str) -> None:
    """Whatever they do in the same moment."""
    StoredOutbox(Database(address), "shop").put(Delivery("a", "{}"))
    barrier = Barrier(4, timeout=PATIENCE)

    def take() -> list[Delivery]:
        outbox = StoredOutbox(Database(address), "shop")
        outbox.due(40.0, 0)  # the database is open
        barrier.wait()
        return outbox.due(40.0, 8)

    with ThreadPoolExecutor(4) as threads:
        processes = [threads.submit(take) for _ in range(4)]

    assert [one.id for process in processes for one in process.result()] == ["a"]


def test_a_database_that_cannot_be_used_says_so(tmp_path: Path) -> None:
    """The caller keeps the call meanwhile."""
    (tmp_path / "file").write_text("")
    with pytest.raises(RecordsError):
        StoredOutbox(Database(f"sqlite:///{tmp_path}/file/calls.db"), "shop").put(Delivery("a", "{}"))


def test_a_call_that_is_deleted_is_not_delivered(archive: Archive) -> None:
    """Nobody gets what somebody wanted to be forgotten."""
    outbox = StoredOutbox(archive.database, "shop")
    for name in "ab":
        outbox.put(Delivery(name, "{}"))
    with archive.database.connection() as connection:
        row = {"number": 1, "id": "a", "team": "shop", "team_hash": "", "started": 1.0, "touched": 1.0, "summary": "{}"}
        CALLS.insert([row]).execute(connection)
        retention.delete(connection, {1: archive.folder("a")})

    assert [one.id for one in outbox.due(1.0, 8)] == ["b"]


def test_how_far_a_call_is_can_be_asked(archive: Archive, now: Time) -> None:
    """Until it was taken: whether it waits or was given up, how often it was tried, and what was wrong at last."""
    outbox = StoredOutbox(archive.database, "shop")
    assert archive.delivery("a") is None
    outbox.put(Delivery("a", "{}"))
    waits = archive.delivery("a")
    outbox.later(Delivery("a", "{}"), 10.0, "away")
    again = archive.delivery("a")
    outbox.failed(Delivery("a", "{}", 7), "still away")
    failed = archive.delivery("a")
    outbox.done(Delivery("a", "{}"))

    assert waits == {"state": "waiting", "due": 100.0, "attempts": 0, "error": None}
    assert again == {"state": "waiting", "due": 110.0, "attempts": 1, "error": "away"}
    assert failed == {"state": "failed", "due": None, "attempts": 8, "error": "still away"}
    assert archive.delivery("a") is None
