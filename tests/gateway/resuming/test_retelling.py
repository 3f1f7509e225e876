"""The past of calls that were taken over, told to those who keep them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
import structlog

from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.resuming import retelling
from orchestrator.gateway.resuming.retelling import Retelling
from tests.patience import PATIENCE


class Call:
    """A call that was taken over."""

    call_id = "sess_1"
    left = False


def past(told: list[str], name: str, steps: int = 3) -> Iterator[None]:
    """Note each step."""
    for number in range(steps):
        told.append(f"{name}{number}")
        yield


def call() -> Any:
    """Return a call."""
    return cast("OpenCall", Call())


@asynccontextmanager
async def telling() -> AsyncIterator[Retelling]:
    """Tell the past of calls while the block lasts."""
    one = Retelling()
    task = asyncio.ensure_future(one.run())
    yield one
    task.cancel()
    await asyncio.wait({task})


async def finished(one: Retelling) -> None:
    """Wait until all is told."""
    await asyncio.wait_for(one._none.wait(), PATIENCE)


@pytest.mark.parametrize("busy", [True, False])
async def test_calls_are_told_one_after_the_other(monkeypatch: pytest.MonkeyPatch, busy: bool) -> None:
    """With pauses, which are others while callers come back."""
    monkeypatch.setattr(retelling, "LATER", 3600.0)
    monkeypatch.setattr(retelling, "WORK", -1.0)
    monkeypatch.setattr(retelling, "REST" if busy else "LONG_REST", 3600.0)
    told: list[str] = []
    async with telling() as one:
        if busy:
            one.came_back()
        one.add(call(), past(told, "a"))
        one.add(call(), past(told, "b"))
        await finished(one)

    assert told == ["a0", "a1", "a2", "b0", "b1", "b2"]


async def test_there_are_pauses_unless_the_server_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the rest is told at once."""
    monkeypatch.setattr(retelling, "REST", 3600.0)
    told: list[str] = []
    async with telling() as one:
        one.add(call(), past(told, "a"))
        one.add(call(), past(told, "b"))
        await one.finish()

    assert told == ["a0", "a1", "a2", "b0", "b1", "b2"]


async def test_a_server_that_stops_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log says that records are not whole."""
    monkeypatch.setattr(retelling, "STOPPING", 0.01)
    one = Retelling()
    one.add(call(), past([], "a"))
    with structlog.testing.capture_logs() as logs:
        await one.finish()

    assert [line["calls"] for line in logs] == [1]


async def test_a_call_that_was_left_is_told_no_further() -> None:
    """Whoever has it now tells all of it; and one that cannot be told is in nobody's way."""
    told: list[str] = []
    gone = call()
    gone.left = True

    def broken() -> Iterator[None]:
        yield
        raise ValueError("broken")

    with structlog.testing.capture_logs() as logs:
        async with telling() as one:
            one.add(gone, past(told, "a"))
            one.add(call(), broken())
            one.add(call(), past(told, "b"))
            await finished(one)

    assert told == ["a0", "b0", "b1", "b2"]
    assert [line["event"] for line in logs] == ["the past of a call is not kept"]
