"""The writer of a process: what is put is kept, whatever happens to the database or to the process."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from itertools import count as count_from
from pathlib import Path
from typing import Any

import pytest
import structlog

from orchestrator.records import Archive, Filter, Records, RecordsError, UnknownCall
from orchestrator.records import database as database_module
from orchestrator.records import writer as writer_module
from tests.patience import PATIENCE
from tests.records.postgresql import missing, postgresql
from tests.records.recording import STARTED, begin, entries

ROOT = Path(__file__).parent.parent.parent


async def until(met: Callable[..., Any], *given: object) -> None:
    """Wait until something is so; it is looked at in a thread, as it waits for the database."""
    async with asyncio.timeout(PATIENCE):
        done = await asyncio.to_thread(met, *given)
        while not done:
            await asyncio.sleep(0.01)
            done = await asyncio.to_thread(met, *given)


def count(archive: Archive, call_id: str) -> int:
    """Return how many entries of a call can be read."""
    try:
        return len(entries(archive, call_id))
    except (UnknownCall, RecordsError):
        return 0


def ended(archive: Archive, call_id: str) -> bool:
    """Return whether a call has ended."""
    return call_id in [call["id"] for call in archive.find(Filter()) if call["ended"] is not None]


def missing_file(path: Path) -> bool:
    """Return whether there is no such file."""
    return not path.exists()


def more_than(seen: list[int], number: int) -> bool:
    """Return whether a counter is beyond a number."""
    return seen[0] > number


def process(*arguments: str) -> subprocess.Popen[str]:
    """Start a process that records calls."""
    command = (sys.executable, "-m", "tests.records.process", *arguments)
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


async def test_nothing_is_started_before_the_first_call(sqlite: Archive) -> None:
    """No thread, no file, and no library for databases."""
    script = (
        "import sys; from orchestrator.records import Archive, Records; Records(Archive('sqlite:///calls.db'));"
        "import orchestrator.server.app; print(sorted({'peewee', 'playhouse', 'psycopg'} & set(sys.modules)))"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    await Records(sqlite).stop()

    assert done.stdout.strip() == "[]"
    assert not [thread for thread in threading.enumerate() if thread.name == "records"]
    assert not sqlite.database.exists


async def test_a_running_call_can_be_read(archive: Archive) -> None:
    """Half a second later, without any end."""
    records = Records(archive)
    writing = begin(records, "sess_1")
    writing.put({"n": 1})
    await until(lambda: count(archive, "sess_1") == 1)
    writing.put({"n": 2})
    await until(lambda: count(archive, "sess_1") == 2)
    await records.stop()

    assert records.dropped == 0


async def test_what_waits_is_written_when_the_server_stops(archive: Archive) -> None:
    """And the thread ends; what comes later is dropped and counted."""
    records = Records(archive)
    for number in range(20):
        writing = begin(records, f"sess_{number}", started=STARTED + number)
        writing.put({"n": 1})
        writing.close({"ending": "left"}, "hello")
    await records.stop()
    late = begin(records, "sess_late")
    late.put({"n": 1})

    assert {call["ending"] for call in archive.find(Filter())} == {"left"}
    assert len(archive.find(Filter(text="hello"))) == 20
    assert not [thread for thread in threading.enumerate() if thread.name == "records"]
    assert records.dropped == 2


async def test_the_thread_rests_between_calls(sqlite: Archive) -> None:
    """When no call is open it has closed the database, and a new call wakes it."""
    records = Records(sqlite)
    for call_id in ("sess_1", "sess_2"):
        begin(records, call_id).close({"ending": "left"}, "")
        await until(ended, sqlite, call_id)
        assert sqlite.database.file is not None
        log = sqlite.database.file.with_name("calls.db-wal")
        await until(missing_file, log)
    await records.stop()


async def test_a_database_that_cannot_be_used_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says so once, nobody who puts something waits, and nothing is lost meanwhile."""
    monkeypatch.setattr(writer_module, "LONGEST_PAUSE", 0.1)
    (tmp_path / "folder").write_text("a file where a folder should be", encoding="utf-8")
    archive = Archive(f"sqlite:///{tmp_path / 'folder' / 'calls.db'}")
    records, tries = Records(archive), count_from(1)
    prepared, seen = archive.database._prepared, [0]

    def counted() -> Any:
        seen[0] = next(tries)
        return prepared()

    monkeypatch.setattr(archive.database, "_prepared", counted)
    with structlog.testing.capture_logs() as logged:
        writing = begin(records, "sess_1")
        for number in range(5):
            writing.put({"n": number})
            await until(more_than, seen, number)
        (tmp_path / "folder").unlink()
        await until(lambda: count(archive, "sess_1") == 5)
        await records.stop()

    assert [line["event"] for line in logged] == ["calls cannot be recorded now", "calls are recorded again"]
    assert "folder" in logged[0]["error"]
    assert (logged[1]["dropped"], records.dropped) == (0, 0)


async def test_a_file_that_somebody_locks_is_waited_for(sqlite: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event loop does not."""
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0)
    monkeypatch.setattr(writer_module, "LONGEST_PAUSE", 0.05)
    records = Records(sqlite)
    begin(records, "sess_1").close({}, "")
    await until(ended, sqlite, "sess_1")
    assert sqlite.database.file is not None
    with closing(sqlite3.connect(sqlite.database.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with structlog.testing.capture_logs() as logged:
            writing = begin(records, "sess_2", started=STARTED + 1)
            writing.put({"n": 1})
            await until(lambda: logged)
            other.execute("ROLLBACK")
            await until(lambda: count(sqlite, "sess_2") == 1)
    await records.stop()

    assert "locked" in logged[0]["error"]


async def test_too_many_calls_at_once_are_not_all_recorded(sqlite: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those beyond the limit count as dropped, with all that is put into them, and the log says so."""
    monkeypatch.setattr(writer_module, "CALLS", 1)
    records = Records(sqlite)
    with structlog.testing.capture_logs() as logged:
        first = begin(records, "sess_1")
        second = begin(records, "sess_2")
        for writing in (first, second):
            writing.put({"n": 1})
            writing.close({"ending": "left"}, "")
        await records.stop()

    assert [call["id"] for call in sqlite.find(Filter())] == ["sess_1"]
    assert records.dropped == 2
    assert [line["event"] for line in logged] == [
        "parts of calls are not recorded, there is too much to write",
        "calls are recorded again",
    ]


async def test_a_server_stops_although_its_database_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for a bounded time, and says what is lost."""
    monkeypatch.setattr(writer_module, "STOP_SECONDS", 0.2)
    (tmp_path / "folder").write_text("a file where a folder should be", encoding="utf-8")
    records = Records(Archive(f"sqlite:///{tmp_path / 'folder' / 'calls.db'}"))
    with structlog.testing.capture_logs() as logged:
        begin(records, "sess_1").put({"n": 1})
        await asyncio.wait_for(records.stop(), PATIENCE)

    assert logged[-1]["event"] == "the server stops before its calls are recorded"
    assert logged[-1]["lines"] >= 1


async def test_a_killed_process_loses_a_second_at_most(tmp_path: Path) -> None:
    """Twenty calls are being written: all can be read, without a hole, up to shortly before the end."""
    archive = Archive(f"sqlite:///{tmp_path / 'calls.db'}")
    running = process(f"sqlite:///{archive.database.file}", "sess_", "20")
    try:
        await until(lambda: min(count(archive, f"sess_{number}") for number in range(20)) > 50)
        killed = time.time()
    finally:
        running.kill()
        running.communicate()
    for number in range(20):
        found = await asyncio.to_thread(entries, archive, f"sess_{number}")
        assert [entry["n"] for entry in found] == list(range(len(found)))
        # A second by itself; more where the machine had something else to do.
        assert killed - found[-1]["at"] < 5.0
    assert len(archive.find(Filter(ending="open"))) == 20


async def test_several_processes_write_one_file(tmp_path: Path) -> None:
    """They wait for each other, and nothing is lost."""
    archive = Archive(f"sqlite:///{tmp_path / 'calls.db'}")
    running = [process(f"sqlite:///{archive.database.file}", f"sess_{name}", "5", "100") for name in "abc"]
    said = [(await asyncio.to_thread(each.communicate, timeout=PATIENCE))[0].split() for each in running]
    found = archive.find(Filter())

    assert said == [["begun", "0"]] * 3
    assert len(found) == 15
    for call in found:
        assert [entry["n"] for entry in entries(archive, call["id"])] == list(range(100))
        assert call["ending"] == "left"


@pytest.mark.skipif(bool(missing()), reason=missing())
async def test_a_server_that_is_restarted_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is stopped under load and started again: no call notices, and the record has no hole."""
    monkeypatch.setattr(writer_module, "LONGEST_PAUSE", 0.2)
    with structlog.testing.capture_logs() as logged, postgresql() as server:
        archive = Archive(server.database())
        records = Records(archive)
        writings = [begin(records, f"sess_{number}", started=STARTED + number) for number in range(20)]
        sent = 0

        def put(most: int) -> None:
            nonlocal sent
            for _ in range(most):
                for writing in writings:
                    writing.put({"n": sent})
                sent += 1

        put(50)
        await until(lambda: count(archive, "sess_19") == 50)
        await asyncio.to_thread(server.stop)
        put(50)
        await until(lambda: logged)
        put(50)
        await asyncio.to_thread(server.start)
        put(50)
        for writing in writings:
            writing.close({"ending": "left"}, "hello")
        await until(lambda: count(archive, "sess_19") == 200)
        await records.stop()
        found = archive.find(Filter(ending="left"))
        whole = [[entry["n"] for entry in entries(archive, call["id"])] == list(range(200)) for call in found]

    assert whole == [True] * 20
    assert records.dropped == 0
    assert [line["event"] for line in logged] == ["calls cannot be recorded now", "calls are recorded again"]
