"""A WebRTC caller in a test: aiortc as the client, with a microphone, an ear and the `oai-events` channel."""

from __future__ import annotations

import asyncio
import fractions
import itertools
import math
from array import array
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import httpx
import numpy as np
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, AudioResampler
from websockets.exceptions import ConnectionClosedOK

from orchestrator.gateway.webrtc.connection import gather, transports
from tests.calls import CallerClient, Desk
from tests.patience import PATIENCE

RATE = 48_000
STEP = RATE // 50


def tone(hertz: float, ms: int, rate: int = RATE) -> bytes:
    """Return a tone as PCM16."""
    return array(
        "h", [int(9000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(rate * ms // 1000)]
    ).tobytes()


def pitch(pcm: bytes, rate: int) -> float:
    """Return the frequency of a tone, by its zero crossings."""
    samples = array("h", pcm)
    crossings = sum(one < 0 <= other for one, other in itertools.pairwise(samples))
    return crossings * rate / len(samples)


def strongest(pcm: bytes, rate: int) -> float:
    """Return the strongest frequency of a sound, which gaps in it do not change."""
    samples = np.frombuffer(pcm, np.int16)
    return float(np.abs(np.fft.rfft(samples)).argmax()) * rate / len(samples)


class Microphone(MediaStreamTrack):
    """Says what it is given, and is silent otherwise."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.saying = b""
        self._start, self._count = 0.0, 0

    async def recv(self) -> AudioFrame:
        if self.readyState != "live":
            raise MediaStreamError
        clock = asyncio.get_running_loop().time
        self._start = self._start or clock()
        await asyncio.sleep(max(0.0, self._start + self._count / 50 - clock()))
        said, self.saying = self.saying[: STEP * 2], self.saying[STEP * 2 :]
        frame = AudioFrame(format="s16", layout="mono", samples=STEP)
        frame.planes[0].update(said.ljust(STEP * 2, b"\0"))
        frame.sample_rate, frame.time_base, frame.pts = RATE, fractions.Fraction(1, RATE), self._count * STEP
        self._count += 1
        return frame


@dataclass(frozen=True, slots=True)
class Asked:
    """The request for a connection."""

    path: str


class ChannelSocket:
    """The data channel with the manners of a WebSocket, for `CallerClient`."""

    def __init__(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        self.opened = asyncio.Event()
        self.request: Asked | None = None  # with which it was asked for
        self._frames: asyncio.Queue[str | None] = asyncio.Queue()
        channel.on("open", self.opened.set)
        channel.on("message", self._frames.put_nowait)
        channel.on("close", lambda: self._frames.put_nowait(None))

    async def send(self, frame: str) -> None:
        self.channel.send(frame)

    async def __aiter__(self) -> AsyncIterator[str]:
        while (frame := await self._frames.get()) is not None:
            yield frame
        raise ConnectionClosedOK(None, None)


class Ear:
    """A peer connection with a microphone, and what is heard on its track."""

    def __init__(self, *, speaks: bool = True) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone()
        self.speaks = speaks
        self.heard = bytearray()  # PCM16, mono, 48 kHz; without silence
        self.loud = asyncio.Event()  # set at each loud piece
        self.ended = asyncio.Event()  # our track of theirs has ended
        self.connection.on("track", self._hear)
        self._tasks: set[asyncio.Task[None]] = set()

    def add_audio(self) -> None:
        """Offer an audio, in which we speak or only listen."""
        if self.speaks:
            self.connection.addTrack(self.microphone)
        else:
            self.connection.addTransceiver("audio", direction="recvonly")

    def _hear(self, track: MediaStreamTrack) -> None:
        self._tasks.add(asyncio.get_running_loop().create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        with suppress(MediaStreamError):
            while True:
                for frame in resampler.resample(await track.recv()):  # type: ignore[arg-type]
                    pcm = bytes(frame.planes[0])[: frame.samples * 2]
                    if max(array("h", pcm)) > 1000:
                        self.heard += pcm
                        self.loud.set()
        self.ended.set()

    async def offer(self) -> str:
        """Return our offer."""
        await gather(self.connection, loopback=True)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def answered(self, answer: str) -> None:
        """Take the answer to our offer."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def hears(self, ms: int) -> bytes:
        """Wait for so much sound, and take it."""
        wanted = RATE * 2 * ms // 1000
        async with asyncio.timeout(PATIENCE):
            while len(self.heard) < wanted:
                self.loud.clear()
                await self.loud.wait()
        pcm = bytes(self.heard[:wanted])
        del self.heard[:wanted]
        return pcm

    def vanish(self) -> None:
        """Be gone from the network without a word."""
        for transport in transports(self.connection):
            for protocol in transport.transport._connection._protocols:
                protocol.transport.sendto = lambda *_: None

    async def hang_up(self) -> None:
        """Close the connection."""
        await self.connection.close()
        for task in self._tasks:
            await task


class Phone(Ear):
    """One caller."""

    def __init__(self, label: str = "oai-events", *, speaks: bool = True, video: bool = False) -> None:
        super().__init__(speaks=speaks)
        if video:
            self.connection.addTransceiver("video")
        self.add_audio()
        self.socket = ChannelSocket(self.connection.createDataChannel(label))
        self.client = CallerClient(self.socket)  # type: ignore[arg-type]
        self.call_id = ""

    async def connect(self, url: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Call; returns the response, which is to be 201."""
        self.socket.request = Asked(url)
        async with httpx.AsyncClient() as http:
            headers = {"content-type": "application/sdp", **(headers or {})}
            response = await http.post(url, headers=headers, content=await self.offer())
        if response.status_code == 201:
            await self.take(response.text, response.headers["location"])
        return response

    async def take(self, answer: str, location: str) -> None:
        """Take the answer to our offer."""
        self.call_id = location.rsplit("/", 1)[1]
        await self.answered(answer)

    async def close(self) -> None:
        """Hang up."""
        await self.hang_up()
        self.socket._frames.put_nowait(None)
        await self.client.reading


def calls_url(at: Desk) -> str:
    """Return where calls are made."""
    return at.url.replace("ws://", "http://") + "/v1/realtime/calls"


@asynccontextmanager
async def phoning(at: Desk, label: str = "oai-events") -> AsyncIterator[Phone]:
    """Call the team over WebRTC."""
    phone = Phone(label)
    try:
        response = await phone.connect(calls_url(at))
        assert response.status_code == 201, response.text
        await phone.client.until("session.created")
        yield phone
    finally:
        await phone.close()
