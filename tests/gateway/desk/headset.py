"""A worker's audio by WebRTC in a test: aiortc in the place of their browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.gateway.webrtc.phone import Ear
from tests.worker import WorkerClient


async def offer(client: WorkerClient, ear: Ear) -> None:
    """Offer a connection from the desk, and take the answer."""
    ear.add_audio()
    name = f"offer {len(client.of('team.audio.answer'))}"
    await client.send("team.audio.offer", event_id=name, sdp=await ear.offer())
    answer = await client.until("team.audio.answer", where=lambda event: event["offer"] == name)
    await ear.answered(answer["sdp"])


@asynccontextmanager
async def headset(client: WorkerClient, *, speaks: bool = True) -> AsyncIterator[Ear]:
    """Connect a worker who has a caller."""
    ear = Ear(speaks=speaks)
    try:
        await offer(client, ear)
        yield ear
    finally:
        await ear.hang_up()
