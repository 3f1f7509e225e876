"""Edits while calls run, over real sockets: a server that watches its files, or is told to read them again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from websockets.asyncio.client import connect

from orchestrator.testing import ScriptedRealtime, call
from tests.calls import TEAM, CallerClient, Desk, desk
from tests.edited import TOOL, served, until
from tests.patience import BUSY, PATIENCE


async def looked(house: Desk, caller: CallerClient, number: int) -> str:
    """Let the first agent of a caller call its tool; return what it was told, once it is asked to answer.

    Before that, it could take what the service is to reply to the next caller.
    """
    house.service.reply("front", call("look"))
    await caller.type("Look, please.")
    session = await house.service.session("front", number)

    def outputs() -> list[str]:
        asked = [at for at, event in enumerate(session.received) if event["type"] == "response.create"]
        before = session.received[: asked[-1]] if asked else []
        items = [event["item"] for event in before if event["type"] == "conversation.item.create"]
        return [item["output"] for item in items if item["type"] == "function_call_output"]

    await until(lambda: outputs() != [])
    return outputs()[0]


async def test_a_call_ends_on_its_version_and_the_next_gets_the_new_one() -> None:
    """The tool file is edited while the first caller talks."""
    async with desk(tools=TOOL.format("old")) as house, house.caller() as first:
        before = served(house).current
        (house.folder / "tools.py").write_text(TOOL.format("new"), encoding="utf-8")
        await until(lambda: served(house).current is not before)
        async with house.caller() as second:
            assert await looked(house, first, 0) == "the old one"
            assert await looked(house, second, 1) == "the new one"
            assert [len(house.calls.on(one)) for one in served(house).versions] == [1, 1]


@asynccontextmanager
async def started(folder: Path, *options: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, httpx.AsyncClient]]:
    """Run `orchestrator serve` as a user does."""
    async with ScriptedRealtime() as service, AsyncExitStack() as stack:
        (folder / "agents.yaml").write_text(TEAM.format(url=service.url), encoding="utf-8")
        (folder / "tools.py").write_text(TOOL.format("old"), encoding="utf-8")
        command = (sys.executable, "-m", "orchestrator.cli", "serve", str(folder / "agents.yaml"), "--port", "0")
        process = await asyncio.create_subprocess_exec(
            *(*command, *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "ORCHESTRATOR_MAX_LAG": str(BUSY), "ORCHESTRATOR_DRAIN": "0"},
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(PATIENCE):
                while not (line := await process.stdout.readline()).startswith(b"page"):
                    assert line
            url = line.decode().split()[1]
            yield process, await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=PATIENCE))
        finally:
            process.terminate()
            await asyncio.wait_for(process.communicate(), PATIENCE)


async def hashes(http: httpx.AsyncClient, wanted: int) -> dict[int, str]:
    """Return the current version of each process, asked for until so many have answered."""
    found: dict[int, str] = {}
    async with asyncio.timeout(PATIENCE):
        while len(found) < wanted:
            listed = (await http.get("/v1/teams", headers={"Connection": "close"})).json()
            found[listed["process"]] = listed["data"][0]["versions"][0]["hash"]
    return found


async def edited(http: httpx.AsyncClient, before: str, processes: int) -> set[str]:
    """Wait until no process serves a version any more; return those that they serve."""
    async with asyncio.timeout(PATIENCE):
        while before in (now := set((await hashes(http, processes)).values())):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return now


async def test_sighup_lets_every_process_read_its_files_again(tmp_path: Path) -> None:
    """Where they are not watched; a request would reach one process only, and says so."""
    async with started(tmp_path, "--no-watch", "--workers", "2") as (process, http):
        (before,) = set((await hashes(http, 2)).values())
        (tmp_path / "tools.py").write_text(TOOL.format("new"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        after = await edited(http, before, 2)
        refused = await http.post("/v1/teams/helpdesk")

    assert len(after) == 1
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "several_processes")
    assert f"send SIGHUP to process {process.pid}" in refused.json()["error"]["message"]


async def test_one_process_reads_its_files_again(tmp_path: Path) -> None:
    """A caller who is there notices nothing."""
    async with started(tmp_path, "--no-watch") as (process, http), AsyncExitStack() as stack:
        url = f"ws://{http.base_url.host}:{http.base_url.port}/v1/realtime"
        caller = CallerClient(await stack.enter_async_context(connect(url)))
        await caller.until("session.created")
        (before,) = (await hashes(http, 1)).values()
        (tmp_path / "tools.py").write_text(TOOL.format("new"), encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        await edited(http, before, 1)
        await caller.type("Are you there?")
        await caller.until("response.done")
