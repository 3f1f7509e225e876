"""Places for what is on its way to other nodes."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from orchestrator.server.forwarding.places import Crowded, Places
from tests.patience import PATIENCE


async def test_so_many_have_a_place() -> None:
    """One more has none until another has gone; without `waiting` it is told at once."""
    places = Places(2)
    async with AsyncExitStack() as stack:
        for _ in range(2):
            await stack.enter_async_context(places.one())
        with pytest.raises(Crowded):
            await stack.enter_async_context(places.one())
    async with places.one():
        pass


async def test_so_many_more_wait() -> None:
    """In the order in which they came; the next one is told at once."""
    places, had = Places(1, waiting=2, seconds=PATIENCE), list[int]()

    async def come(number: int) -> None:
        async with places.one():
            had.append(number)

    async with asyncio.TaskGroup() as group, places.one():
        for number in range(2):
            group.create_task(come(number))
        await asyncio.sleep(0)
        with pytest.raises(Crowded):
            await places.one().__aenter__()

    assert had == [0, 1]


async def test_who_waits_in_vain_is_told() -> None:
    """And takes no place from those who wait after them."""
    places = Places(1, waiting=1, seconds=0.01)
    async with places.one():
        for _ in range(3):
            with pytest.raises(Crowded):
                await places.one().__aenter__()
    async with places.one():
        pass


async def test_who_goes_while_they_wait_leaves_nothing_behind() -> None:
    """A client who has gone has no place, and waits no longer."""
    places = Places(1, waiting=1, seconds=PATIENCE)
    async with places.one():
        waiting = asyncio.ensure_future(places.one().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        again = asyncio.ensure_future(places.one().__aenter__())
        await asyncio.sleep(0)
        assert not again.done()
    await asyncio.wait_for(again, PATIENCE)
