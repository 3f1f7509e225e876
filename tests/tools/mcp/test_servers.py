"""The servers of a process: who needs them, and what is left behind."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from orchestrator.core.events import CallerLeft
from orchestrator.tools.mcp import servers
from orchestrator.tools.mcp.server import State
from orchestrator.tools.mcp.servers import HOME, Held, Home, tried
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider, call, started
from tests.runner.test_toolbox import CALLED, say
from tests.tools.mcp.house import Inside, find_customer, nothing, program, trace, until, up

CALLS, AT_ONCE = 1000, 40


async def one(crm: Inside) -> None:
    """A call in which a tool of a server is called; some callers hang up while it runs."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear, sources={"front": (crm.source(),)})
    task, session = await started(running, provider)
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r1"}}')
    session.frames.put_nowait(CALLED)
    if id(task) % 3:
        await session.was_sent("Miller (7)")
        say(session, "r2")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)


async def test_a_thousand_calls_leave_nothing_behind() -> None:
    """No tasks, here or in the thread of the servers, no watchers, no open files, no threads."""
    with Inside(find_customer).up() as crm:
        await asyncio.gather(*(one(crm) for _ in range(AT_ONCE)))
        await until(lambda: not crm.held.server.watchers)

        def left() -> tuple[int, ...]:
            files = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0  # noqa: PTH112, PTH208
            return (
                len(asyncio.all_tasks()),
                len(asyncio.all_tasks(HOME.loop())),
                len(crm.held.server.watchers),
                crm.held.server.requests,
                crm.held._holders,
                threading.active_count(),
                files,
            )

        before = left()
        for _ in range(CALLS // AT_ONCE):
            await asyncio.gather(*(one(crm) for _ in range(AT_ONCE)))

        await until(lambda: all(now <= then for now, then in zip(left(), before, strict=True)))


async def test_cancelled_calls_leave_nothing_in_a_program(tmp_path: Path) -> None:
    """Each is cancelled there too."""
    with up(program(tmp_path), tmp_path) as shop:
        asked = [asyncio.ensure_future(shop.call("hang", {}, PATIENCE, nothing)) for _ in range(10)]
        await until(lambda: trace(tmp_path).count("hangs") == 10)
        for one_of_them in asked:
            one_of_them.cancel()
        await until(lambda: trace(tmp_path).count("cancelled") == 10)
        await until(lambda: not shop.server.requests)


async def test_a_server_that_somebody_needs_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes within the time that it is kept finds it as it was; then it ends."""
    monkeypatch.setattr(servers, "LINGER", 0.3)
    crm = Inside(find_customer)
    with crm.held.hold():
        assert tried([crm.held], PATIENCE)
    with crm.held.hold():
        HOME.tidy()
        assert crm.held.up

    await until(lambda: crm.held.server.state is State.UNUSED)


def test_all_end_with_the_process() -> None:
    """And none is started any more."""
    Home().end()  # nothing was started
    home, crm = Home(), Inside(find_customer)
    held = Held("crm", crm.connect, home)
    with held.hold():
        assert tried([held], PATIENCE)
        home.tidy()
        assert held.up
        home.end()
        assert held.server.state is State.UNUSED
        assert not tried([held], 0.05)


def test_what_is_wrong_is_logged_once() -> None:
    """However many calls notice it."""
    held = Inside().held
    held.warn("too many")
    held.warn("too many")

    assert held.refusals == ["too many"]
