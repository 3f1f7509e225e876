"""A caller who types to a team over a real WebSocket, and notes what it says and does."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.patience import PATIENCE

QUIET = 0.15  # seconds without an event after which a team that does nothing has finished
SAID = "response.output_text.done"


class Caller:
    """One call."""

    def __init__(self, socket: ClientConnection) -> None:
        # The connection.
        self._socket = socket
        # Every server event.
        self._events: list[dict[str, Any]] = []

    async def say(self, text: str) -> str:
        """Type something; returns what the team says until it has finished."""
        since = len(self._events)
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        await self._send("conversation.item.create", item=item)
        return await self.listen(since)

    async def listen(self, since: int = 0) -> str:
        """Ask for a response; returns what the team says until it has finished."""
        await self._send("response.create")
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    self._events.append(json.loads(await asyncio.wait_for(self._socket.recv(), QUIET)))
                except TimeoutError:
                    if self._has_finished(since):
                        break
        return " ".join(event["text"] for event in self._events[since:] if event["type"] == SAID)

    @property
    def agent(self) -> str:
        """Who has the caller."""
        for event in reversed(self._events):
            if event["type"] == "team.handoff.completed":
                return str(event["to"])
            if event["type"] == "team.call.started":
                return str(event["agent"])
        return ""

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": kind, **fields}))

    def _has_finished(self, since: int) -> bool:
        done = self._count("response.done")
        return (
            any(event["type"] == "response.done" for event in self._events[since:])
            and self._count("response.created") <= done
            and self._count("team.tool.called") <= self._count("team.tool.returned")
            and self._count("team.handoff.started") <= self._count("team.handoff.completed", "team.handoff.failed")
        )

    def _count(self, *kinds: str) -> int:
        return sum(event["type"] in kinds for event in self._events)


@asynccontextmanager
async def calling(url: str, team: str) -> AsyncIterator[Caller]:
    """Call a team that writes instead of speaking, and let it greet."""
    async with connect(f"{url}/v1/realtime?model={team}&events=team", max_size=None) as socket:
        session = {"type": "realtime", "output_modalities": ["text"]}
        await socket.send(json.dumps({"type": "session.update", "session": session}))
        caller = Caller(socket)
        await caller.listen()
        yield caller
