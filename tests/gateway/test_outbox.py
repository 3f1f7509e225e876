"""Frames on their way to one caller: in order, bounded, ended once."""

from __future__ import annotations

import asyncio

from orchestrator.gateway import closing, outbox
from orchestrator.gateway.outbox import Close, Outbox
from tests.patience import PATIENCE


async def test_frames_are_written_in_order_until_the_end() -> None:
    """What was queued before the end is written, what comes after is not; the first end counts."""
    written: list[str] = []

    async def send(frame: str) -> None:
        written.append(frame)

    box = Outbox(on_full=lambda: None)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        group.create_task(box.write(send), name="writer")
        await asyncio.sleep(0)
        box.put("one")
        await asyncio.sleep(0)
        box.put("two")
        box.end(1000, "over")
        box.end(1001, "later")
        box.put("three")

    assert written == ["one", "two"]
    assert box.close == Close(1000, "over")


async def test_p36_a_full_queue_ends_the_call_once() -> None:
    """P36: past the limit everything is dropped, the end is `too slow`, and the call is told once."""
    full: list[bool] = []
    box = Outbox(on_full=lambda: full.append(True))
    frame = "x" * (outbox.LIMIT // 4)
    for _ in range(10):
        box.put(frame)

    written: list[str] = []

    async def send(frame: str) -> None:
        written.append(frame)

    await asyncio.wait_for(box.write(send), PATIENCE)
    assert full == [True]
    assert written == []
    assert box.close is not None
    assert box.close.code == closing.TOO_SLOW
