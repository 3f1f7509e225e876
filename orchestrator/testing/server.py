"""The scripted server: sessions, and the replies they will give."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from orchestrator.providers.port import Session
from orchestrator.realtime.services import WebSocketProvider
from orchestrator.testing.script import Faults, FunctionCall, Reply, Say
from orchestrator.testing.session import WAIT_SECONDS, ScriptedSession

Brain = Callable[[ScriptedSession, Mapping[str, Any]], Reply]
Ears = Callable[[bytes], str]


class ScriptedRealtime:
    """A Realtime server on 127.0.0.1; use it with `async with`. It is a `port.Provider`, too.

    `brain` answers when no reply is scripted; it is given the session and the `response` of the `response.create`. With
    `ears`, which tell the words of a piece of 24 kHz PCM16, the server listens: it finds the caller's turns in the
    audio by their loudness, and knows the words of those that are committed by hand.
    """

    def __init__(self, *, brain: Brain | None = None, ears: Ears | None = None) -> None:
        # What it says, and what it hears, without a script.
        self.brain, self.ears = brain, ears
        # Every session ever opened, in order.
        self.sessions: list[ScriptedSession] = []
        # How it misbehaves.
        self.faults = Faults()
        # What it understands when the caller's turn is committed by hand.
        self.words = "Hello."
        # Model → replies that are waiting to be given.
        self._replies: dict[str, deque[Reply]] = {}
        # Handshakes that are held.
        self.knocking = 0
        # Set to let them go on.
        self._admitted = asyncio.Event()
        # The listening server.
        self._server: Server | None = None
        # Told when a session is opened or an event received.
        self.changed = asyncio.Condition()

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
        """Its address, to be used as a provider's `url`."""
        assert self._server is not None
        return f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/v1/realtime"

    async def open(self, model: str) -> Session:
        """Open a session on itself."""
        return await WebSocketProvider(self.url, {}).open(model)

    async def open_text(self, model: str) -> Session:
        """Open a session on itself: each can be asked in text."""
        return await self.open(model)

    def reply(self, model: str, *items: Say | FunctionCall, **how: Any) -> None:
        """Add a response that the model's sessions will give, each once."""
        self._replies.setdefault(model, deque()).append(Reply(items, **how))

    def next_reply(self, session: ScriptedSession, options: Mapping[str, Any]) -> Reply:
        """Take the next response of a session's model; when none is scripted the brain's, or a short one."""
        waiting = self._replies.get(session.model)
        if waiting:
            return waiting.popleft()
        return self.brain(session, options) if self.brain else Reply()

    async def session(self, model: str, number: int = 0) -> ScriptedSession:
        """Wait for a model's session (the first, the second …) to be configured."""
        return (await self._until(lambda: [s for s in self.sessions if s.model == model and s.configured], number))[
            number
        ]

    async def _until(self, found: Callable[[], list[ScriptedSession]], number: int) -> list[ScriptedSession]:
        async with asyncio.timeout(WAIT_SECONDS), self.changed:
            await self.changed.wait_for(lambda: len(found()) > number)
            return found()

    async def note(self) -> None:
        """Tell those who wait that something has changed."""
        async with self.changed:
            self.changed.notify_all()

    def admit(self) -> None:
        """Answer the handshakes that are held (`faults.held`), and those to come."""
        self._admitted.set()

    async def _handshake(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.faults.held:
            self.knocking += 1
            await self.note()
            await self._admitted.wait()
        if self.faults.status is not None:
            return connection.respond(self.faults.status, "scripted\n")
        return None

    async def _serve(self, socket: ServerConnection) -> None:
        session = ScriptedSession(self, socket, len(self.sessions) + 1)
        self.sessions.append(session)
        await self.note()
        with suppress(ConnectionClosed):
            await session.run()
