"""Persons in a test: somebody is at every desk, takes each call after a moment, and does what the test says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from functools import partial

from orchestrator.errors import CallerError
from orchestrator.protocol.frames import client_frame, parse_client_event
from orchestrator.providers.event_queue import EventQueue
from orchestrator.providers.port import Listen, Session, Take
from orchestrator.runner.people import People
from orchestrator.testing.script import Script
from orchestrator.testing.session import ScriptedSession

TAKES = 5.0  # seconds of the call, in which the caller is told that they wait
AWAY = 86_400.0  # longer than anybody waits
ACTS = 1.0  # seconds of the call, in which a person takes in what has come


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


class Acting(InProcess):
    """The session of a person: nobody asks them to speak, so they take a step of theirs when something has come."""

    def __init__(self, session: ScriptedSession, has_step: Callable[[], bool]) -> None:
        super().__init__(session)
        # Whether the test says what they do next, and when they will do it.
        self._has_step = has_step
        self._timer: asyncio.TimerHandle | None = None

    @property
    def about_to(self) -> bool:
        """Whether they will do something in a moment."""
        return self._timer is not None

    def send(self, frame: str) -> None:
        """Take an event of the call."""
        super().send(frame)
        if self._timer is None and self._has_step():
            self._timer = asyncio.get_running_loop().call_later(ACTS, self._act)

    def _act(self) -> None:
        self._timer = None
        if self._has_step():
            self.send(client_frame("response.create"))

    async def close(self) -> None:
        """End it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await super().close()


class Present(People):
    """The desk of a test."""

    def __init__(
        self, away: Collection[str], script: Script | None = None, has_step: Callable[[str], bool] = lambda agent: False
    ) -> None:
        # Who does not come.
        self._away = away
        # What persons say and do, and whether the test says what one does next.
        self._script, self._has_step = script or Script(), has_step
        # Their sessions: agent → the last one.
        self._sessions: dict[str, Acting] = {}

    @property
    def waits_for(self) -> str:
        """Who will do something in a moment; "" when nobody will."""
        acting = (f"the person {agent}" for agent, session in self._sessions.items() if session.about_to)
        return next(acting, "")

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> Session:
        """Return the session of a person, who may keep the caller waiting for as long as the team lets them."""
        await asyncio.sleep(AWAY if agent in self._away else TAKES)
        session = Acting(ScriptedSession(0, agent, self._script), partial(self._has_step, agent))
        self._sessions[agent] = session
        return session
