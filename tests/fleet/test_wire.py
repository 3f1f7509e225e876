"""The connection on which commands are written at once."""

from __future__ import annotations

import asyncio

import pytest
from redis.exceptions import ResponseError
from structlog.testing import capture_logs

from orchestrator.fleet.client import client_for, close
from orchestrator.fleet.scripts import packed
from orchestrator.fleet.wire import Unanswered, Unreachable, Wire, described
from orchestrator.outside.cluster import read_cluster
from tests.fleet.nodes import until
from tests.redis_server import RedisServer


async def test_answers_come_in_order(redis: RedisServer) -> None:
    """Errors in their place among them."""
    address = read_cluster(redis.url)
    client = client_for(address)
    opened: list[None] = []
    wire = Wire(client, address, lambda: opened.append(None))
    assert await wire.start() is None
    running = asyncio.ensure_future(wire.run())

    answers = await asyncio.gather(
        *(wire.ask(packed(b"INCR", b"n")) for _ in range(3)),
        wire.ask(packed(b"NONSENSE")),
        wire.ask(packed(b"INCR", b"n")),
        return_exceptions=True,
    )

    assert answers[:3] == [1, 2, 3]
    assert isinstance(answers[3], ResponseError)
    assert answers[4] == 4
    with wire.together():
        both = [asyncio.ensure_future(wire.ask(packed(b"INCR", b"n"))) for _ in range(2)]
        await asyncio.sleep(0)
    assert await asyncio.gather(*both) == [5, 6]
    assert (wire.up, wire.own_host, len(opened)) == (True, "127.0.0.1", 1)
    with pytest.raises(Unreachable):
        await wire.answer(packed(b"NONSENSE"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await close(client)
    assert (wire.up, wire.own_host) == (False, "")


async def test_who_waits_learns_that_the_connection_is_lost(redis: RedisServer) -> None:
    """What was asked for may have been done; nothing more can be sent."""
    address = read_cluster(redis.url)
    client = client_for(address)
    wire = Wire(client, address, lambda: None)
    await wire.start()
    running = asyncio.ensure_future(wire.run())
    waiting = asyncio.ensure_future(wire.ask(packed(b"BLPOP", b"never", b"0")))
    await asyncio.sleep(0)
    wire.drop("enough")

    with pytest.raises(Unanswered):
        await waiting
    assert not wire.send(packed(b"PING"), lambda _: None)
    with pytest.raises(Unanswered):
        await wire.ask(packed(b"PING"))
    await wire.open()
    assert await wire.answer(packed(b"PING")) == b"PONG"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await close(client)


async def test_an_answer_that_cannot_be_handled_costs_the_connection_only(redis: RedisServer) -> None:
    """It is logged, and there is a new one."""
    address = read_cluster(redis.url)
    client = client_for(address)
    wire = Wire(client, address, lambda: None)
    await wire.start()
    running = asyncio.ensure_future(wire.run())
    with capture_logs() as logs:
        wire.send(packed(b"PING"), lambda reply: reply.no_such_thing)
        await until(lambda: not wire.up)
        await wire.open()
    assert await wire.answer(packed(b"PING")) == b"PONG"
    assert logs[0]["event"] == "answer of the cluster not handled"
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await close(client)


def test_errors_are_said_on_one_line() -> None:
    """Those without words by their kind."""
    assert described(OSError("a\n b")) == "a b"
    assert described(ValueError()) == "ValueError"
    assert described(TimeoutError("x")) == "no answer"
