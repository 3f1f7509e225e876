"""Offers over HTTP: what they bring along, who may call, what is refused; aiortc is the caller."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import structlog
from aiortc import RTCPeerConnection
from openai import AsyncOpenAI
from websockets.asyncio.client import connect

from orchestrator.testing import Say
from tests.calls import CallerClient, Desk, desk
from tests.gateway.webrtc.phone import Phone, calls_url, phoning

SDP = {"content-type": "application/sdp"}


async def post(at: Desk, content: bytes | str, headers: dict[str, str], query: str = "") -> tuple[int, Any]:
    """Post something that is refused; returns the status and the error."""
    async with httpx.AsyncClient() as http:
        response = await http.post(calls_url(at) + query, content=content, headers=headers)
    told = response.json()["error"]
    assert set(told) == {"type", "code", "message", "param"}
    return response.status_code, {**told, "headers": response.headers}


async def test_a_session_object_comes_with_the_offer() -> None:
    """The official client's way; formats that it asks for are not put in force."""
    audio = {"input": {"format": {"type": "audio/pcmu"}}, "output": {"format": {"type": "audio/pcmu"}, "speed": 1.1}}
    async with desk() as at:
        phone, url = Phone(), at.url.replace("ws", "http", 1) + "/v1"
        async with AsyncOpenAI(api_key="x", base_url=url) as client:
            session: Any = {"type": "realtime", "instructions": "Be brief.", "audio": audio}
            answer = await client.realtime.calls.create(sdp=await phone.offer(), session=session)
        await phone.take(answer.text, answer.response.headers["location"])
        created = await phone.client.until("session.created")
        await phone.client.send("session.update", session={"type": "realtime", "audio": audio})
        updated = await phone.client.until("session.updated")
        service = await at.service.session("front")
        await phone.close()
        await at.quiet()

    pcm = {"type": "audio/pcm", "rate": 24000}
    assert created["session"]["instructions"] == "Be brief."
    for told in (created["session"], updated["session"], service.fields):
        assert [told["audio"][side]["format"] for side in ("input", "output")] == [pcm, pcm]


async def test_a_client_secret_opens_a_call() -> None:
    """Its session object is in force; the server's own key opens one too."""
    async with desk(api_keys="k-1") as at:
        secret = at.admission.secrets.make({"type": "realtime", "instructions": "From the secret."})
        for key, instructions in ((secret.value, "From the secret."), ("k-1", "")):
            phone = Phone()
            response = await phone.connect(calls_url(at), {"authorization": f"Bearer {key}"})
            assert response.status_code == 201
            created = await phone.client.until("session.created")
            assert created["session"]["instructions"] == instructions
            await phone.close()
        await at.quiet()


async def test_a_caller_joins_others_in_their_call() -> None:
    """Over WebRTC as over a socket; who cannot is told why."""
    async with desk() as at, at.caller() as caller:
        phone, late, query = Phone(), Phone(), f"?call={caller.call}&agent=billing"
        response = await phone.connect(calls_url(at) + query)
        assert response.status_code == 201
        await phone.client.until("session.created")
        joined = await caller.until("team.seat.joined")
        status, error = await post(at, await late.offer(), SDP, query)
        await late.close()
        await phone.close()
        await caller.until("team.seat.left")

    assert (joined["seat"], joined["call"]) == ("billing", phone.call_id)
    assert (status, error["code"], error["param"]) == (400, "seat_refused", "seat")


async def test_a_sideband_socket_joins() -> None:
    """It sees the events, acts on the call, and leaves it as it is."""
    async with desk() as at, phoning(at) as phone:
        async with connect(f"{at.url}/v1/realtime?call_id={phone.call_id}", max_size=None) as socket:
            side = CallerClient(socket)
            created = await side.until("session.created")
            at.service.reply("front", Say("Hello from afar.", ms=200))
            await side.send("response.create")
            await side.until("output_audio_buffer.stopped")
            await phone.client.until("output_audio_buffer.stopped")
        await side.reading
        await phone.client.type("And on.")
        await phone.client.until("response.done", 2)

    assert created["session"]["id"] == phone.client.of("session.created")[0]["session"]["id"]
    assert side.of("response.output_audio.delta") == []


async def test_requests_that_are_refused() -> None:
    """Each with the service's status, shape and what is wrong; the log has the reason of each call."""
    connection = RTCPeerConnection()
    connection.createDataChannel("oai-events")
    no_audio = (await connection.createOffer()).sdp
    await connection.close()
    form = {"content-type": "multipart/form-data; boundary=b"}
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    unknown = part.format("sdp", no_audio) + part.format("session", '{"voise": 1}') + "--b--\r\n"
    broken = part.format("sdp", no_audio) + part.format("session", "{") + "--b--\r\n"
    async with desk() as at:
        assert (await post(at, "hello", SDP))[1]["param"] == "sdp"
        assert (await post(at, "v=0\r\nm=audio nonsense", SDP))[1]["code"] == "invalid_offer"
        assert (await post(at, no_audio, SDP))[1]["message"] == "The SDP offer contains no audio."
        assert (await post(at, "{}", {"content-type": "application/json"}))[1]["code"] == "invalid_content_type"
        with structlog.testing.capture_logs() as logs:
            assert (await post(at, unknown, form))[1]["param"] == "session.voise"
            assert (await post(at, broken, form))[1]["param"] == "session"
        refused = [line["reason"] for line in logs if line["event"] == "call refused"]
        assert refused == ["unknown_parameter", "invalid_json"]
        assert (await post(at, "--b--", form))[1]["param"] == "sdp"
        assert (await post(at, b"v=0" + bytes(2**20), SDP))[0] == 413
        assert (await post(at, no_audio, SDP, "?model=gpt-9"))[1]["code"] == "invalid_offer"  # not for the name
        assert (await post(at, no_audio, {**SDP, "origin": "https://evil.example"}))[0] == 403
        at.calls._register.draining = True
        status, told = await post(at, no_audio, SDP)
        assert (status, told["code"], told["headers"]["retry-after"]) == (503, "draining", "5")
        assert len(at.calls) == 0
    async with desk(api_keys="k-1") as at:
        assert (await post(at, no_audio, SDP))[0] == 401
        assert (await post(at, no_audio, {**SDP, "authorization": "Bearer ek_none"}))[1]["code"] == "invalid_api_key"


async def test_p57_an_offer_that_is_replayed_holds_no_place() -> None:
    """P57: whoever connects has a place; who has connected keeps it; never are there more calls than the limit."""
    async with desk(max_calls=3) as at, phoning(at) as phone, offered() as offer:
        for _ in range(8):
            assert (await replayed(at, offer)).status_code == 201
            assert len(at.calls) <= 3
        async with at.caller(), at.caller():
            assert len(at.calls) == 3
            refused = await replayed(at, offer)
            assert (refused.status_code, refused.json()["error"]["code"]) == (503, "too_many_calls")
            await phone.client.type("Still here?")
            await phone.client.until("response.done")


@asynccontextmanager
async def offered() -> AsyncIterator[str]:
    """Yield an offer that nobody connects by."""
    phone = Phone()
    yield await phone.offer()
    await phone.close()


async def replayed(at: Desk, offer: str) -> httpx.Response:
    async with httpx.AsyncClient() as http:
        return await http.post(calls_url(at), content=offer, headers=SDP)


# What an offer says, and what it is made to say.
TWISTS = [
    ("a=rtcp-mux", "a=rtcp-mux\r\na=max-message-size:" + "9" * 5000),
    ("a=rtcp-mux", "a=rtcp-mux\r\na=max-message-size:1"),
    ("a=mid:0", "a=mid:"),
    ("a=mid:0", "a=mid:1"),
    ("a=setup:actpass", "a=setup:bogus"),
    ("a=sctp-port:5000", "a=sctp-port:-1"),
    ("a=fingerprint:sha-256", "a=fingerprint:md5"),
    ("a=fingerprint:sha-256 ", "a=fingerprint:"),
    ("a=ice-ufrag:", "a=ice-ufrag"),
    ("a=ice-pwd:", "a=ice-pwd:\x00\ud7ff"),
    ("a=rtcp-mux", "a=candidate:1"),
    ("a=rtcp-mux", "a=candidate:1 1 udp 99999999999999999999 ::1 99999999 typ host"),
    ("a=rtpmap:96", "a=rtpmap:" + "9" * 5000),
    ("a=rtpmap:96 opus/48000/2", "a=rtpmap:96 opus/0/0"),
    ("a=rtpmap:96 opus/48000/2", "a=rtpmap:96 opus"),
    ("a=group:BUNDLE 0 1", "a=group:BUNDLE 7 7 7"),
    ("m=audio", "m=video"),
    ("m=audio", "m="),
    ("c=IN IP4", "c=IN IP9"),
    ("o=- ", "o="),
    ("t=0 0", "t="),
    ("s=-", "s=\u2028\x85"),
]


@pytest.mark.parametrize(("said", "instead"), TWISTS, ids=[repr(instead)[1:30] for _, instead in TWISTS])
async def test_p57_an_odd_offer_is_answered_or_refused(said: str, instead: str) -> None:
    """P57: it is never our failure, and leaves no call behind that could not be."""
    async with desk() as at, offered() as offer:
        assert said in offer
        status = (await replayed(at, offer.replace(said, instead))).status_code
        assert status in (201, 400)
        assert len(at.calls) == (status == 201)


async def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says what to install."""
    monkeypatch.setitem(sys.modules, "orchestrator.gateway.webrtc.peer", None)
    async with desk() as at:
        status, told = await post(at, "v=0", SDP)

    assert status == 501
    assert "pip install 'voice-orchestrator[webrtc]'" in told["message"]
