"""An encoder behind `/embeddings`, as OpenAI and many servers of one's own have it."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Sequence
from typing import Any

import httpx

from orchestrator.errors import OrchestratorError, RealtimeError
from orchestrator.outside.pools import Way, connections
from orchestrator.outside.proxies import proxy_for
from orchestrator.team.tools import Knowledge

SECONDS = 10.0  # for one request, whose texts may be many
QUESTION_SECONDS = 3.0  # for a question that a caller waits for; after that, words must do
LARGEST = 16 * 1024 * 1024  # bytes of an answer: 64 vectors of 3,072 numbers have 4 MB
QUESTION_LARGEST = 512 * 1024  # of one to a question, which is read beside calls
PATH = "/embeddings"


class Endpoint:
    """Encodes texts by asking a server."""

    # Its numbers are its own, so that nobody knows which are near; it is made for whole passages.
    least, parts, remote = None, False, True

    def __init__(self, url: str, model: str, key: str | None = None, *, private: bool = False) -> None:
        # Where texts are sent.
        self._url = f"{url.rstrip('/').removesuffix(PATH)}{PATH}"
        # What encodes them, and what allows to ask for it.
        self._model, self._key = model, key
        # Whether the address may be one that is not public.
        self._private = private

    @classmethod
    def of(cls, keys: Knowledge) -> Endpoint:
        """Return what the team file names."""
        key = keys.api_key.get_secret_value() if keys.api_key else None
        return cls(str(keys.url), str(keys.model), key, private=keys.private)

    @property
    def name(self) -> str:
        """Tell its vectors from those of others."""
        return f"{self._url} {self._model}"

    async def encode(self, texts: Sequence[str]) -> list[list[float]]:
        """Return a vector for each text; raises `OrchestratorError` when the server does not give them in time."""
        seconds = QUESTION_SECONDS if len(texts) == 1 else SECONDS
        try:
            async with asyncio.timeout(seconds):
                answer = await self._ask(texts)
        except TimeoutError:
            raise OrchestratorError(f"the server of embeddings did not answer within {seconds:g} seconds") from None
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise OrchestratorError(f"the server of embeddings cannot be reached: {why}") from error
        except RealtimeError as error:  # a proxy that is none
            raise OrchestratorError(f"the server of embeddings cannot be reached: {error}") from error
        return _vectors(answer, len(texts))

    async def _ask(self, texts: Sequence[str]) -> bytes:
        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {self._key}"} if self._key else {})
        body = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        most, found = QUESTION_LARGEST if len(texts) == 1 else LARGEST, bytearray()
        async with (
            connections(Way(proxy_for(self._url), private=self._private)) as client,
            client.stream("POST", self._url, headers=headers, json=body) as response,
        ):
            async for chunk in response.aiter_raw():
                found += chunk
                if len(found) > most:
                    raise OrchestratorError(f"the server of embeddings answers with more than {most} bytes")
            if not response.is_success:
                raise OrchestratorError(f"the server of embeddings answered {response.status_code}")
        return bytes(found)


def _vectors(answer: bytes, count: int) -> list[list[float]]:
    """Read vectors, in the order of their texts; raises `OrchestratorError` for an answer that has not just these."""
    try:
        given = {one["index"]: one["embedding"] for one in json.loads(answer)["data"]}
        found = [_normal(given[index]) for index in range(count)]
    except (ValueError, KeyError, TypeError, RecursionError):
        found = []
    if not found or len({len(vector) for vector in found}) != 1:
        raise OrchestratorError("the server of embeddings did not answer with a vector for each text")
    return found


def _normal(given: Any) -> list[float]:
    """Return a vector of length 1; raises `ValueError` or `TypeError` for what is none."""
    length = math.hypot(*given)
    if not length or not math.isfinite(length):
        raise ValueError("no vector")
    return [number / length for number in given]
