"""The scripted server: listens on loopback, and opens a scripted session for each client that connects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from orchestrator.providers.port import Provider, Session
from orchestrator.realtime.services import WebSocketProvider
from orchestrator.testing.connection import WAIT_SECONDS, ScriptedConnection
from orchestrator.testing.script import Brain, Ears, FunctionCall, McpCall, Reply, Say, Script


class ScriptedRealtime(Provider):
    """A Realtime server on 127.0.0.1; use it with `async with`. It is also a provider of its own sessions.

    `brain` answers when no reply is scripted. With `ears`, which transcribe 24 kHz PCM16, the server detects turns by
    loudness, and knows the words of turns that the client commits.
    """

    def __init__(self, *, brain: Brain | None = None, ears: Ears | None = None) -> None:
        # What is said and heard.
        self.script = Script(brain, ears)
        # How the server misbehaves.
        self.faults = self.script.faults
        # The connection of every session ever opened, in order.
        self.sessions: list[ScriptedConnection] = []
        # Handshakes that were held.
        self._held = 0
        # Set when held handshakes may go on.
        self._admitted = asyncio.Event()
        # Notified when a handshake is held, a session opened, or a client event handled.
        self._changed = asyncio.Condition()
        # The listening server.
        self._server: Server | None = None

    async def __aenter__(self) -> ScriptedRealtime:
        self._server = await serve(
            self._serve, "127.0.0.1", 0, process_request=self._handshake, compression=None, max_size=None
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self.admit()
        for session in self.sessions:
            session.drop()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """The server's address, to be used as a provider's `url`."""
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/v1/realtime"

    async def open(self, model: str) -> Session:
        """Open a session of the server as a client."""
        return await WebSocketProvider(self.url, {}).open(model)

    def reply(self, model: str, *items: Say | FunctionCall | McpCall, **how: Any) -> None:
        """Queue a response for the sessions of a model; it is given once. `how`: the other fields of `Reply`."""
        self.script.add(model, Reply(items, **how))

    async def opened(self, number: int = 0) -> ScriptedConnection:
        """Wait for a session (the first, the second …) of any model, configured or not.

        Raises TimeoutError after 10 seconds.
        """
        await self._until(lambda: len(self.sessions) > number)
        return self.sessions[number]

    async def session(self, model: str, number: int = 0) -> ScriptedConnection:
        """Wait for a session (the first, the second …) of a model to be configured.

        Raises TimeoutError after 10 seconds.
        """
        await self._until(lambda: len(self._configured(model)) > number)
        return self._configured(model)[number]

    async def held(self, count: int = 1) -> None:
        """Wait until so many handshakes were held (`faults.held`); TimeoutError after 10 seconds."""
        await self._until(lambda: self._held >= count)

    def admit(self) -> None:
        """Answer the handshakes that are held, and those to come."""
        self._admitted.set()

    def _configured(self, model: str) -> list[ScriptedConnection]:
        return [one for one in self.sessions if one.model == model and one.session.configured]

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(WAIT_SECONDS), self._changed:
            await self._changed.wait_for(condition)

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.faults.held:
            self._held += 1
            await self._note()
            await self._admitted.wait()
        if self.faults.status is not None:
            return connection.respond(self.faults.status, "scripted\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        session = ScriptedConnection(socket, len(self.sessions) + 1, self.script, self._changed)
        self.sessions.append(session)
        await self._note()
        with suppress(ConnectionClosed):
            await session.run()
