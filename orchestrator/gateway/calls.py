"""The calls that are open: how many there may be, and how they end when the server stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from orchestrator.realtime.port import Provider
from orchestrator.realtime.providers import Choice
from orchestrator.runner import Caller, RunningCall
from orchestrator.settings import Settings
from orchestrator.team import Team, transfer_name
from orchestrator.tools import Tool

GOODBYE_SECONDS = 5.0  # that calls get to close when the time to drain is over


class Calls:
    """One team being served."""

    def __init__(
        self,
        *,
        team: Team,
        tools: Mapping[str, tuple[Tool, ...]],
        providers: Mapping[str, Provider],
        models: Mapping[str, Choice],
        settings: Settings,
    ) -> None:
        # What is served, and how.
        self.team, self.settings = team, settings
        # What its agents need to run.
        self._tools, self._providers, self._models = tools, providers, models
        # Session id → how to end that call with a code and a reason.
        self._open: dict[str, Callable[[int, str], None]] = {}
        # Set while no call is open.
        self.emptied = asyncio.Event()
        self.emptied.set()
        # No more calls are taken: the server is stopping.
        self.draining = False

    def __len__(self) -> int:
        return len(self._open)

    @property
    def full(self) -> bool:
        """Whether no more calls can be taken."""
        return len(self._open) >= self.settings.max_calls

    @property
    def tool_names(self) -> frozenset[str]:
        """Return the names that callers' own tools cannot have."""
        tools = {tool.name for own in self._tools.values() for tool in own}
        return frozenset(tools | {transfer_name(agent) for agent in self.team.agents})

    def start(self, call_id: str, caller: Caller) -> RunningCall:
        """Make a call that is ready to run."""
        return RunningCall(
            call_id=call_id,
            team=self.team,
            tools=self._tools,
            providers=self._providers,
            models=self._models,
            caller=caller,
        )

    @contextmanager
    def held(self, session_id: str, end: Callable[[int, str], None]) -> Iterator[None]:
        """Count a call as open; `end` is how it is ended when the server stops."""
        self._open[session_id] = end
        self.emptied.clear()
        try:
            yield
        finally:
            del self._open[session_id]
            if not self._open:
                self.emptied.set()

    async def drain(self, code: int, reason: str) -> None:
        """Take no more calls, wait up to `settings.drain` seconds for the open ones, then end the rest."""
        self.draining = True
        if await self._emptied(self.settings.drain):
            return
        for end in list(self._open.values()):
            end(code, reason)
        await self._emptied(GOODBYE_SECONDS)

    async def _emptied(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.emptied.wait(), seconds)
        except TimeoutError:
            return False
        return True
