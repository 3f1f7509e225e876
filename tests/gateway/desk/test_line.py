"""A worker's audio by WebRTC in whole calls: aiortc is their browser, a caller on a WebSocket is at the other end."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from orchestrator.gateway.background import Background
from orchestrator.gateway.desk.line import FAILED, Line, Sides
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.webrtc.playout import FRAME, FRAME_MS
from orchestrator.gateway.webrtc.telephone import Decoder, Encoder
from tests.calls import CallerClient, Event, desk
from tests.gateway.desk.headset import headset, offer
from tests.gateway.webrtc.phone import RATE, Ear, strongest, tone
from tests.patience import PATIENCE
from tests.worker import OFFICE, OFFICE_TOOLS, WorkerClient, audio, connected, worker

DELTA = "response.output_audio.delta"


@asynccontextmanager
async def taken() -> AsyncIterator[tuple[CallerClient, WorkerClient]]:
    """Serve a caller whom somebody at the desk has."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        await connected(at, caller, anna)
        yield caller, anna


async def talk(caller: CallerClient, hertz: float, ms: int, kind: str = "audio/pcm") -> None:
    """Let the caller say a tone, at the pace of speech."""
    pcm, encoder, clock = tone(hertz, ms, 24_000), Encoder(kind), asyncio.get_running_loop().time
    began = clock()
    for number, at in enumerate(range(0, len(pcm), FRAME)):
        piece = base64.b64encode(encoder.encode(pcm[at : at + FRAME])).decode()
        await caller.send("input_audio_buffer.append", audio=piece)
        await asyncio.sleep(max(0.0, began + number * FRAME_MS / 1000 - clock()))


async def hears(caller: CallerClient, ms: int, kind: str = "audio/pcm", since: int = 0) -> bytes:
    """Wait until the caller has heard so much sound; returns it in PCM16 at 24 kHz, without silence."""
    sound, decoder, count = b"", Decoder(kind), since
    while len(sound) < ms * 48:
        count += 1
        piece = decoder.decode(base64.b64decode((await caller.until(DELTA, count))["delta"]))
        sound += piece if piece and max(array("h", piece)) > 1000 else b""
    return sound


async def heard_by_track(caller: CallerClient, ear: Ear, kind: str = "audio/pcm") -> bytes:
    """Let the caller talk until the worker has heard half a second of it."""
    async with asyncio.TaskGroup() as group:
        talking = group.create_task(talk(caller, 300, 60_000, kind))
        sound = await ear.hears(500)
        talking.cancel()
    return sound


@pytest.mark.parametrize("kind", ["audio/pcm", "audio/pcmu", "audio/pcma"])
async def test_both_hear_each_other_by_webrtc(kind: str) -> None:
    """In full duplex; nothing of the caller is sent on the socket as well; nothing is left when they are given back."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        side = {"format": {"type": kind, "rate": 24_000} if kind == "audio/pcm" else {"type": kind}}
        await caller.send("session.update", session={"type": "realtime", "audio": {"input": side, "output": side}})
        await caller.until("session.updated")
        await connected(at, caller, anna)
        before = len(asyncio.all_tasks())
        async with headset(anna) as ear:
            since = len(caller.of(DELTA))
            ear.microphone.saying = tone(440, 3000)
            said = await hears(caller, 500, kind, since)
            heard = await heard_by_track(caller, ear, kind)
            deltas = len(anna.of("team.audio.delta"))
            await heard_by_track(caller, ear, kind)
            assert len(anna.of("team.audio.delta")) == deltas
            await anna.do("give_back", to="billing")
            await anna.told("released")
            await asyncio.wait_for(ear.ended.wait(), PATIENCE)
            assert anna.of("team.audio.lost") == []
        async with asyncio.timeout(PATIENCE):
            while len(asyncio.all_tasks()) > before:  # the peers' own tasks end when both have closed
                await caller.speak()
                await anna.do("watch")
                await anna.told("watching", len(anna.of("team.person.watching")) + 1)

    assert strongest(said, 24_000) == pytest.approx(440, rel=0.05)
    assert strongest(heard, RATE) == pytest.approx(300, rel=0.05)


async def test_who_speaks_by_webrtc_is_not_heard_twice() -> None:
    """What they send on the socket meanwhile goes nowhere; who only hears by WebRTC speaks on the socket."""
    async with taken() as (caller, anna):
        async with headset(anna, speaks=False) as ear:
            await heard_by_track(caller, ear)
            await anna.send("input_audio_buffer.append", audio=audio(7))
            await caller.until(DELTA, where=lambda event: event["delta"] == audio(7))
        async with headset(anna) as ear:
            ear.microphone.saying = tone(440, 3000)
            await hears(caller, 100, since=len(caller.of(DELTA)))
            await anna.send("input_audio_buffer.append", audio=audio(8))
            await hears(caller, 100, since=len(caller.of(DELTA)))
            assert [event for event in caller.of(DELTA) if event["delta"] == audio(8)] == []


async def test_whoever_listens_too_hears_their_caller_once() -> None:
    """On the track, and themselves on the socket."""
    async with taken() as (caller, anna), headset(anna) as ear:
        await anna.do("listen")
        await anna.told("listening")
        await heard_by_track(caller, ear)
        before = len(anna.heard())
        await heard_by_track(caller, ear)
        await anna.until("team.audio.delta", where=lambda event: event["leg"] == "team")
        assert len(anna.heard()) == before


@pytest.mark.parametrize("how", ["the peer", "the event"])
async def test_without_the_connection_audio_is_on_the_socket_again(how: str) -> None:
    """When the peer is gone the worker is told; when they give it up themselves they know it."""
    async with taken() as (caller, anna):
        async with headset(anna) as ear:
            await heard_by_track(caller, ear)
            if how == "the event":
                await anna.send("team.audio.end")
                await asyncio.wait_for(ear.ended.wait(), PATIENCE)
        if how == "the peer":
            lost = await anna.until("team.audio.lost")
            assert lost["reason"] == "The connection was lost."
        before = len(anna.heard())
        await caller.speak(3)
        await anna.until("team.audio.delta", before + 3)
        await anna.send("input_audio_buffer.append", audio=audio(9))
        await caller.until(DELTA, where=lambda event: event["delta"] == audio(9))
        assert len(anna.of("team.audio.lost")) == (how == "the peer")


async def test_a_new_offer_takes_the_place_of_the_one_before() -> None:
    """Also of one that nobody has connected by."""
    async with taken() as (caller, anna):
        never, ear = Ear(), Ear()
        never.add_audio()
        await anna.send("team.audio.offer", event_id="never", sdp=await never.offer())
        await anna.until("team.audio.answer")
        async with headset(anna) as old:
            await heard_by_track(caller, old)
            await offer(anna, ear)
            await asyncio.wait_for(old.ended.wait(), PATIENCE)
            await heard_by_track(caller, ear)
        await ear.hang_up()
        await never.hang_up()
        await anna.until("team.audio.lost")
        assert len(anna.of("team.audio.lost")) == 1


async def test_the_connection_ends_with_the_socket() -> None:
    """Whoever comes back on another one offers anew, and hears their caller again."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller:
        async with worker(at) as anna:
            call_id = await connected(at, caller, anna)
            ear = Ear()
            await offer(anna, ear)
            await heard_by_track(caller, ear)
            await anna.socket.close()
            await asyncio.wait_for(ear.ended.wait(), PATIENCE)
            await ear.hang_up()
        async with worker(at) as anna:
            await anna.do("accept", call=call_id)
            await anna.told("joined")
            async with headset(anna) as again:
                await heard_by_track(caller, again)


async def test_offers_that_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of who has no caller, of who may only listen, no SDP, nothing that connects; and without the extra."""
    async with desk(OFFICE, OFFICE_TOOLS) as at, at.caller() as caller, worker(at) as anna:
        call_id = str(caller.of("session.created")[0]["session"]["id"])
        async with worker(at, "trainee") as tom:
            assert tom.of("team.desk.opened")[0]["webrtc"] is False
            await tom.send("team.audio.offer", call=call_id, sdp="v=0")
            assert (await tom.refused())["code"] == "forbidden"
        assert anna.of("team.desk.opened")[0]["webrtc"] is True
        for number, name in enumerate(("offer", "end"), 1):
            await anna.send(f"team.audio.{name}", call=call_id, **({"sdp": "v=0"} if name == "offer" else {}))
            assert (await anna.refused(number))["code"] == "not_yours"
        await connected(at, caller, anna)
        for number, sdp in enumerate(("hello", "v=0", "v=0\r\nm=audio nonsense", "v=0" + "\r\nm=audio 9 x 0" * 9), 3):
            await anna.send("team.audio.offer", event_id=f"no {number}", sdp=sdp)
            error = await anna.refused(number)
            assert (error["code"], error["event_id"]) == ("invalid_offer", f"no {number}")
        await anna.send("team.audio.offer", sdp="v=0" + "x" * 32_768)
        assert (await anna.refused(7))["code"] == "invalid_value"
        monkeypatch.setitem(sys.modules, "orchestrator.gateway.webrtc.desk_peer", None)
        monkeypatch.setitem(sys.modules, "aiortc", None)
        await anna.send("team.audio.offer", sdp="v=0")
        error = await anna.refused(8)
        assert error["code"] == "not_installed"
        assert "pip install 'voice-orchestrator[webrtc]'" in error["message"]
        async with worker(at) as later:
            assert later.of("team.desk.opened")[0]["webrtc"] is False
        await caller.speak(2)
        await anna.until("team.audio.delta", 2)


class Frames:
    """What was sent to a worker."""

    def __init__(self) -> None:
        self.frames: asyncio.Queue[str] = asyncio.Queue()

    def take(self, frame: str) -> bool:
        self.frames.put_nowait(frame)
        return True

    async def next(self, kind: str) -> Event:
        """Return the next event, which is of a type."""
        event: Event = json.loads(await asyncio.wait_for(self.frames.get(), PATIENCE))
        assert event["type"] == kind
        return event


async def test_a_failure_of_ours_is_told() -> None:
    """And costs the connection alone."""
    sent = Frames()
    outbox = Outbox(on_full=lambda: None, at_once=sent.take)

    def fail(said: str) -> None:
        raise RuntimeError("a bug")

    async with Background() as background:
        line, ear = Line(background, outbox, loopback=True), Ear()
        ear.add_audio()
        line.hear("AAAA")
        line.offer({"sdp": await ear.offer()}, Sides("c", "audio/pcm", "audio/pcm", fail))
        await ear.answered((await sent.next("team.audio.answer"))["sdp"])
        lost = await sent.next("team.audio.lost")
        assert not line.hears
        await ear.hang_up()

    assert lost["reason"] == FAILED
