"""Persons among the agents of one call: their sessions come from the desk, and what is said is written down by a model.

The room `people` implements the desk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from orchestrator.protocol.session import TRANSCRIBER
from orchestrator.providers.configure import configure
from orchestrator.providers.port import Listen, Session
from orchestrator.runner.backends import Backends
from orchestrator.team import Agent

ONLY_LISTENS = {"type": "server_vad", "create_response": False, "interrupt_response": False}


class People(Protocol):
    """The desk of all calls."""

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> Session:
        """Return the session of a person of a role as soon as one takes the call; raises `RealtimeError`.

        `listen` opens what writes down what is said. Cancelling it means that the caller waits no longer.
        """


class Persons:
    """Opens the sessions of one call's persons."""

    def __init__(self, call: str, agents: Mapping[str, Agent], backends: Backends, active: Callable[[], str]) -> None:
        # The call, and its agents.
        self._call, self._agents = call, agents
        # What the agents run on.
        self._backends = backends
        # Returns the agent that has the caller.
        self._active = active
        # The last one of them that was no person.
        self._scribe = ""

    async def open(self, agent: Agent) -> Session:
        """Wait for a person."""
        if not self._agents[self._active()].person:
            self._scribe = self._active()
        return await self._backends.people.open(self._call, agent.name, str(agent.desk), self._listen)

    async def _listen(self, audio_format: Mapping[str, Any]) -> Session:
        """Open a session that only transcribes, on the model of the agent that had the caller; see `Listen`."""
        choice = self._backends.models[self._scribe][0]
        heard = self._agents[self._scribe].heard
        listening = {
            "format": audio_format,
            "turn_detection": ONLY_LISTENS,
            "transcription": heard["transcription"] or {"model": TRANSCRIBER},
        }
        session = await self._backends.providers[choice.provider].open(choice.model)
        try:
            fields = {"type": "realtime", "output_modalities": ["text"], "audio": {"input": listening}}
            await configure(session, fields)
        except BaseException:
            await session.close()
            raise
        return session
