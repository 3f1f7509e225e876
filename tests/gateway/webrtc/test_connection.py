"""A peer connection: an offer answered, what its state says, how it is closed; whole calls are in `test_peer.py`."""

from __future__ import annotations

import asyncio

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from orchestrator.errors import CallerError
from orchestrator.gateway.webrtc.connection import answer_offer, gather, is_up, shut, transports, watch
from tests.gateway.webrtc.phone import Microphone
from tests.patience import PATIENCE

KNOWN = {"call": "c"}


def connection() -> RTCPeerConnection:
    """Return a connection that knows no server."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


async def test_two_connect_and_one_closes() -> None:
    """The other notices both; closing again does no harm."""
    mine, theirs = connection(), connection()
    mine.addTrack(Microphone())
    await gather(mine, loopback=True)
    await mine.setLocalDescription(await mine.createOffer())
    answer = await answer_offer(theirs, mine.localDescription.sdp, lambda: None, loopback=True, known=KNOWN)
    seen: asyncio.Queue[bool | None] = asyncio.Queue()
    watch(theirs, lambda: seen.put_nowait(is_up(theirs)))
    assert is_up(theirs) is None
    await mine.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    async with asyncio.timeout(PATIENCE):
        while await seen.get() is not True:
            pass
        await shut(mine, PATIENCE, known=KNOWN)
        while await seen.get() is not False:
            pass
        await shut(theirs, PATIENCE, known=KNOWN)
    await shut(mine, PATIENCE, known=KNOWN)


@pytest.mark.parametrize(
    "refusal", [CallerError("Not this one.", code="x"), ValueError("odd")], ids=["ours", "the library's"]
)
async def test_an_offer_that_cannot_be_answered(refusal: Exception) -> None:
    """What we say of it is kept; what the library says is only logged."""
    mine, theirs = connection(), connection()
    mine.addTrack(Microphone())
    offer = await mine.createOffer()

    def refuse() -> None:
        raise refusal

    with pytest.raises(CallerError) as raised:
        await answer_offer(theirs, offer.sdp, refuse, loopback=True, known=KNOWN)
    await mine.close()
    await shut(theirs, PATIENCE, known=KNOWN)

    assert (raised.value is refusal) is isinstance(refusal, CallerError)
    assert transports(theirs) != set()
