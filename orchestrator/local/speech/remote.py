"""Speech servers instead of the embedded parts: `/v1/audio/transcriptions` and `/v1/audio/speech`.

Any server with OpenAI's routes will do. Keys never appear in error messages.
"""

from __future__ import annotations

import asyncio
import io
import wave
from collections.abc import AsyncGenerator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.audio import HEARD
from orchestrator.local.speech.hypotheses import Choose
from orchestrator.local.speech.reading_aloud import for_speech
from orchestrator.local.speech.received import Received
from orchestrator.outside.addresses import http_url
from orchestrator.outside.proxies import Proxy, proxy_for, through

SECONDS = 15.0  # for a transcription, and between two pieces of speech


class RemoteTranscriber:
    """A `Transcriber` on a server."""

    def __init__(self, url: str, model: str | None, api_key: Any) -> None:
        # Where it is, and what stands between; the connection, kept open between utterances.
        self._url, self._proxy = _address(url, "audio/transcriptions"), proxy_for(url)
        self._client = _client(self._proxy, api_key)
        # The model's name on the server.
        self._model = model or "whisper-1"

    def prepare(self, language: str | None) -> None:
        """Nothing to load."""

    async def transcribe(self, samples: NDArray[np.int16], language: str | None, choose: Choose | None = None) -> str:
        """Return the words that are spoken; without a language the server finds out which it is."""
        import httpx

        files = {"file": ("speech.wav", _wav(samples), "audio/wav")}
        data = {"model": self._model, "response_format": "json"} | ({"language": language} if language else {})
        try:
            answer = await self._client.post(self._url, data=data, files=files)
            answer.raise_for_status()
            return str(answer.json()["text"]).strip()
        except httpx.HTTPStatusError as error:
            raise _refused("transcription", error.response.status_code) from None
        except httpx.HTTPError as error:
            raise _unreachable("transcription", error, self._proxy) from None
        except (ValueError, KeyError, TypeError):
            raise RealtimeError("The transcription server's answer has no text.", code="bad_frame") from None


class RemoteSpeaker:
    """A `Speaker` on a server; `voice`, when the team file names one, is used for every agent."""

    def __init__(self, url: str, model: str | None, voice: str | None, api_key: Any) -> None:
        # Where it is, and what stands between; the connection, kept open between sentences.
        self._url, self._proxy = _address(url, "audio/speech"), proxy_for(url)
        self._client = _client(self._proxy, api_key)
        # The model's name on the server.
        self._model = model or "tts-1"
        # Overrides the agents' voices, whose names the server may not know.
        self._voice = voice

    @property
    def voices(self) -> None:
        """Any name: the server decides."""
        return

    def prepare(self, language: str | None) -> None:
        """Nothing to load."""

    def sayable(self, text: str, language: str | None) -> str:
        """Return the text: the server decides."""
        return text

    async def speak(
        self, sentence: str, voice: str, speed: float, language: str | None
    ) -> AsyncGenerator[NDArray[np.int16], None]:
        """Yield audio at 24 kHz: as it arrives, if what the server sends allows that."""
        import httpx

        text = for_speech(sentence, language)
        body = {"model": self._model, "input": text, "voice": self._voice or voice, "speed": speed}
        try:
            async with self._client.stream("POST", self._url, json=body | {"response_format": "pcm"}) as answer:
                answer.raise_for_status()
                received = Received(answer.headers.get("content-type", ""))
                async for piece in answer.aiter_bytes(9600):
                    yield received.add(piece)
                yield await asyncio.to_thread(received.finish)
        except httpx.HTTPStatusError as error:
            raise _refused("speech", error.response.status_code) from None
        except httpx.HTTPError as error:
            raise _unreachable("speech", error, self._proxy) from None


def _address(url: str, route: str) -> str:
    """Return where a route of a server is; its address may lack `/v1`."""
    whole = http_url(url, route)
    return whole if f"/v1/{route}" in whole else whole.replace(f"/{route}", f"/v1/{route}")


def _client(proxy: Proxy | None, api_key: Any) -> Any:
    from orchestrator.outside.http import make_client

    secret = api_key.get_secret_value() if hasattr(api_key, "get_secret_value") else api_key
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    return make_client(proxy, headers=headers, timeout=SECONDS)


def _wav(samples: NDArray[np.int16]) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(HEARD)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def _refused(what: str, status: int) -> RealtimeError:
    return RealtimeError(f"The {what} server answered with HTTP {status}.", code="refused")


def _unreachable(what: str, error: Exception, proxy: Proxy | None) -> RealtimeError:
    import httpx

    if isinstance(error, httpx.ProxyError) and proxy is not None:
        return proxy.refused(error)
    message = f"The {what} server cannot be reached{through(proxy)} ({type(error).__name__})."
    return RealtimeError(message, code="unreachable")
