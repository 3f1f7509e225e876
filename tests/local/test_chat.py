"""A language model as the brain, against a real HTTP server that streams as the servers do."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse

from orchestrator.local.brain import Action, CallFunction, Conversation, Say, make_brain
from orchestrator.local.chat import EMPTY, UNREACHABLE, ChatBrain, messages
from orchestrator.team import PartSpec
from tests.gateway.serving import serve_app

TOOL = {"type": "function", "name": "find_order", "description": "Find.", "parameters": {"type": "object"}}
ITEMS: list[dict[str, Any]] = [
    {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": "Where is it?"}]},
    {"type": "function_call", "name": "find_order", "call_id": "c1", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "c1", "output": "shipped"},
    {"type": "message", "role": "assistant", "content": []},
]


def text(*pieces: str) -> list[dict[str, Any]]:
    return [{"choices": [{"delta": {"content": piece}}]} for piece in pieces]


class ChatServer:
    """Answers every request with the same pieces, and remembers the requests."""

    def __init__(self, pieces: Sequence[dict[str, Any]], status: int = 200) -> None:
        self.pieces, self.status = pieces, status
        self.requests: list[dict[str, Any]] = []
        self.authorization: str | None = None

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[str]:
        app = FastAPI()
        app.add_api_route("/v1/chat/completions", self._complete, methods=["POST"], response_model=None)
        async with serve_app(app) as port:
            yield f"http://127.0.0.1:{port}/v1"

    async def _complete(self, request: Request) -> Response:
        self.requests.append(await request.json())
        self.authorization = request.headers.get("authorization")

        async def stream() -> AsyncIterator[str]:
            yield ": a comment\n\n"
            for piece in self.pieces:
                yield f"data: {json.dumps(piece)}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(stream(), self.status, media_type="text/event-stream")


async def think(url: str, *, tool_choice: str = "auto", key: str | None = None) -> list[Action]:
    brain = ChatBrain(url, "qwen3:4b", key)
    seen = Conversation("You are the desk.", [TOOL], tool_choice, ITEMS)
    actions = [action async for action in brain.respond(seen, {})]
    await brain._client.aclose()
    return actions


async def test_sentences_are_spoken_as_they_are_complete() -> None:
    """The first sentence does not wait for the second."""
    server = ChatServer(text("It is on", " its way. It comes", " tomorrow"))
    async with server() as url:
        assert await think(url, key="secret") == [Say("It is on its way."), Say("It comes tomorrow")]

    assert server.authorization == "Bearer secret"
    assert server.requests[0]["model"] == "qwen3:4b"
    assert server.requests[0]["tools"][0]["function"]["name"] == "find_order"


async def test_function_calls_are_put_together() -> None:
    """Their arguments come in pieces; broken ones become none, and the function says what it needs."""
    pieces = [
        {
            "choices": [
                {"delta": {"tool_calls": [{"index": 0, "function": {"name": "find_order", "arguments": '{"n'}}]}}
            ]
        },
        {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": '": 1}'}}]}}]},
        {"choices": [{"delta": {"tool_calls": [{"index": 1, "function": {"name": "other", "arguments": "broken"}}]}}]},
        {"choices": []},
    ]
    async with ChatServer(pieces)() as url:
        assert await think(url, tool_choice="required") == [
            CallFunction("find_order", {"n": 1}),
            CallFunction("other", {}),
        ]


@pytest.mark.parametrize(
    ("pieces", "status", "said"),
    [([], 200, EMPTY), ([], 500, UNREACHABLE)],
    ids=["empty", "error"],
)
async def test_whatever_fails_is_heard(pieces: list[dict[str, Any]], status: int, said: str | None) -> None:
    """Silence is not an answer; an endless one is cut."""
    async with ChatServer(pieces, status)() as url:
        actions = await think(url, tool_choice="none")
    assert actions == ([Say(said)] if said else [])


async def test_a_server_that_is_not_there() -> None:
    """The caller hears it in a sentence."""
    assert await think("http://127.0.0.1:9/v1") == [Say(UNREACHABLE)]


def test_items_become_chat_messages() -> None:
    """Calls and results keep their ids; empty messages are left out."""
    roles = [message["role"] for message in messages(Conversation("Hi.", [], "auto", ITEMS, "Be brief."))]
    assert roles == ["system", "user", "assistant", "tool"]


def test_a_url_in_the_team_file_chooses_this_brain() -> None:
    """`providers: {local: {brain: {url: …, model: …}}}`."""
    brain = make_brain(PartSpec(url="http://127.0.0.1:11434/v1", model="qwen3:4b"))
    assert isinstance(brain, ChatBrain)
