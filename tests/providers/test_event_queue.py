"""Frames come out in order, then the end."""

from __future__ import annotations

import asyncio
import json

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.providers.event_queue import LIMIT, ROOM, EventQueue
from tests.patience import PATIENCE
from tests.reading import into


async def test_what_is_queued_is_read_before_the_end() -> None:
    """Ending quietly lets the reader finish; what comes later is ignored."""
    events = EventQueue()
    events.emit("one")
    events.end()
    events.emit("two")
    frames: list[str] = []
    await events.read(into(frames))

    assert [json.loads(frame)["type"] for frame in frames] == ["one"]


async def test_a_session_that_nobody_reads_ends() -> None:
    """Beyond the limit: `stalled`, after what is there."""
    events = EventQueue()
    for _ in range(LIMIT + 1):
        events.put("{}")
    frames: list[str] = []
    with pytest.raises(RealtimeError) as caught:
        await events.read(into(frames))

    assert len(frames) == LIMIT
    assert caught.value.code == "stalled"


async def test_a_response_waits_for_the_reader() -> None:
    """`room` waits while many frames are unread, and no longer."""
    events = EventQueue()
    for _ in range(ROOM):
        events.put("{}")
    waiting = asyncio.ensure_future(events.room())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not waiting.done()
    await events.read(lambda _: True)
    async with asyncio.timeout(PATIENCE):
        await waiting
