"""What time it is for the processes that share a database."""

from __future__ import annotations

import time

import pytest

from orchestrator.records import Archive, clocks
from tests.records.recording import execute


def test_the_clock_that_nobody_sets(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on as ever while that of the machine is set."""
    before, real = execute(archive, clocks.steady), time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600.0)
    after = execute(archive, clocks.steady)

    assert before <= after < before + 3600.0


def test_the_wall_clock(archive: Archive) -> None:
    """That of the machine, or of the server, which is the same here."""
    before = time.time()

    assert before - 1.0 <= execute(archive, clocks.wall) <= time.time() + 1.0
