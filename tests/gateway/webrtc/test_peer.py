"""WebRTC calls from the connection to its end: aiortc is the caller, a scripted service stands behind."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from array import array
from collections import Counter
from collections.abc import Callable

import aioice.ice
import httpx
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtcsctptransport import WEBRTC_STRING
from websockets.asyncio.client import connect

from orchestrator.gateway.webrtc import peer
from orchestrator.gateway.webrtc.connection import gather
from orchestrator.protocol import share
from orchestrator.protocol.audio import PCM_BYTES_PER_MS
from orchestrator.testing import FunctionCall, Say, ScriptedConnection
from orchestrator.testing.output import Output
from tests.calls import CallerClient, Desk, desk
from tests.gateway.webrtc.phone import RATE, ChannelSocket, Microphone, Phone, calls_url, phoning, pitch, tone
from tests.patience import PATIENCE

SDP = {"content-type": "application/sdp"}


@pytest.fixture(autouse=True)
def _tones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let agents speak in tones: 300 Hz and 100 more for each session."""

    def audio(self: Output, ms: int, audio_format: object) -> str:
        return base64.b64encode(tone(300 + 100 * self.number, ms, 24_000)).decode()

    monkeypatch.setattr(Output, "audio", audio)


async def heard_by(session: ScriptedConnection, ms: int) -> bytes:
    """Wait until an agent's session was sent so much sound; returns it, without silence."""
    sound, pieces = b"", 0
    while len(sound) < ms * PCM_BYTES_PER_MS:
        pieces += 1
        piece = base64.b64decode((await session.wait_for("input_audio_buffer.append", pieces))["audio"])
        sound += piece if max(array("h", piece)) > 1000 else b""
    return sound


async def test_a_call_and_nothing_left_of_it() -> None:
    """Events on the channel, sound on the tracks both ways; no task, thread or socket stays."""
    async with desk() as at, httpx.AsyncClient() as http:
        await http.get(f"{at.url.replace('ws', 'http', 1)}/healthz")  # the server has started all that it runs
        tasks, threads = asyncio.all_tasks(), set(threading.enumerate())
        at.service.reply("front", Say("Good day.", ms=600))
        async with phoning(at) as phone:
            await phone.client.send("response.create")
            sound = await phone.hears(500)
            await phone.client.until("output_audio_buffer.stopped")
            phone.microphone.saying = tone(440, 800)
            caller = await heard_by(await at.service.session("front"), 500)
        await at.quiet()
        left = [task for task in asyncio.all_tasks() - tasks if not task.get_name().startswith("Task-")]
        alive = [thread.name for thread in set(threading.enumerate()) - threads]

    assert pitch(sound, RATE) == pytest.approx(400, rel=0.05)
    assert pitch(caller, 24_000) == pytest.approx(440, rel=0.05)
    kinds = [event["type"] for event in phone.client.events]
    assert kinds[0] == "session.created"
    assert "response.output_audio.delta" not in kinds
    assert kinds.index("output_audio_buffer.started") < kinds.index("output_audio_buffer.stopped") == len(kinds) - 1
    started, stopped = phone.client.of("output_audio_buffer.started"), phone.client.of("output_audio_buffer.stopped")
    assert [started[0]["response_id"], stopped[0]["response_id"]] == [
        phone.client.of("response.done")[0]["response"]["id"]
    ] * 2
    assert left == []
    assert [name for name in alive if "decoder" in name] == []


async def test_a_handoff_is_heard() -> None:
    """The next agent's voice comes after the first one's, on the same track."""
    async with desk() as at, phoning(at) as phone:
        at.service.reply("front", Say("One moment.", ms=300), FunctionCall("transfer_to_billing", "{}"))
        at.service.reply("billing", Say("Billing here.", ms=400))
        await phone.client.send("response.create")
        first, second = await phone.hears(240), await phone.hears(300)
        await phone.client.until("output_audio_buffer.stopped", 2)

    assert pitch(first, RATE) == pytest.approx(400, rel=0.1)
    assert pitch(second, RATE) > 450


async def test_barge_in_cuts_what_was_not_heard() -> None:
    """The server drops it, says so, and truncates the item at what was really played."""
    async with desk() as at, phoning(at) as phone:
        at.service.reply("front", Say("A very long story.", ms=60_000))
        await phone.client.send("response.create")
        await phone.hears(400)
        session = await at.service.session("front")
        await session.hear("Stop.")
        cleared = await phone.client.until("output_audio_buffer.cleared")
        cut = await phone.client.until("conversation.item.truncated")
        told = (await session.wait_for("conversation.item.truncate"))["audio_end_ms"]
        quiet = len(phone.heard)
        await phone.client.until("response.done", 2)

    assert cleared["response_id"] == phone.client.of("response.done")[0]["response"]["id"]
    assert 350 <= cut["audio_end_ms"] < 30_000
    assert abs(told - cut["audio_end_ms"]) < 200
    assert len(phone.client.of("conversation.item.truncated")) == 1
    assert quiet < RATE * 2 * 30, "half of the story"


async def test_the_caller_can_clear_what_it_hears() -> None:
    """`output_audio_buffer.clear`, as the official browser client sends it; nothing playing, nothing said."""
    async with desk() as at, phoning(at) as phone:
        await phone.client.send("output_audio_buffer.clear")
        at.service.reply("front", Say("A very long story.", ms=60_000))
        await phone.client.send("response.create")
        await phone.hears(200)
        await phone.client.send("response.cancel")
        await phone.client.send("output_audio_buffer.clear")
        await phone.client.until("output_audio_buffer.cleared")
        cut = await phone.client.until("conversation.item.truncated")
        await phone.client.send("conversation.item.retrieve", item_id="nothing")
        await phone.client.until("error", where=lambda one: one["error"]["code"] == "item_retrieve_invalid_item_id")

    assert 150 <= cut["audio_end_ms"] < 30_000
    assert len(phone.client.of("output_audio_buffer.cleared")) == 1
    assert phone.client.of("output_audio_buffer.stopped") == []


async def test_our_hang_up_lets_the_last_words_be_heard() -> None:
    """The channel closes after them."""
    async with desk() as at, phoning(at) as phone:
        at.service.reply("front", Say("Goodbye then.", ms=900))
        await phone.client.send("response.create")
        await phone.client.until("response.done")
        async with httpx.AsyncClient() as http:
            await http.post(f"{calls_url(at)}/{phone.call_id}/hangup")
        sound = await phone.hears(800)
        await asyncio.wait_for(phone.client.reading, PATIENCE)
        await at.quiet()

    assert pitch(sound, RATE) == pytest.approx(400, rel=0.05)


@pytest.mark.parametrize("how", ["channel", "connection"])
async def test_the_caller_hangs_up(how: str) -> None:
    """By closing the channel or the connection; both end the call at once."""
    async with desk() as at:
        async with phoning(at) as phone:
            if how == "channel":
                phone.socket.channel.close()
                await at.quiet()
        await at.quiet()


async def test_the_caller_vanishes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a word: it no longer answers the checks of the connection."""
    monkeypatch.setattr(aioice.ice, "CONSENT_FAILURES", 1)
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.1)
    async with desk() as at, phoning(at) as phone:
        phone.vanish()
        await at.quiet()


async def test_a_connection_that_does_not_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call ends all the same, and its sockets are let go of."""

    class Stuck(RTCPeerConnection):
        async def close(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr(peer, "RTCPeerConnection", Stuck)
    monkeypatch.setattr(peer, "CLOSE_SECONDS", 0.2)
    async with desk() as at:
        async with phoning(at):
            pass
        await at.quiet()


async def test_the_server_stops_under_a_call() -> None:
    """Calls are ended before it is gone; it does not wait for a long story."""
    async with desk() as at:
        phone = Phone()
        assert (await phone.connect(calls_url(at))).status_code == 201
        await phone.client.until("session.created")
        at.service.reply("front", Say("A very long story.", ms=60_000))
        await phone.client.send("response.create")
        await phone.hears(100)
    await asyncio.wait_for(phone.client.reading, PATIENCE)
    await phone.close()

    assert len(phone.heard) < RATE * 2 * 30, "half of the story"
    assert len(at.calls) == 0


async def test_a_connection_that_never_comes_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The call is dropped after a while."""
    monkeypatch.setattr(peer, "CONNECT_SECONDS", 0.3)
    async with desk() as at:
        phone = Phone()
        async with httpx.AsyncClient() as http:
            response = await http.post(calls_url(at), content=await phone.offer(), headers=SDP)
        assert response.status_code == 201
        await at.quiet()
        await phone.close()


async def test_a_machine_without_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is enough for a caller on the same machine."""
    monkeypatch.setattr(aioice.ice, "get_host_addresses", lambda **_: [])
    async with desk() as at, phoning(at) as phone:
        assert phone.client.of("session.created")


@pytest.mark.parametrize(("letter", "shown"), [("x", 100), ("語", 0)])
async def test_a_session_object_of_any_size(letter: str, shown: int) -> None:
    """64 KiB and more go whole; of what is larger than the peer takes, tools are left out."""
    tools = [{"type": "function", "name": f"tool_{number}", "description": letter * 1000} for number in range(100)]
    update = {"type": "session.update", "session": {"type": "realtime", "tools": tools}}
    async with desk() as at, phoning(at) as phone:
        async with connect(f"{at.url}/v1/realtime?call_id={phone.call_id}", max_size=None) as socket:
            await socket.send(json.dumps(update, ensure_ascii=False))
            updated = await phone.client.until("session.updated")
        await phone.client.send("conversation.item.retrieve", item_id="nothing")
        await phone.client.until("error")

    assert len(updated["session"].get("tools", [])) == shown


async def test_more_than_the_channel_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writing waits for room: nothing is lost, nothing comes out of order."""
    monkeypatch.setattr(peer, "HIGH", 4000)
    monkeypatch.setattr(peer, "LOW", 1000)
    tools = [{"type": "function", "name": f"tool_{number}", "description": "x" * 1000} for number in range(10)]
    async with desk() as at, phoning(at) as phone:
        async with connect(f"{at.url}/v1/realtime?call_id={phone.call_id}", max_size=None) as socket:
            side = CallerClient(socket)
            for number in range(8):
                session = {"type": "realtime", "tools": tools, "instructions": str(number)}
                await side.send("session.update", session=session)
            await phone.client.until("session.updated", 8)
        await side.reading

    told = [event["session"]["instructions"] for event in phone.client.of("session.updated")]
    assert told == [str(number) for number in range(8)]


@pytest.mark.parametrize(("speaks", "video"), [(False, False), (True, True)], ids=["no microphone", "a camera"])
async def test_other_media(speaks: bool, video: bool) -> None:
    """A caller that only listens, and one that shows itself, are heard and answered all the same."""
    async with desk() as at:
        phone = Phone(speaks=speaks, video=video)
        assert (await phone.connect(calls_url(at))).status_code == 201
        await phone.client.until("session.created")
        at.service.reply("front", Say("Good day.", ms=400))
        await phone.client.send("response.create")
        sound = await phone.hears(300)
        await phone.close()
        await at.quiet()

    assert pitch(sound, RATE) == pytest.approx(400, rel=0.05)


async def called(at: Desk, connection: RTCPeerConnection) -> str:
    """Call with a connection as it is; return the id of the call."""
    connection.addTrack(Microphone())
    await gather(connection, loopback=True)
    await connection.setLocalDescription(await connection.createOffer())
    async with httpx.AsyncClient() as http:
        response = await http.post(calls_url(at), content=connection.localDescription.sdp, headers=SDP)
    await connection.setRemoteDescription(RTCSessionDescription(response.text, "answer"))
    return response.headers["location"].rsplit("/", 1)[1]


@pytest.mark.parametrize("negotiated", [False, True], ids=["no channel", "a channel that only the caller knows of"])
async def test_p69_a_caller_without_a_channel(monkeypatch: pytest.MonkeyPatch, *, negotiated: bool) -> None:
    """P69: audio alone is a call, for which a program acts; it lasts until somebody hangs up."""
    came_up = asyncio.Event()
    come_up = peer.Peer._come_up

    async def noticed(self: peer.Peer, connected: Callable[[], None]) -> None:
        await come_up(self, connected)
        came_up.set()

    monkeypatch.setattr(peer.Peer, "_come_up", noticed)
    async with desk() as at:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        if negotiated:
            connection.createDataChannel("oai-events", negotiated=True, id=0)
        call_id = await called(at, connection)
        await asyncio.wait_for(came_up.wait(), PATIENCE)
        async with connect(f"{at.url}/v1/realtime?call_id={call_id}", max_size=None) as socket:
            side = CallerClient(socket)
            await side.send("response.create")
            await side.until("output_audio_buffer.stopped")
            await connection.close()
            await at.quiet()
        await side.reading


@pytest.mark.parametrize("label", ["other-events", "", "events", "oai-Events", "a" * 200])
async def test_p69_a_channel_of_another_label_gets_the_events(label: str) -> None:
    """P69: and takes the caller's; closing it hangs up."""
    async with desk() as at, phoning(at, label) as phone:
        assert phone.client.events[0]["type"] == "session.created"
        await phone.client.type("Good day.")
        await phone.client.until("response.done")
        phone.socket.channel.close()
        await at.quiet()


async def test_p69_the_services_label_has_the_events_among_several() -> None:
    """P69: whichever channel was opened first; the others may be closed."""
    async with desk() as at:
        phone = Phone("chat")
        channel = ChannelSocket(phone.connection.createDataChannel("oai-events"))
        late = ChannelSocket(phone.connection.createDataChannel("pings"))
        client = CallerClient(channel)  # type: ignore[arg-type]
        assert (await phone.connect(calls_url(at))).status_code == 201
        await client.until("session.created")
        await asyncio.wait_for(late.opened.wait(), PATIENCE)
        phone.socket.channel.close()
        late.channel.close()
        await client.type("Good day.")
        await client.until("response.done")
        await phone.close()
        await at.quiet()
        await client.reading

    assert phone.client.of("response.done") == []


async def test_a_message_that_is_no_text() -> None:
    """The library ends the connection over it; the call ends too."""
    async with desk() as at, phoning(at) as phone:
        assert phone.connection.sctp is not None
        assert phone.socket.channel.id is not None
        await phone.connection.sctp._send(phone.socket.channel.id, WEBRTC_STRING, b"\xff\xfe")
        await at.quiet()


async def test_what_is_not_an_event() -> None:
    """Binary messages and broken JSON are answered; the call goes on."""
    async with desk() as at, phoning(at) as phone:
        phone.socket.channel.send(b"\x00\x01")
        await phone.socket.send("{")
        await phone.client.until("error", 2)
        await phone.client.type("Still there?")
        await phone.client.until("response.done")

    assert [event["error"]["code"] for event in phone.client.of("error")] == ["invalid_event", "invalid_json"]


async def test_p53_a_flood_of_events_leaves_others_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: a data channel cannot be paused; some events wait, what exceeds them is refused, and the channel lives."""
    monkeypatch.setattr(peer, "WAITING", 2)
    monkeypatch.setattr(share, "SHARE", 1)
    async with desk() as at, phoning(at) as phone:
        for _ in range(500):
            await phone.client.send("conversation.item.retrieve", item_id="nothing")
        await phone.client.until("error", 500)
        codes = Counter(event["error"]["code"] for event in phone.client.of("error"))
        assert set(codes) == {"item_retrieve_invalid_item_id", "rate_limit_exceeded"}
        await phone.client.type("Still here?")
        await phone.client.until("response.done")
