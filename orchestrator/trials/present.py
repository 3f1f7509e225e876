"""Persons in a test: somebody is at every desk, takes each call after a moment, and listens."""

from __future__ import annotations

import asyncio

from orchestrator.errors import CallerError
from orchestrator.protocol.frames import parse_client_event
from orchestrator.providers.event_queue import EventQueue
from orchestrator.providers.port import Listen, Session, Take
from orchestrator.runner.people import People
from orchestrator.testing.script import Script
from orchestrator.testing.session import ScriptedSession

TAKES = 5.0  # seconds of the call, in which the caller is told that they wait


class InProcess:
    """A scripted session in this process."""

    def __init__(self, session: ScriptedSession) -> None:
        # Such a session has no known end.
        self.max_age: float | None = None
        # The session, and what it has said and nobody has read yet.
        self._session, self._events = session, EventQueue()
        self._session.open()
        self._pass_on()

    def send(self, frame: str) -> None:
        """Let the session handle a client event at once."""
        try:
            self._session.receive(parse_client_event(frame))
        except CallerError as error:
            self._session.refuse(error)
        self._pass_on()

    def _pass_on(self) -> None:
        now = asyncio.get_running_loop().time()
        while (frame := self._session.next_frame(now)) is not None:
            self._events.put(str(frame))

    async def read(self, take: Take) -> None:
        """Hand what it says to `take`."""
        await self._events.read(take)

    async def close(self) -> None:
        """End it."""
        self._events.end()


class Present(People):
    """The desk of a test."""

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> Session:
        """Return the session of a person."""
        await asyncio.sleep(TAKES)
        return InProcess(ScriptedSession(0, agent, Script()))
