"""One worker: what it tells the supervisor, and which signals end it."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.server.serve import build
from orchestrator.server.worker import BEGINS, OTHER, Worker
from orchestrator.settings import Settings
from tests.calls import TEAM
from tests.patience import PATIENCE


@pytest.fixture
def channel() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Return both ends of a channel: the supervisor's, and the worker's."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.settimeout(PATIENCE)
        yield ours, theirs


async def made(folder: Path, channel: socket.socket) -> Worker:
    path = folder / "agents.yaml"
    path.write_text(TEAM.format(url="ws://127.0.0.1:1").replace("    tools: [tools.py]\n", ""), encoding="utf-8")
    settings = Settings(drain=0.0, workers=2)
    return Worker(build(path, settings, {}), settings, 0, channel)


async def test_p56_a_worker_reports_what_it_has_to_do(
    tmp_path: Path, channel: tuple[socket.socket, socket.socket]
) -> None:
    """P56: connections it was given that may become calls, open calls, and what is not answered; only what is new."""
    ours, theirs = channel
    worker = await made(tmp_path, theirs)
    serving = asyncio.get_running_loop().create_task(worker.serve([]))
    said = asyncio.get_running_loop()
    assert await said.run_in_executor(None, ours.recv, 64) == b"ready"
    assert await said.run_in_executor(None, ours.recv, 64) == b"report 0 0 0"
    for kind in (BEGINS, OTHER):
        client, server = socket.socketpair()
        with client, server:
            socket.send_fds(ours, [kind], [server.fileno()])
            server.close()
            assert await said.run_in_executor(None, ours.recv, 64) == b"report 1 0 1"
            client.close()
            assert await said.run_in_executor(None, ours.recv, 64) == b"report 1 0 0"
    ours.close()
    await asyncio.wait_for(serving, PATIENCE)


async def test_p56_ctrl_c_is_the_supervisors(tmp_path: Path, channel: tuple[socket.socket, socket.socket]) -> None:
    """P56: it reaches all processes of a terminal, and must not count as the second signal."""
    worker = await made(tmp_path, channel[1])
    worker.handle_exit(signal.SIGINT, None)
    assert (worker.should_exit, worker.force_exit) == (False, False)
    worker.handle_exit(signal.SIGTERM, None)
    assert (worker.should_exit, worker.force_exit) == (True, False)
    worker.handle_exit(signal.SIGTERM, None)
    assert worker.force_exit
