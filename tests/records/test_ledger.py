"""The calls that are being recorded: one transaction for all, and none in the way of another."""

from __future__ import annotations

import peewee
import pytest

from orchestrator.records import Archive, RecordsError
from orchestrator.records import ledger as ledger_module
from orchestrator.records import statements as statements_module
from orchestrator.records import writing as writing_module
from orchestrator.records.ledger import Ledger
from orchestrator.records.tables import CALLS, execute
from orchestrator.records.writing import Dropped, Writing
from tests.records.recording import STARTED, Recorder, entries, opening
from tests.records.recording import execute as at


def test_all_calls_share_a_transaction(archive: Archive) -> None:
    """And each gets its own lines."""
    recorder = Recorder(archive)
    writings = [recorder.open(f"sess_{number}", started=STARTED + number) for number in range(250)]
    for number, writing in enumerate(writings):
        writing.put({"of": number})
    recorder.flush()

    assert [entries(archive, f"sess_{number}") for number in (0, 99, 249)] == [[{"of": 0}], [{"of": 99}], [{"of": 249}]]
    assert recorder.ledger.lines == 0


def test_a_database_that_fails_keeps_everything_waiting(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, and nothing is written twice when it works again."""
    recorder = Recorder(archive)
    writing = recorder.open("sess_1")
    writing.put({"n": 1})
    with monkeypatch.context() as broken:
        broken.setattr(statements_module, "_touch", fail(peewee.OperationalError("disk is full")))
        with pytest.raises(RecordsError, match="disk is full"):
            recorder.flush()
    writing.put({"n": 2})
    writing.close({"ending": "left"}, "")
    recorder.flush()

    assert entries(archive, "sess_1") == [{"n": 1}, {"n": 2}]
    assert (recorder.ledger.busy, recorder.dropped.count) == (False, 0)


def test_a_full_disk_keeps_everything_waiting(sqlite: Archive) -> None:
    """Whichever statement notices it: lines that did not fit are no lines that the database refuses."""
    recorder = Recorder(sqlite)
    writing = recorder.open("sess_1")
    recorder.flush()
    writing.put({"long": "x" * 1_000_000})
    with sqlite.database.connection() as connection:
        execute(connection, "PRAGMA max_page_count = 30")
        recorder.ledger.collect([])
        with pytest.raises(peewee.OperationalError):
            recorder.ledger.flush(connection)
    recorder.flush()

    assert [len(entry["long"]) for entry in entries(sqlite, "sess_1")] == [1_000_000]
    assert recorder.dropped.count == 0


def fail(error: Exception) -> object:
    """Return a function that raises."""

    def failing(*_: object) -> None:
        raise error

    return failing


def test_a_call_that_the_database_refuses_is_in_nobodys_way(archive: Archive) -> None:
    """Its lines become a gap; when its end is refused as well it is forgotten, and the others go on."""
    recorder = Recorder(archive)
    good, bad = recorder.open("sess_good"), recorder.open("sess_bad", started=STARTED + 1)
    recorder.flush()
    good.put({"n": 1})
    bad.put({"n": 1})
    done: list[str] = []
    bad.close({"ended": "no time"}, "", lambda: done.append("bad"))
    recorder.flush()
    good.put({"n": 2})
    recorder.flush()

    assert entries(archive, "sess_good") == [{"n": 1}, {"n": 2}]
    assert [call.call_id for call in recorder.ledger.calls] == ["sess_good"]
    assert recorder.dropped.count == 2  # its line, and the gap in its place
    assert archive.summary("sess_bad")["ended"] is None
    assert done == ["bad"]


@pytest.mark.parametrize("away", [False, True])
def test_who_waits_for_the_end_learns_when_it_is_written(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """Not before; and after a while though the database cannot be used, as nobody waits for ever."""
    if away:
        monkeypatch.setattr(writing_module, "END_SECONDS", -1.0)
    done: list[str] = []
    ledger, writing = Ledger(), Writing(opening("sess_1"), Dropped())
    writing.close({"ending": "left"}, "hello", lambda: done.append("written"))
    ledger.collect([writing])
    assert len(done) == away
    with archive.database.connection() as connection:
        ledger.flush(connection)

    assert done == ["written"]
    assert archive.summary("sess_1")["ending"] == "left"


def test_a_call_that_cannot_be_added_is_given_up(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database may have rules that this version does not know; the others are recorded."""
    monkeypatch.setattr(statements_module, "MOST_AT_ONCE", 10)  # numbers that are tried
    recorder = Recorder(archive)
    recorder.add("sess_0", started=STARTED - 1)
    at(archive, lambda connection: execute(connection, "CREATE UNIQUE INDEX one_team ON calls (team)"))
    bad, good = recorder.open("sess_bad"), recorder.open("sess_good", started=STARTED + 1, team="hotel")
    for writing in (bad, good):
        writing.put({"n": 1})
    recorder.flush()
    recorder.flush()

    assert entries(archive, "sess_good") == [{"n": 1}]
    assert [call.call_id for call in recorder.ledger.calls] == ["sess_good"]
    assert recorder.dropped.count == 3  # header, entry, and the gap in their place


def test_silent_calls_give_a_sign_of_life(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise others would take them for lost; but not with each flush."""

    def touched() -> float:
        (row,) = at(archive, lambda connection: list(CALLS.select(CALLS.touched).tuples().execute(connection)))
        return float(row[0])

    recorder = Recorder(archive)
    recorder.open("sess_1")
    recorder.flush()
    first = touched()
    recorder.flush()
    assert touched() == first
    monkeypatch.setattr(ledger_module, "TOUCH_SECONDS", 0.0)
    recorder.flush()

    assert touched() > first


def test_what_all_calls_wait_with_is_bounded(sqlite: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database is away the record of each gets a gap."""
    monkeypatch.setattr(ledger_module, "WAITING", 1000)
    recorder = Recorder(sqlite)
    writings = [recorder.open(f"sess_{number}") for number in range(2)]
    recorder.flush()
    for _ in range(5):
        for writing in writings:
            writing.put("x" * 300)
        recorder.ledger.collect([])

    assert recorder.ledger.lines < 13
    assert recorder.dropped.count == 7
    recorder.flush()
    assert sum(entry["gap"] for entry in entries(sqlite, "sess_1") if isinstance(entry, dict)) == 4


def test_a_log_that_could_not_be_cut_is_cut_later(sqlite: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as somebody reads an older state, bytes of a secret may be in it."""
    monkeypatch.setattr("orchestrator.records.database.BUSY_SECONDS", 0)
    sqlite = Archive(f"sqlite:///{sqlite.database.file}")
    recorder = Recorder(sqlite)
    writing = recorder.open("sess_1", mask=lambda text: text.replace("4711", "****"))
    writing.put("4711")
    recorder.flush()
    reader = Archive(f"sqlite:///{sqlite.database.file}")
    with reader.database.connection() as reading:
        execute(reading, "BEGIN")
        execute(reading, "SELECT * FROM lines").fetchall()
        writing.remask()
        writing.close({}, "")
        recorder.flush()
        assert recorder.ledger.busy
        execute(reading, "ROLLBACK")
    recorder.flush()

    assert not recorder.ledger.busy
    assert b"4711" not in sqlite.database.file.read_bytes()


def test_a_call_gives_several_signs_of_life_before_it_is_lost() -> None:
    """One that comes late loses no call."""
    assert 3 * ledger_module.TOUCH_SECONDS < statements_module.LOST_SECONDS
