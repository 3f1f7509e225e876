"""SIGHUP, told apart: somebody sends it, or a terminal was closed."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from orchestrator.server.edits.hang_up import on_hang_up
from tests.patience import PATIENCE


async def hung_up(monkeypatch: pytest.MonkeyPatch, before: bool, after: bool) -> str:
    """Send SIGHUP to a process whose input was a terminal, and is one now, or not; return what was done."""
    done: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(os, "isatty", lambda _: before)
    with on_hang_up(lambda: done.set_result("reload"), lambda: done.set_result("stop")):
        monkeypatch.setattr(os, "isatty", lambda _: after)
        os.kill(os.getpid(), signal.SIGHUP)
        return await asyncio.wait_for(done, PATIENCE)


@pytest.mark.parametrize(
    ("before", "after", "done"), [(False, False, "reload"), (True, True, "reload"), (True, False, "stop")]
)
async def test_files_are_read_again_unless_the_terminal_was_closed(
    monkeypatch: pytest.MonkeyPatch, before: bool, after: bool, done: str
) -> None:
    """A server that was started in a terminal ends with it; afterwards the signal is handled as it was."""
    handler = signal.getsignal(signal.SIGHUP)

    assert await hung_up(monkeypatch, before, after) == done
    assert signal.getsignal(signal.SIGHUP) == handler


async def test_a_system_without_the_signal_has_nothing_to_handle(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows."""
    monkeypatch.delattr(signal, "SIGHUP")
    with on_hang_up(lambda: None, lambda: None):
        assert not hasattr(signal, "SIGHUP")
