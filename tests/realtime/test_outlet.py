"""Frames come out in order, then the end."""

from __future__ import annotations

import asyncio
import json

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.realtime.outlet import LIMIT, ROOM, Outlet


async def test_what_is_queued_is_read_before_the_end() -> None:
    """Ending quietly lets the reader finish; what comes later is ignored."""
    outlet = Outlet()
    outlet.emit("one")
    outlet.end()
    outlet.emit("two")
    assert [json.loads(frame)["type"] async for frame in outlet] == ["one"]


async def test_a_session_that_nobody_reads_ends() -> None:
    """Beyond the limit: `stalled`, after what is there."""
    outlet = Outlet()
    for _ in range(LIMIT + 1):
        outlet.put("{}")
    frames = aiter(outlet)
    for _ in range(LIMIT):
        await anext(frames)
    with pytest.raises(RealtimeError) as caught:
        await anext(frames)
    assert caught.value.code == "stalled"


async def test_a_response_waits_for_the_reader() -> None:
    """`room` waits while many frames are unread, and no longer."""
    outlet = Outlet()
    for _ in range(ROOM):
        outlet.put("{}")
    waiting = asyncio.ensure_future(outlet.room())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    await anext(aiter(outlet))
    async with asyncio.timeout(5):
        await waiting
