"""A model of a test: a scripted chat-completions server, asked as a provider of a team is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orchestrator.realtime.services import WebSocketProvider
from orchestrator.trials.personas.model import Model
from tests.chat_server import ChatServer, Reply, chat_server, end, text


def answer(words: str) -> Reply:
    """Return an answer as servers send it."""
    return [*text(words)[:-1], *end("stop")]


@asynccontextmanager
async def asking(*replies: Reply | str, instructions: str = "Ask.") -> AsyncIterator[tuple[Model, ChatServer]]:
    """Run a server that gives these answers, and open a model on it."""
    async with chat_server() as server:
        server.answers += [answer(reply) if isinstance(reply, str) else reply for reply in replies]
        provider = WebSocketProvider(server.url.replace("http", "ws"), {})
        async with Model.open(provider, "qwen3:4b", instructions) as model:
            yield model, server
