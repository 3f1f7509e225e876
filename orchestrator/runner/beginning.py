"""What the team's `before` finds out when a call begins, while nobody has the caller yet.

The caller waits for it, so its time is short. Whatever goes wrong with it is logged, and the call begins without it:
then no variable is set by it. A caller who hangs up meanwhile stops it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.observe.journal import Journal
from orchestrator.runner.party import Place
from orchestrator.runner.tasks import Tasks
from orchestrator.team import Team
from orchestrator.tools import CallView, Tool, Variables

NOBODY = "It cannot hand the caller over or end the call: no agent has the caller yet. Set a variable instead."
NOTHING: Mapping[str, Any] = {}


class Beginning:
    """Runs the function that the team file names under `before`, for whoever begins the call."""

    def __init__(self, team: Team, tool: Tool | None, *, place: Place, tasks: Tasks, journal: Journal) -> None:
        # The team, and its function; None if there is none, or if the caller joins a call that has begun.
        self._team, self._tool = team, tool if place.first else None
        # Whose call it is.
        self._place = place
        # Where it runs, and the call's log.
        self._tasks, self._journal = tasks, journal
        # The task in which it runs; None before and after.
        self._running: asyncio.Task[None] | None = None
        # The variables that it has set.
        self._found = NOTHING

    @property
    def name(self) -> str | None:
        """The name of the function; None when there is none."""
        return None if self._tool is None else self._tool.name

    async def find_out(self, known: Mapping[str, Any]) -> Mapping[str, Any]:
        """Run the function to its end, which comes soon; return the variables that it has set.

        `known` is what the transport knows of the caller: the function sees it as far as the team declares it.
        """
        if self._tool is not None:
            self._running = self._tasks.start(self._run(self._tool, known), f"before:{self._tool.name}")
            await asyncio.wait({self._running})
            self._running = None
        return self._found

    def stop(self) -> None:
        """Stop the function if it runs."""
        if self._running is not None:
            self._running.cancel()

    async def _run(self, tool: Tool, known: Mapping[str, Any]) -> None:
        async with self._place.party.turn:  # variables are those of all seats
            try:
                self._found = await self._outcome(tool, known)
            except ToolError as error:
                self._journal.before_failed(tool.name, error)
            except Exception:
                self._journal.log.exception("before failed", tool=tool.name)

    async def _outcome(self, tool: Tool, known: Mapping[str, Any]) -> Mapping[str, Any]:
        place, variables = self._place, self._place.party.shared.variables
        given = {name: value for name, value in known.items() if not variables.fault(name, value)}
        values = {**variables.values(), **given}
        view = CallView(
            id=place.call,
            agent=place.seat.agent,
            variables=Variables(values, self._team.variables, tool.name),
            function_call=place.call,  # once a call
            agents=tuple(self._team.agents),
        )
        assert self._team.before_call is not None
        await tool.run("{}", view, seconds=self._team.before_call.within)
        if view.transfer is not None or view.last_words is not None:
            raise ToolError(NOBODY)
        return {name: value for name, value in view.variables.items() if value != values.get(name)}
