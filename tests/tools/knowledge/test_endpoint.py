"""Texts that a server encodes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.team.tools import Knowledge
from orchestrator.tools.knowledge import endpoint
from orchestrator.tools.knowledge.endpoint import Endpoint
from tests.chat_server import ChatServer, chat_server

KEY = "sk-embed-123456"


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """Run a scripted server."""
    async with chat_server() as running:
        yield running


def encoder(server: ChatServer, below: str = "") -> Endpoint:
    """Return what the team file names."""
    keys = Knowledge(files=("a.md",), url=f"{server.url}{below}", model="e5", api_key=KEY, private=True)
    return Endpoint.of(keys)


def answer(*vectors: object) -> tuple[int, str]:
    """Return an answer with vectors, the last one first."""
    data = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return 200, json.dumps({"data": data[::-1], "model": "e5"})


@pytest.mark.parametrize("below", ["", "/", "/embeddings"])
async def test_texts_are_sent_together(server: ChatServer, below: str) -> None:
    """With the model and the key; vectors come back in order, and get length 1."""
    server.answers = [answer([3, 4], [0, 2.0])]

    assert await encoder(server, below).encode(["one", "two"]) == [[0.6, 0.8], [0.0, 1.0]]
    head, body = server.requests[0]
    assert head.startswith("POST /embeddings ")
    assert f"authorization: bearer {KEY}" in head.lower()
    assert body == {"model": "e5", "input": ["one", "two"], "encoding_format": "float"}


@pytest.mark.parametrize(
    "reply",
    [
        answer([1.0]),
        answer([1.0], [1.0, 0.0]),
        answer([0.0], [0.0]),
        answer(["a"], ["b"]),
        answer(None, None),
        (200, '{"data": 1}'),
        (200, "<html>"),
        (200, "[" * 10_000),
    ],
)
async def test_nonsense_is_no_vector(server: ChatServer, reply: tuple[int, str]) -> None:
    """Whatever a server answers."""
    server.answers = [reply]

    with pytest.raises(OrchestratorError, match="did not answer with a vector for each text"):
        await encoder(server).encode(["one", "two"])


@pytest.mark.parametrize(
    ("reply", "told"), [((401, KEY), "answered 401"), ((302, ""), "answered 302"), (b"HTTP/1.1", "cannot be reached")]
)
async def test_a_refusal_is_told_without_secrets(server: ChatServer, reply: tuple[int, str] | bytes, told: str) -> None:
    """A server's own words may repeat the key."""
    server.answers = [reply]

    with pytest.raises(OrchestratorError, match=told) as caught:
        await encoder(server).encode(["one"])

    assert KEY not in str(caught.value)


@pytest.mark.parametrize(("texts", "bound"), [(["a", "b"], "LARGEST"), (["a"], "QUESTION_LARGEST")])
async def test_too_much_is_not_read(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch, texts: list[str], bound: str
) -> None:
    """Of a question less than of files: it is read beside calls."""
    monkeypatch.setattr(endpoint, bound, 10)
    server.answers = [answer(*[[1.0]] * len(texts))]

    with pytest.raises(OrchestratorError, match="more than 10 bytes"):
        await encoder(server).encode(texts)


async def test_a_question_waits_less_than_files(server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller listens."""
    monkeypatch.setattr(endpoint, "QUESTION_SECONDS", 0.01)
    server.gate.clear()
    server.answers = [["{"], answer([1.0], [1.0])]

    with pytest.raises(OrchestratorError, match=r"within 0\.01 seconds"):
        await encoder(server).encode(["one"])
    server.gate.set()


async def test_an_address_that_is_not_public_is_not_reached() -> None:
    """Unless the team file says so."""
    with pytest.raises(OrchestratorError, match="cannot be reached"):
        await Endpoint("http://localhost:1/v1", "e5").encode(["one"])


async def test_a_proxy_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variable that names it."""
    monkeypatch.setenv("HTTPS_PROXY", "nonsense://")

    with pytest.raises(OrchestratorError, match="HTTPS_PROXY"):
        await Endpoint("https://embed.example/v1", "e5").encode(["one"])
