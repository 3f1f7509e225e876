"""Speech servers take the place of the embedded parts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest
from pydantic import SecretStr

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.pcm_stream import PCM
from orchestrator.local.speech.remote import RemoteSpeaker, RemoteTranscriber
from tests.local.speech.test_pcm_stream import same, tone, wav, written


@dataclass
class Server:
    """An HTTP server that gives one answer and keeps the requests."""

    url: str = ""
    status: str = "200 OK"
    body: bytes = b""
    requests: list[bytes] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        self.requests.append(head + await reader.readexactly(length))
        lines = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
        writer.write(lines.encode() + self.body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """Serve on the loopback."""
    server = Server()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        yield server


async def test_transcription() -> None:
    """A WAV file goes out with the model and the key, text comes back."""
    async with serving() as server:
        server.body = b'{"text": " Hello there. "}'
        transcriber = RemoteTranscriber(server.url, "small", SecretStr("secret-key"))
        assert await transcriber.transcribe(np.zeros(1600, np.int16), None) == "Hello there."
        request = server.requests[0]
        assert request.startswith(b"POST /v1/audio/transcriptions ")
        assert b"Bearer secret-key" in request
        assert b"RIFF" in request
        assert b"small" in request
        assert b"language" not in request


async def test_a_language_is_told() -> None:
    """Where it is known; numbers are read in it."""
    async with serving() as server:
        server.body = b'{"text": "Hallo."}'
        transcriber = RemoteTranscriber(server.url, None, None)
        transcriber.prepare("de")
        assert await transcriber.transcribe(np.zeros(1600, np.int16), "de") == "Hallo."
        assert b'name="language"\r\n\r\nde\r\n' in server.requests[0]
        server.body = bytes(2400)
        speaker = RemoteSpeaker(server.url, None, None, None)
        speaker.prepare("de")
        _ = [samples async for samples in speaker.speak("Nummer 48213.", "marin", 1.0, "de")]
        assert "vier acht zwei eins drei" in server.requests[1].decode()


async def test_speech() -> None:
    """PCM arrives in pieces that make whole samples; numbers are spelled for any engine."""
    async with serving() as server:
        server.body = np.arange(12001, dtype="<i2").tobytes()
        speaker = RemoteSpeaker(server.url, None, "af_heart", None)
        parts = [samples async for samples in speaker.speak("Order 48213.", "marin", 1.2, None)]
        assert np.array_equal(np.concatenate(parts), np.arange(12001))
        request = server.requests[0]
        assert b'"response_format":"pcm"' in request.replace(b": ", b":")
        assert b"four eight two one three" in request
        assert b"af_heart" in request
        assert b"uthorization" not in request


async def test_p69_a_server_may_send_what_it_likes() -> None:
    """P69: asked for PCM, it sends a WAV file at another rate, or its excuse."""
    async with serving() as server:
        speaker = RemoteSpeaker(server.url, None, None, None)
        server.body = wav(written(tone(16_000), PCM, 16), 16_000, size=0)
        assert same(np.concatenate([samples async for samples in speaker.speak("Hello.", "marin", 1.0, None)]))

        server.body = b'{"error": "no such voice"}'
        with pytest.raises(RealtimeError, match="JSON without audio"):
            _ = [samples async for samples in speaker.speak("Hello.", "marin", 1.0, None)]


@pytest.mark.parametrize(("status", "body", "code"), [("500 Oops", b"", "refused"), ("200 OK", b"no", "bad_frame")])
async def test_a_server_that_fails(status: str, body: bytes, code: str) -> None:
    """A status or an answer that is none: a `RealtimeError` without the key in it."""
    async with serving() as server:
        server.status, server.body = status, body
        with pytest.raises(RealtimeError) as caught:
            await RemoteTranscriber(server.url, None, "secret-key").transcribe(np.zeros(1600, np.int16), None)
        assert caught.value.code == code
        assert "secret" not in str(caught.value)


async def test_a_server_that_is_not_there() -> None:
    """`unreachable`, for speech as for transcription."""
    async with serving() as server:
        url = server.url
    with pytest.raises(RealtimeError) as caught:
        await RemoteTranscriber(url, None, None).transcribe(np.zeros(1600, np.int16), None)
    assert caught.value.code == "unreachable"
    with pytest.raises(RealtimeError) as caught:
        await anext(RemoteSpeaker(url, None, None, None).speak("Hello.", "marin", 1.0, None))
    assert caught.value.code == "unreachable"


def test_a_server_may_know_any_script() -> None:
    """What to say is its own matter."""
    assert RemoteSpeaker("http://127.0.0.1:9", None, None, None).sayable("您好", None) == "您好"
