"""The job that deletes old calls while a server runs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.records import Archive, Filter
from orchestrator.records import purging as purging_module
from orchestrator.records.audio import Leftovers
from orchestrator.records.database import RecordsError
from orchestrator.records.purging import finishing, purging
from tests.patience import PATIENCE
from tests.records.recording import Recorder


async def test_old_calls_are_deleted_through_failures(sqlite: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that cannot be used now is tried again the next time."""
    monkeypatch.setattr(purging_module, "EVERY", 0.01)
    monkeypatch.setattr(purging_module, "PAUSE", 0.0)
    recorder = Recorder(sqlite)
    for number in range(3):
        recorder.add(f"sess_{number}", keep=1.0)
    recorder.add("sess_kept", keep=None)
    emptied, purge, outcomes = asyncio.Event(), sqlite.purge, iter([RecordsError("no disk"), OSError("no folder")])
    loop = asyncio.get_running_loop()

    def failing_at_first() -> int:
        if error := next(outcomes, None):
            raise error
        deleted = purge(limit=2)
        if not deleted:
            loop.call_soon_threadsafe(emptied.set)
        return deleted

    monkeypatch.setattr(sqlite, "purge", failing_at_first)
    job = asyncio.ensure_future(purging(sqlite))
    await asyncio.wait_for(emptied.wait(), PATIENCE)
    job.cancel()
    await asyncio.wait({job})

    assert [call["id"] for call in await asyncio.to_thread(sqlite.find, Filter())] == ["sess_kept"]


async def test_recordings_that_were_left_are_finished(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each minute; one that is at work when the server stops is told to."""
    monkeypatch.setattr(purging_module, "EVERY", 0.01)
    loop, begun, ended = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()

    def convert(leftovers: Leftovers, *, stopped: Callable[[], bool]) -> int:
        assert leftovers._folder == tmp_path
        loop.call_soon_threadsafe(begun.set)
        while not stopped():
            time.sleep(0.01)
        loop.call_soon_threadsafe(ended.set)
        return 0

    monkeypatch.setattr(Leftovers, "convert", convert)
    job = asyncio.ensure_future(finishing(tmp_path))
    await asyncio.wait_for(begun.wait(), PATIENCE)
    job.cancel()

    await asyncio.wait_for(ended.wait(), PATIENCE)
