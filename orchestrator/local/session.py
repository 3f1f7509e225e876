"""A session of the embedded provider: the `Session` of `providers.port`, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

from orchestrator.errors import RealtimeError
from orchestrator.local.client_events import ClientEvents
from orchestrator.local.parts import Parts
from orchestrator.providers.event_queue import EventQueue
from orchestrator.providers.port import Take

QUEUE = 2000  # client events that may wait, as many as for a session over a socket
CLOSE_SECONDS = 1.0


class LocalSession:
    """One open session; `LocalProvider.open` makes them. `language` is the code of the team's, if it has said so."""

    def __init__(self, model: str, parts: Parts, max_age: float | None = None, language: str | None = None) -> None:
        # Seconds after which the session is renewed; it need not be, but a team may ask for it.
        self.max_age = max_age
        # Client events not handled yet.
        self._inbox: asyncio.Queue[str] = asyncio.Queue(QUEUE)
        # Server events not read yet.
        self._events = EventQueue()
        # The tasks of responses and transcriptions.
        self._group = asyncio.TaskGroup()
        # The session's own task; the others end with it.
        self._life = asyncio.get_running_loop().create_task(self._live(model, parts, language), name=f"local:{model}")

    def send(self, frame: str) -> None:
        """Queue a client event; a full queue ends the session as stalled."""
        if self._events.ended:
            return
        try:
            self._inbox.put_nowait(frame)
        except asyncio.QueueFull:
            self._events.end(RealtimeError("The session does not keep up with the events sent to it.", code="stalled"))
            self._life.cancel()

    async def read(self, take: Take) -> None:
        """Hand server events to `take` until it has enough."""
        await self._events.read(take)

    async def close(self) -> None:
        """End the session and its tasks within a second; safe to call twice."""
        self._events.end()
        self._life.cancel()
        await asyncio.wait({self._life}, timeout=CLOSE_SECONDS)

    async def _live(self, model: str, parts: Parts, language: str | None) -> None:
        try:
            async with self._group:
                client_events = ClientEvents(model, parts, self._events, self._spawn, language)
                while not self._events.ended:
                    await client_events.handle(await self._inbox.get())
        except Exception:
            structlog.get_logger().exception("local session failed")
            self._events.end(RealtimeError("The embedded provider's session failed.", code="closed"))
        finally:
            self._events.end()

    def _spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        return self._group.create_task(work, name=f"local:{name}")
