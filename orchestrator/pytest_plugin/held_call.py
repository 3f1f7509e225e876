"""A call that a test in Python holds: what the caller does next is not known beforehand.

It runs in simulated time, as the calls of tests in YAML do. Whoever made it drives its event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from orchestrator.core.events import Ending
from orchestrator.observe.facts import Fact
from orchestrator.runner import RunningCall
from orchestrator.team.trials import Given, Line, Silence, Trial, Turn
from orchestrator.tools import CallView, Tool
from orchestrator.tools.python.function import Function, for_model
from orchestrator.trials.by_text import TextLine
from orchestrator.trials.cast import Cast
from orchestrator.trials.mocks import RealTool, Stage, StandIn
from orchestrator.trials.scripted import ScriptedModels

Functions = Mapping[str, Callable[..., Any]]
TURN_SECONDS = 1800.0  # of the call, until the team has nothing more to say
FAILED = "The call failed inside: a mistake of this package. The log has the exception."
UNMOCKED = "{name} is not mocked. Say what it does in `team.call(tools={{{name!r}: …}})`, or write `tools='real'`."
BUSY = "The team was not done after {seconds:g} seconds of the call: it waits for {what}."


class Replaced(StandIn):
    """A tool with a function of the test in its place."""

    def __init__(self, real: Tool, function: Callable[..., Any]) -> None:
        super().__init__(real)
        # What runs.
        self._runs = Function(function, real.name)
        self.sees_call = self._runs.receives_call

    @property
    def waits(self) -> bool:
        """Whether it waits in the event loop."""
        return self._runs.is_async

    async def _outcome(self, values: dict[str, Any], call: CallView) -> str:
        return (await self._runs.run(values, call, for_model)).text


class PythonStage(Stage):
    """The tools of a test in Python: some are replaced by functions of the test."""

    def __init__(self, given: Given, outside: Callable[[], AbstractContextManager[None]], functions: Functions) -> None:
        super().__init__(given, outside)
        # Tool → the function that runs in its place.
        self._functions = functions

    def tool(self, real: Tool) -> Tool:
        """Return a tool as the test has it."""
        function = self._functions.get(real.name)
        return super().tool(real) if function is None else RealTool(Replaced(real, function), self)


class PythonLine(TextLine):
    """A line for a test in Python, whose models are scripted for all its calls together."""

    def __init__(
        self, cast: Cast, given: Given, functions: Functions, scripted: ScriptedModels | None, *, seed: str
    ) -> None:
        # What runs in place of tools, and the models if the test says what they do.
        self._functions, self._models = functions, scripted
        super().__init__(cast, Trial(given=given, talk=(Turn(caller=Silence(silence=1)),)), seed)

    def _made(self, trial: Trial, seed: str) -> RunningCall:
        self.stage = PythonStage(trial.given, self._loop.outside, self._functions)
        self.scripted = self._models
        return super()._made(trial, seed)


class HeldCall:
    """A call that goes on until it is hung up, or the team ends it."""

    def __init__(self, line: PythonLine) -> None:
        # The line.
        self._line = line
        # The task that holds it; set when the call has begun, and when it is to end.
        self._life: asyncio.Task[None] | None = None
        self._began, self._over = asyncio.Event(), asyncio.Event()
        # What the caller could not do.
        self._failures: list[str] = []

    # --- its course ---

    async def begin(self, listens: float | None) -> None:
        """Let the call begin, and the caller hear the greeting or so many seconds of it."""
        self._life = asyncio.get_running_loop().create_task(self._hold(), name="held call")
        await self._began.wait()
        await self._listen(listens)

    async def do(self, line: Line, listens: float | None) -> None:
        """Let the caller do something, and hear the answer or so many seconds of it."""
        await self._line.do(line)
        await self._listen(listens)

    async def hang_up(self) -> None:
        """End the call, if it goes on, and everything that runs in it."""
        self._over.set()
        if self._life is not None:
            await self._life

    async def _hold(self) -> None:
        async with self._line.open():
            self._began.set()
            await self._over.wait()

    async def _listen(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                if seconds is None:
                    await self._line.listen()
                elif why := await self._line.cut_in(seconds):
                    self._failures.append(why)
        except TimeoutError:
            self._failures.append(BUSY.format(seconds=TURN_SECONDS, what=self._line.waits_for))

    # --- what is seen of it ---

    @property
    def facts(self) -> list[Fact]:
        """The timeline so far."""
        return list(self._line.witness.facts)

    @property
    def heard(self) -> list[str]:
        """What the caller has heard so far, item by item; nothing of one that was cut before its first word."""
        return [one.text for one in self._line.seen().words]

    @property
    def ending(self) -> Ending | None:
        """How the call has ended; None while it goes on."""
        died = self._life is not None and self._life.done() and self._line.ending is None
        return Ending.FAILED if died else self._line.ending

    @property
    def agent(self) -> str:
        """Who has the caller, or had them last."""
        return self._line.seen().agent

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the call as they are now."""
        return self._line.seen().variables

    def told(self, agent: str) -> str:
        """Return what has arrived at an agent, a line each."""
        return "\n".join(self._line.witness.arrived(agent))

    def faults(self) -> list[str]:
        """Return, once each, why what the test does is not what it means: none for a test that makes sense."""
        stage = self._line.stage
        unmocked = [UNMOCKED.format(name=name) for name in stage.faults if not stage.knows(name)]
        others = [f"{name}: {why}" for name, why in stage.faults.items() if stage.knows(name)]
        failed = [FAILED] if self.ending is Ending.FAILED else []
        found = [*failed, *unmocked, *others, *self._failures]
        stage.faults.clear()
        self._failures.clear()
        return found
