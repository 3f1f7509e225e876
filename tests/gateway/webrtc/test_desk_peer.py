"""The audio of a worker on one track in both directions; aiortc is the worker's browser."""

from __future__ import annotations

import asyncio
import base64
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.webrtc import desk_peer
from orchestrator.gateway.webrtc.desk_peer import DeskPeer
from orchestrator.gateway.webrtc.playout import FRAME
from orchestrator.gateway.webrtc.telephone import Decoder, Encoder
from tests.gateway.webrtc.phone import RATE, Ear, strongest, tone
from tests.patience import PATIENCE


class Call:
    """What arrives of the worker in the call, and what they hear of it."""

    def __init__(self, caller_format: str = "audio/pcm", call_format: str = "audio/pcm") -> None:
        self.said: asyncio.Queue[bytes] = asyncio.Queue()
        self.over = asyncio.Event()
        self.peer = DeskPeer(
            caller_format, call_format, lambda audio: self.said.put_nowait(base64.b64decode(audio)), {"call": "c"}
        )
        self.lost: asyncio.Task[str | None] | None = None

    async def take(self, ear: Ear) -> None:
        """Answer an offer and hold the connection."""
        ear.add_audio()
        await ear.answered(await self.peer.answer(await ear.offer(), loopback=True))
        self.lost = asyncio.get_running_loop().create_task(self.peer.hold(self.over))

    async def until_up(self) -> None:
        """Wait until the connection is there."""
        await asyncio.wait_for(self.peer._up.wait(), PATIENCE)

    async def why_lost(self) -> str | None:
        """Wait for the end."""
        assert self.lost is not None
        return await asyncio.wait_for(self.lost, PATIENCE)


@asynccontextmanager
async def connected(call: Call, ear: Ear) -> AsyncIterator[None]:
    """Connect the two, and close both."""
    await call.take(ear)
    await call.until_up()
    try:
        yield
    finally:
        call.over.set()
        await call.why_lost()
        await call.peer.close()
        await ear.hang_up()


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu"])
async def test_both_hear_each_other(kind: str) -> None:
    """In the formats of the call, whatever they are."""
    call, ear = Call(kind, kind), Ear()
    encoder, decoder = Encoder(kind), Decoder(kind)
    async with connected(call, ear):
        ear.microphone.saying = tone(440, 800)
        pcm, said = tone(300, 2000, 24_000), b""
        for at in range(0, len(pcm), FRAME):
            call.peer.hear(base64.b64encode(encoder.encode(pcm[at : at + FRAME])).decode())
            piece = decoder.decode(await asyncio.wait_for(call.said.get(), PATIENCE))  # at the pace of speech
            said += piece if max(array("h", piece)) > 1000 else b""
        heard = await ear.hears(500)
        call.peer.hear("no base64!")
        assert call.peer.up
        assert call.peer.speaks
    assert not call.peer.up
    assert await call.why_lost() is None
    assert strongest(said, 24_000) == pytest.approx(440, rel=0.05)
    assert strongest(heard, RATE) == pytest.approx(300, rel=0.05)


async def test_a_worker_without_a_microphone() -> None:
    """Hears the caller, and says nothing."""
    call, ear = Call(), Ear(speaks=False)
    async with connected(call, ear):
        call.peer.hear(base64.b64encode(tone(300, 400, 24_000)).decode())
        heard = await ear.hears(300)
        assert not call.peer.speaks
    assert strongest(heard, RATE) == pytest.approx(300, rel=0.05)
    assert call.said.empty()


async def test_a_connection_that_is_lost() -> None:
    """Whoever holds it is told why."""
    call, ear = Call(), Ear()
    await call.take(ear)
    await call.until_up()
    await ear.hang_up()

    assert await call.why_lost() == "The connection was lost."
    await call.peer.close()


async def test_a_connection_that_nobody_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Is not waited for longer than the limit."""
    monkeypatch.setattr(desk_peer, "CONNECT_SECONDS", 0.01)
    call, ear = Call(), Ear()
    ear.add_audio()
    await call.peer.answer(await ear.offer(), loopback=True)

    assert await asyncio.wait_for(call.peer.hold(call.over), PATIENCE) == "The connection was not established."
    await call.peer.close()
    await ear.hang_up()


async def refused(ear: Ear) -> str:
    """Return why an offer is not answered."""
    peer = DeskPeer("audio/pcm", "audio/pcm", lambda audio: None, {})
    with pytest.raises(CallerError) as raised:
        await peer.answer(await ear.offer(), loopback=True)
    await peer.close()
    await ear.hang_up()
    assert raised.value.code == "invalid_offer"
    return str(raised.value)


async def test_one_audio_and_nothing_else() -> None:
    """No data channel, no camera, and no audio in which nobody would hear the caller."""
    with_channel, two, silent, empty = Ear(), Ear(), Ear(), Ear()
    with_channel.add_audio()
    with_channel.connection.createDataChannel("events")
    two.add_audio()
    two.connection.addTransceiver("video")
    silent.connection.addTransceiver("audio", direction="sendonly")
    empty.connection.addTransceiver("video")

    assert [await refused(ear) for ear in (with_channel, two, empty)] == [
        "The SDP offer is to have one audio and nothing else. Events stay on the WebSocket."
    ] * 3
    assert (await refused(silent)).endswith("It is to be `sendrecv` or `recvonly`.")
