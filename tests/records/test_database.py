"""Opening the database: made with the first call, brought up to date, refused when it is too new."""

from __future__ import annotations

import importlib.util
import sqlite3
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from orchestrator.records import Archive, Filter, RecordsError, clocks
from orchestrator.records import database as database_module
from orchestrator.records.database import Database
from orchestrator.records.tables import CALLS
from tests.records.recording import STARTED, Recorder, execute

SECOND = """
def up(migrator, db):
    from peewee import TextField
    migrator.migrate(migrator.add_column("calls", "mood", TextField(null=True)))
"""


def test_a_database_is_for_its_owner_only(tmp_path: Path) -> None:
    """What callers said is in it."""
    file = tmp_path / "new" / "calls.db"
    with Database(f"sqlite:///{file}").connection():
        pass

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_sqlite_writes_ahead_and_overwrites_what_is_deleted(sqlite: Archive) -> None:
    """Readers are in nobody's way, and deleted bytes are gone."""

    def pragma(name: str) -> object:
        return execute(sqlite, lambda connection: connection.execute_sql(f"PRAGMA {name}").fetchone()[0])

    assert (pragma("journal_mode"), pragma("secure_delete")) == ("wal", 1)


def test_several_who_open_a_new_database_make_it_once(address: str) -> None:
    """Workers start at the same time."""
    archives = [Archive(address) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda archive: execute(archive, lambda connection: connection.get_tables()), archives))

    assert all("calls" in tables for tables in found)


def with_a_second_migration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this be a later version, with one migration more."""
    folder.mkdir()
    for path in database_module.MIGRATIONS.glob("*.py"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "0002_mood.py").write_text(SECOND, encoding="utf-8")
    monkeypatch.setattr(database_module, "MIGRATIONS", folder)


def test_an_older_database_is_brought_up_to_date(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the calls that are in it."""
    Recorder(Archive(address)).add("sess_1", summary={"agents": ["front"]})
    with_a_second_migration(tmp_path / "later", monkeypatch)
    archive = Archive(address)

    assert "mood" in {each.name for each in execute(archive, lambda connection: connection.get_columns("calls"))}
    assert archive.summary("sess_1")["agents"] == ["front"]


def test_a_newer_database_is_refused(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says why, and what to do; nothing in it is changed."""
    with pytest.MonkeyPatch.context() as later:
        with_a_second_migration(tmp_path / "later", later)
        Recorder(Archive(address)).add("sess_1")
    with pytest.raises(RecordsError, match=r"written by a newer version \(it has 0002_mood\)") as refused:
        Archive(address).find(Filter())

    assert "Install that version" in str(refused.value)


def test_a_migration_that_fails_changes_nothing(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or none: this version can still use what is there."""
    Recorder(Archive(address)).add("sess_1")
    with monkeypatch.context() as later:
        with_a_second_migration(tmp_path / "later", later)
        third = SECOND.replace('"calls"', '"no_table"')
        (tmp_path / "later" / "0003_broken.py").write_text(third, encoding="utf-8")
        with pytest.raises(RecordsError, match="no_table"):
            Archive(address).find(Filter())

    assert [call["id"] for call in Archive(address).find(Filter())] == ["sess_1"]


def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    """Where, what, what to do."""
    file = tmp_path / "calls.db"
    file.write_bytes(b"no database, but long enough to be looked at as if it were one " * 100)
    with pytest.raises(RecordsError, match=r"calls\.db: file is not a database\. Check the file"):
        Archive(f"sqlite:///{file}").find(Filter())


def test_a_server_that_is_not_there_is_said_to_be_away(tmp_path: Path) -> None:
    """Without the password of its address."""
    with pytest.raises(RecordsError, match=r"PostgreSQL: .*Check the server") as refused:
        Archive("postgresql://me:correct-horse@127.0.0.1:1/calls").find(Filter())

    assert "correct-horse" not in str(refused.value)


def test_postgresql_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and not with the first call."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RecordsError, match=r"pip install 'voice-orchestrator\[postgres\]'"):
        Database("postgresql://127.0.0.1/calls")


def test_calls_of_a_process_that_died_are_lost(address: str) -> None:
    """They end, for whoever opens the database, when nothing was heard of them for a minute."""
    recorder = Recorder(Archive(address))
    recorder.open("sess_lost", keep=10.0)
    recorder.open("sess_alive", started=STARTED + 1)
    recorder.flush()
    touched = time.time() - 61

    def age(connection: object) -> None:
        quiet = {CALLS.touched: touched, CALLS.alive: clocks.steady(connection) - 61}
        CALLS.update(quiet).where(CALLS.id == "sess_lost").execute(connection)

    execute(recorder.archive, age)
    archive = Archive(address)
    alive, lost = archive.find(Filter())

    assert (lost["id"], lost["ending"]) == ("sess_lost", "lost")
    assert lost["ended"] == pytest.approx(touched)
    assert (alive["id"], alive["ending"]) == ("sess_alive", None)
    assert archive.purge() == 1  # ten seconds after its end


def test_reading_is_in_nobodys_way(sqlite: Archive) -> None:
    """A transaction that writes, of another process, is not waited for."""
    Recorder(sqlite).add("sess_1")
    assert sqlite.database.file is not None
    other = sqlite3.connect(sqlite.database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE calls SET team = 'other'")
    found = Archive(f"sqlite:///{sqlite.database.file}").find(Filter())
    other.execute("COMMIT")
    other.close()

    assert [call["team"] for call in found] == ["helpdesk"]
    assert [call["team"] for call in sqlite.find(Filter())] == ["other"]
