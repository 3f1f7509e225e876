"""The calls that are open: how many there may be, and how they end when the server stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from orchestrator.core.events import Ending
from orchestrator.gateway import closing
from orchestrator.gateway.lag import Lag
from orchestrator.gateway.secrets import Secrets
from orchestrator.gateway.session import SessionView
from orchestrator.protocol.ids import make_id
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Provider
from orchestrator.runner import Caller, RunningCall
from orchestrator.settings import Settings
from orchestrator.team import Team, ways_named
from orchestrator.tools import Tool

if TYPE_CHECKING:
    from orchestrator.gateway.line import Line

GOODBYE_SECONDS = 5.0  # that calls get to close when the time to drain is over


class Calls:
    """One team being served."""

    def __init__(
        self,
        *,
        team: Team,
        tools: Mapping[str, tuple[Tool, ...]],
        providers: Mapping[str, Provider],
        models: Mapping[str, Sequence[Choice]],
        settings: Settings,
    ) -> None:
        # What is served, and how.
        self.team, self.settings = team, settings
        # What its agents need to run.
        self._tools, self._providers, self._models = tools, providers, models
        # The client secrets that open calls.
        self.secrets = Secrets(settings.api_keys)
        # The letter of this process among several: the ids of its calls begin with it, so that they are found here.
        self.worker = ""
        # How late the server is with its work.
        self.lag = Lag()
        # Call id → the line of that call.
        self._open: dict[str, Line] = {}
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

    def busy(self) -> tuple[int, str, str] | None:
        """Return (close code, error code, message) when no call can be taken now."""
        if self.draining:
            return closing.DRAINING, "draining", "The server is shutting down. Connect again in a moment."
        if self.full:
            message = f"All {self.settings.max_calls} calls are taken. Try again later."
            return closing.TOO_MANY_CALLS, "too_many_calls", message
        if self.lag.seconds > self.settings.max_lag:
            return closing.TOO_MANY_CALLS, "overloaded", "The server has more to do than it can. Try again later."
        return None

    def find(self, call_id: str) -> Line | None:
        """Return the line of an open call."""
        return self._open.get(call_id)

    @property
    def tool_names(self) -> frozenset[str]:
        """Return the names that callers' own tools cannot have."""
        tools = {tool.name for own in self._tools.values() for tool in own}
        return frozenset(tools) | ways_named(self.team).keys()

    def new_id(self, prefix: str) -> str:
        """Make the id of a call."""
        return make_id(prefix, self.worker)

    def view(self, session_id: str) -> SessionView:
        """Make the session object of a caller, as it is when the call begins."""
        view = SessionView(
            session_id=session_id,
            model=self.team.name,
            expires_at=int(time.time() + self.team.limits.call.at),
            reserved=self.tool_names,
        )
        view.has_caller(self.team.agents[self.team.start].session_fields())
        return view

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
    def held(self, line: Line) -> Iterator[None]:
        """Count a call as open."""
        self._open[line.call_id] = line
        self.emptied.clear()
        try:
            yield
        finally:
            del self._open[line.call_id]
            if not self._open:
                self.emptied.set()

    async def drain(self, reason: str) -> None:
        """Take no more calls, wait up to `settings.drain` seconds for the open ones, then end the rest."""
        self.draining = True
        if await self._emptied(self.settings.drain):
            return
        for line in list(self._open.values()):
            line.hang_up(Ending.SHUTTING_DOWN, reason)
        await self._emptied(GOODBYE_SECONDS)

    async def _emptied(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self.emptied.wait(), seconds)
        except TimeoutError:
            return False
        return True
