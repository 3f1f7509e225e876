"""One server, and all that can happen to it: in one process over pipes, and what only shows with several servers."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mcp import MCPError
from mcp.client.subscriptions import ListenNotSupportedError
from mcp_types import ListToolsResult

from orchestrator.errors import ToolError
from orchestrator.tools.mcp import server as server_module
from orchestrator.tools.mcp.dialling import held
from orchestrator.tools.mcp.server import LONGEST_PAUSE, MOST_WAITING, SILENT, Lost, State, pause_after
from orchestrator.tools.mcp.servers import Held, tried
from tests.patience import PATIENCE
from tests.tools.mcp.house import lives, nothing, pid, program, trace, until, up

FINE = {"number": "48213"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Held]:
    """A server that is up."""
    with up(program(tmp_path), tmp_path) as server:
        yield server


async def status(server: Held) -> str:
    """Ask for an order, and return what is said of it."""
    result = await server.call("find_order", FINE, PATIENCE, nothing)
    return str(result.content[0])


async def test_it_lists_its_tools_and_answers(shop: Held) -> None:
    """By whatever protocol both know; a tool that fails says so in its result."""
    names = [tool.name for tool in shop.tools or ()]

    assert "find_order" in names
    assert "on its way" in await status(shop)
    assert (await shop.call("find_order", {"number": "2"}, PATIENCE, nothing)).is_error


async def test_a_program_that_is_killed_fails_what_it_was_asked_and_is_started_again(
    shop: Held, tmp_path: Path
) -> None:
    """At once, for all that wait; the next call after the pause is answered as if nothing had been."""
    asked = [asyncio.ensure_future(shop.call("hang", {}, PATIENCE, nothing)) for _ in range(3)]
    await until(lambda: trace(tmp_path).count("hangs") == 3)
    began, killed = time.monotonic(), pid(tmp_path)

    os.kill(killed, signal.SIGKILL)
    failed = await asyncio.gather(*asked, return_exceptions=True)

    assert all(isinstance(error, ToolError) and "help the caller in another way" in str(error) for error in failed)
    assert time.monotonic() - began < 5
    with pytest.raises(ToolError, match=r"out of order|find_order failed"):
        await shop.call("find_order", FINE, PATIENCE, nothing)
    await until(lambda: pid(tmp_path) != killed and shop.up)
    assert "on its way" in await status(shop)


async def test_a_call_that_is_cancelled_is_cancelled_at_the_server(shop: Held, tmp_path: Path) -> None:
    """The caller has hung up, or the tool's time is over; the server goes on with other calls."""
    asked = asyncio.ensure_future(shop.call("hang", {}, PATIENCE, nothing))
    await until(lambda: "hangs" in trace(tmp_path))

    asked.cancel()

    await until(lambda: "cancelled" in trace(tmp_path))
    assert "on its way" in await status(shop)


async def test_a_server_that_does_not_answer_is_given_up_in_time(shop: Held, tmp_path: Path) -> None:
    """The request is, not the server."""
    with pytest.raises(ToolError, match="hang failed"):
        await shop.call("hang", {}, 0.2, nothing)

    assert "on its way" in await status(shop)


async def test_an_answer_that_is_too_large_is_not_read(shop: Held) -> None:
    """50 MB: the call fails, and others go on meanwhile."""
    large = asyncio.ensure_future(shop.call("big", {"size": 50_000_000}, PATIENCE, nothing))
    assert "on its way" in await status(shop)

    with pytest.raises(ToolError) as caught:
        await large
    assert "may have 4194304" in str(caught.value.__cause__)


async def test_a_flood_delays_nobody_for_long_and_is_told_as_progress(shop: Held) -> None:
    """It is read at a bounded pace; what comes after it is answered."""
    heard: list[float] = []
    flood = asyncio.ensure_future(
        shop.call("flood", {"seconds": 0.5}, PATIENCE, lambda: heard.append(time.monotonic()))
    )
    await until(lambda: heard)

    assert (await flood).content
    assert "on its way" in await status(shop)


async def test_nonsense_between_messages_is_passed_over(shop: Held) -> None:
    """Lines that are no JSON-RPC."""
    assert (await shop.call("blow_up", {}, PATIENCE, nothing)).content
    assert "on its way" in await status(shop)


async def test_other_tools_are_noticed_and_told(shop: Held) -> None:
    """The server says that it has others: the list is read again, and those who watch are told."""
    told: list[bool] = []
    with shop.watch(lambda: told.append(True)):
        await shop.call("rename", {}, PATIENCE, nothing)
        await until(lambda: bool(told) and "found_order" in [tool.name for tool in shop.tools or ()])

    assert (await shop.call("find_order", FINE, PATIENCE, nothing)).is_error


async def test_more_than_it_can_take_fails_at_once(shop: Held, tmp_path: Path) -> None:
    """So many run or wait; the next one is told to try again."""
    asked = [asyncio.ensure_future(shop.call("hang", {}, PATIENCE, nothing)) for _ in range(MOST_WAITING)]
    await until(lambda: trace(tmp_path).count("hangs") == server_module.MOST_AT_ONCE)

    with pytest.raises(ToolError, match="too much to do"):
        await shop.call("find_order", FINE, PATIENCE, nothing)
    for one in asked:
        one.cancel()
    await asyncio.gather(*asked, return_exceptions=True)
    await until(lambda: not shop.server.requests)
    assert "on its way" in await status(shop)


class Refusing:
    """A client whose server lists nothing, and refuses what it is asked."""

    protocol_version = "test"

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)

    async def __aenter__(self) -> Refusing:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def list_tools(self, cursor: str | None = None) -> ListToolsResult:
        return ListToolsResult(tools=[])

    def listen(self, **_: object) -> Refusing:
        raise ListenNotSupportedError("test")

    async def call_tool(self, *_: object) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_what_the_protocol_refuses_is_told_as_far_as_a_model_can_act_on_it() -> None:
    """Arguments that are not valid, in the server's words, and it did not run; of all else only that it has failed."""
    client = Refusing(MCPError(-32602, "`number` is missing"), MCPError(-32603, "a secret"), ValueError("nonsense"))
    server = Held("shop", lambda _: client)  # type: ignore[arg-type, return-value]
    with server.hold():
        assert tried([server], PATIENCE)
        with pytest.raises(ToolError, match=r"`number` is missing. Correct the arguments") as caught:
            await server.call("find", {}, PATIENCE, nothing)
        assert not caught.value.ran
        with pytest.raises(ToolError, match=r"^find failed; try again later") as caught:
            await server.call("find", {}, PATIENCE, nothing)
        assert caught.value.ran
        with pytest.raises(ToolError, match=r"^find failed; try again later"):
            await server.call("find", {}, PATIENCE, nothing)


async def test_a_server_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    """It is down, says why, and fails what it is asked; nothing raises."""
    spec = program(tmp_path, command=("/nowhere/server",))
    server = held("notes", spec, tmp_path)
    with server.hold():
        assert tried([server], PATIENCE)
        assert not server.up
        assert "FileNotFoundError" in server.trouble
        with pytest.raises(ToolError, match="notes is out of order") as caught:
            await server.call("find_order", {}, PATIENCE, nothing)

    assert isinstance(caught.value.__cause__, Lost)
    assert not caught.value.ran


async def test_a_program_ends_when_nobody_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while, in which it is kept for the next who does; then it is started again."""
    monkeypatch.setattr("orchestrator.tools.mcp.servers.LINGER", 0.0)
    with up(program(tmp_path), tmp_path) as server:
        first = pid(tmp_path)
    await until(lambda: server.server.state is State.UNUSED)
    await until(lambda: not lives(first))

    with up(program(tmp_path), tmp_path) as again:
        assert again is server
        await until(lambda: pid(tmp_path) != first)
        await until(lambda: server.up)
        assert "on its way" in await status(server)


def test_pauses_grow_to_a_limit() -> None:
    """Also for a server that is down for days."""
    assert [pause_after(failures) for failures in (1, 2, 3, 7, 8, 100_000)] == [0.5, 1.0, 2.0, 32.0, LONGEST_PAUSE, 60]


async def test_why_it_was_lost_is_known_while_it_is_tried_again(tmp_path: Path) -> None:
    """Until it is up; before it was ever tried it has not answered."""
    one = held("notes", program(tmp_path), tmp_path)
    told = [one.trouble]
    for state, why in ((State.STARTING, ""), (State.DOWN, "it burns"), (State.STARTING, ""), (State.UP, "")):
        one.server._move(state, why)
        told.append(one.trouble)

    assert told == [SILENT, SILENT, "it burns", "it burns", ""]
