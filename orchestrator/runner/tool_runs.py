"""The tools that run in one call.

Tools that are given the call run one after another, in the order in which they were called, on whichever seat of it:
each sees what the ones before it have set, so that none undoes the work of another, whatever it waits for between
reading a variable and setting it. Tools that are not given the call run beside each other and beside these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from functools import partial
from typing import Any

from orchestrator.core.effects import RunTool
from orchestrator.core.events import CallerReferred, Parting, ToolFailed, ToolReturned
from orchestrator.core.tools.events import ToolProgressed
from orchestrator.errors import ToolError
from orchestrator.observe.journal import Journal
from orchestrator.runner.beginning import Beginning
from orchestrator.runner.party import Place
from orchestrator.runner.tasks import Tasks
from orchestrator.runner.toolbox import Toolbox
from orchestrator.team import NOTHING, Team
from orchestrator.tools import CallView, Tool, Variables
from orchestrator.tools.results import written

GONE = "{name} is out of order; help the caller in another way."
SELDOM = 1.0  # seconds between two events of a tool that says that it is still at it


class ToolRuns:
    """Runs tools as tasks of the call; each ends in `ToolReturned` or `ToolFailed`, unless it is cancelled."""

    def __init__(
        self,
        team: Team,
        tools: Toolbox,
        *,
        place: Place,
        feed: Callable[[ToolReturned | ToolFailed | ToolProgressed], None],
        tasks: Tasks,
        journal: Journal,
        before: Tool | None = None,
    ) -> None:
        # The team, and its tools.
        self._team, self.box = team, tools
        # The id by which tools know the call.
        self._call_id = place.call
        # Takes the event of a tool that has ended, or is still at it.
        self._feed = feed
        # Returns the variables of the call as they are now.
        self._variables: Callable[[], Mapping[str, Any]] = place.party.shared.variables.values
        # Whose turn is held by the tool that is given the call; it is handed on in the order of asking.
        self._party = place.party
        # Where tools run.
        self._tasks = tasks
        # The call's log.
        self._journal = journal
        # Function-call id → the task of the tool.
        self._running: dict[str, asyncio.Task[None]] = {}
        # What is found out before an agent has the caller.
        self.beginning = Beginning(team, before, place=place, tasks=tasks, journal=journal)

    def start(self, effect: RunTool) -> None:
        """Start a tool."""
        task = self._running[effect.call_id] = self._tasks.start(self._run(effect), f"tool:{effect.name}")
        task.add_done_callback(partial(self._ended, effect.call_id))

    def _ended(self, call_id: str, task: asyncio.Task[None]) -> None:
        """Forget a task that is over, however it ended; one after it may have the same id."""
        if self._running.get(call_id) is task:
            del self._running[call_id]

    def cancel(self, call_id: str) -> None:
        """Cancel a tool whose answer is no longer awaited."""
        task = self._running.pop(call_id, None)
        if task is not None:
            task.cancel()

    def cancel_all(self) -> None:
        """Cancel every tool."""
        self.beginning.stop()
        for call_id in list(self._running):
            self.cancel(call_id)

    async def _run(self, effect: RunTool) -> None:
        tool = self.box.find(effect.session.agent, effect.name)
        if tool is None:
            self._feed(ToolFailed(effect.call_id, GONE.format(name=effect.name), ran=False))
            return
        async with self._party.turn if tool.sees_call else nullcontext():
            if not tool.idempotent and not await self._party.sure():
                return  # another process has the call, and asks for what is to be done in it
            event = await self._outcome(effect, tool)
            self._running.pop(effect.call_id, None)
            self._feed(event)

    def _progress(self, call_id: str) -> Callable[[], None]:
        """Return what a tool calls while it is at it, however often."""
        clock = asyncio.get_running_loop().time
        told = clock()

        def progressed() -> None:
            nonlocal told
            if call_id in self._running and clock() - told >= SELDOM:
                told = clock()
                self._feed(ToolProgressed(call_id))

        return progressed

    async def _outcome(self, effect: RunTool, tool: Tool) -> ToolReturned | ToolFailed:
        """Run a tool and return how it ended; one that fails sets no variable."""
        agent, values = effect.session.agent, self._variables()
        known = {name: values[name] for name in effect.variables}
        view = CallView(
            id=self._call_id,
            agent=agent,
            variables=Variables(known, self._team.variables, effect.name),
            function_call=effect.call_id,
            agents=tuple(self._team.agents),
            progressed=self._progress(effect.call_id),
        )
        try:
            output = await tool.run(effect.arguments, view, seconds=self._team.limits.tool)
            changed = {name: value for name, value in view.variables.items() if value != known.get(name)}
            transfer = CallerReferred(*view.transfer) if view.transfer else None
            parting = None if view.last_words is None else Parting(view.last_words, result=output != NOTHING)
            return ToolReturned(effect.call_id, output, changed, transfer, parting)
        except ToolError as error:
            self._journal.tool_failed(agent, effect.name, error, kind=tool.kind)
            return ToolFailed(effect.call_id, written(str(error)), error.ran)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and effect.call_id not in self._running:
                raise  # we have stopped it; otherwise it has cancelled its own task
            self._journal.log.exception("tool failed", agent=agent, tool=effect.name)
            return ToolFailed(effect.call_id, "The tool failed inside.")
