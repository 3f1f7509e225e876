"""A caller who types to a team over a real WebSocket, and notes what it says and does.

The team has finished when its call, which runs in this process, waits for nobody but the caller, and all that it has
told has come.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from orchestrator.core.state import Phase
from orchestrator.gateway.calls import Calls
from tests.evaluation.dialogues import Turn
from tests.patience import PATIENCE

LOOK = 0.02  # seconds without an event after which the caller looks whether the team has finished
SAID = "response.output_text.done"
HANDOFFS = ("team.handoff.started", "team.handoff.completed", "team.handoff.failed")


class Caller:
    """One call."""

    def __init__(self, socket: ClientConnection, calls: Calls, said: str = SAID) -> None:
        # The connection.
        self._socket = socket
        # The server's calls, and how often it was asked whether all has come.
        self._calls, self._asked = calls, 0
        # The event that tells what was said.
        self._kind = said
        # Every server event, and how many there are of each type.
        self._events: list[dict[str, Any]] = []
        self._count = Counter[str]()

    async def say(self, turn: Turn) -> str:
        """Type something; returns what the team says until it has finished."""
        since = len(self._events)
        item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": turn.caller}]}
        await self._send("conversation.item.create", item=item)
        return await self.listen(since)

    async def listen(self, since: int = 0) -> str:
        """Ask for a response; returns what the team says until it has finished."""
        await self._send("response.create")
        await self._until_finished(since)
        return self._said(since)

    async def update(self, session: Mapping[str, Any]) -> None:
        """Set the session."""
        await self._send("session.update", session=session)

    @property
    def agent(self) -> str:
        """Who has the caller."""
        for event in reversed(self._events):
            if event["type"] == "team.handoff.completed":
                return str(event["to"])
            if event["type"] == "team.call.started":
                return str(event["agent"])
        return ""

    @property
    def heard(self) -> str:
        """What was heard, if that may be another thing than what was said."""
        return ""

    async def _until_finished(self, since: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while not (self._has_finished(since) and self._rests() and await self._all_has_come()):
                with suppress(TimeoutError):
                    self._keep(await asyncio.wait_for(self._socket.recv(), LOOK))

    def _rests(self) -> bool:
        """Return whether the call waits for nobody but the caller."""
        call_id = next(event["session"]["id"] for event in self._events if event["type"] == "session.created")
        if (open_call := self._calls.find(call_id)) is None:
            return True  # it is over
        state = open_call.running._core.state
        responses = [session.response for session in state.sessions]
        busy = any(response.busy or response.owed or response.due for response in responses)
        return state.phase is Phase.TALKING and not state.functions.open and not busy

    async def _all_has_come(self) -> bool:
        """Read what is on its way; return whether that was nothing. What does not exist is refused in turn."""
        self._asked += 1
        before = len(self._events)
        await self._send("no.such.event", event_id=f"asked_{self._asked}")
        while self._events[-1].get("error", {}).get("event_id") != f"asked_{self._asked}":
            self._keep(await self._socket.recv())
        return len(self._events) == before + 1

    def _said(self, since: int) -> str:
        said = (event for event in self._events[since:] if event["type"] == self._kind)
        return " ".join(event.get("text") or event.get("transcript") or "" for event in said)

    async def _send(self, kind: str, **fields: Any) -> None:
        await self._socket.send(json.dumps({"type": kind, **fields}))

    def _has_finished(self, since: int) -> bool:
        return (
            self._count["response.created"] <= self._count["response.done"]
            and self._count["team.tool.called"] <= self._count["team.tool.returned"]
            and any(event["type"] == "response.done" for event in self._events[since:])
            and not self._is_handed_over
        )

    @property
    def _is_handed_over(self) -> bool:
        """Whether a handoff is going on; one that leads on to another agent at once is not completed itself."""
        handoffs = (kind for event in reversed(self._events) if (kind := str(event["type"])) in HANDOFFS)
        return next(handoffs, "") == "team.handoff.started"

    def _keep(self, frame: str | bytes) -> None:
        event = json.loads(frame)
        self._events.append(event)
        self._count[event["type"]] += 1


@asynccontextmanager
async def calling(url: str, team: str, calls: Calls) -> AsyncIterator[Caller]:
    """Call a team that writes instead of speaking, and let it greet."""
    async with connect(f"{url}/v1/realtime?model={team}&events=team", max_size=None) as socket:
        caller = Caller(socket, calls)
        await caller.update({"type": "realtime", "output_modalities": ["text"]})
        await caller.listen()
        yield caller
