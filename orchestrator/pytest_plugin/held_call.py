"""A call that a test in Python holds: what the caller does next is not known beforehand.

It runs in simulated time, as the calls of tests in YAML do. Whoever made it drives its event loop.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from orchestrator.core.events import CallerAsked, CallerLeft, Ending
from orchestrator.observe.facts import Fact
from orchestrator.runner import RunningCall
from orchestrator.team.trials import Given, Interrupt, Silence, Trial, Turn
from orchestrator.tools import Tool
from orchestrator.tools.parameters import CALL
from orchestrator.trials.by_text import SETTINGS, TextCall
from orchestrator.trials.cast import Cast
from orchestrator.trials.mocks import RealTool, Stage
from orchestrator.trials.scripted import ScriptedModels

Functions = Mapping[str, Callable[..., Any]]
NOBODY = Silence(silence=1)  # a turn has a caller, also where only its other keys matter
FAILED = "The call failed inside: a mistake of this package. The log has the exception."
UNMOCKED = "{name} is not mocked. Say what it does in `team.call(tools={{{name!r}: …}})`, or write `tools='real'`."


class Replaced(Tool):
    """A tool with another function: a model knows it, and its arguments are checked, as those of the real one."""

    def __init__(self, real: Tool, function: Callable[..., Any]) -> None:
        vars(self).update(vars(real))  # it is that tool
        # What runs in its place, and whether it receives the call.
        self._function = function
        self.sees_call = CALL in inspect.signature(function).parameters


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


class HeldCall(TextCall):
    """A call that goes on until it is hung up, or the team ends it."""

    def __init__(
        self, cast: Cast, given: Given, functions: Functions, scripted: ScriptedModels | None, *, seed: str
    ) -> None:
        # What runs in place of tools, and the models if the test says what they do.
        self._functions, self._models = functions, scripted
        # The task that runs the call.
        self._life: asyncio.Task[None] | None = None
        super().__init__(cast, Trial(given=given, talk=(Turn(caller=NOBODY),)), seed)

    def _made(self, seed: str) -> RunningCall:
        self._stage = PythonStage(self._trial.given, self._loop.outside, self._functions)
        self._scripted = self._models
        return super()._made(seed)

    # --- its course ---

    async def begin(self, listens: float | None) -> None:
        """Let the call begin, and the caller hear the greeting or so many seconds of it."""
        self._life = self._loop.create_task(self._running.run(lambda: SETTINGS, {}), name="call")
        self._life.add_done_callback(lambda _: self._stirred.set())
        self._feed(CallerAsked())  # as a caller who has dialled, they expect to be greeted
        await self._rest(listens)

    async def say(self, words: str, listens: float | None) -> None:
        """Let the caller say something, and hear the answer or so many seconds of it."""
        self._type(words)
        await self._rest(listens)

    async def press(self, keys: str, listens: float | None) -> None:
        """Let the caller press keys, and hear the answer or so many seconds of it."""
        await self._press(keys)
        await self._rest(listens)

    async def pause(self, seconds: float) -> None:
        """Let the caller say nothing for so long, and then hear what is being said."""
        await self._sleep(seconds)
        await self._rest(None)

    async def hang_up(self) -> None:
        """End the call, if it goes on, and everything that runs in it."""
        self._feed(CallerLeft("hang-up"))
        if self._life is not None:
            await self._life

    async def _rest(self, listens: float | None) -> None:
        interrupt = Interrupt(after=listens) if listens is not None else None
        await self._until_over(None, Turn(caller=NOBODY, interrupt=interrupt))

    # --- what is seen of it ---

    @property
    def facts(self) -> list[Fact]:
        """The timeline so far."""
        return list(self._facts)

    @property
    def heard(self) -> list[str]:
        """What the caller has heard so far, item by item; nothing of one that was cut before its first word."""
        return [one.text for one in self._ear.utterances.values()]

    @property
    def ending(self) -> Ending | None:
        """How the call has ended; None while it goes on."""
        died = self._life is not None and self._life.done() and self._ear.ending is None
        return Ending.FAILED if died else self._ear.ending

    @property
    def agent(self) -> str:
        """Who has the caller, or had them last."""
        return self._running.state.route.active

    @property
    def variables(self) -> Mapping[str, Any]:
        """The variables of the call as they are now."""
        return self._running.state.variables.values()

    def told(self, agent: str) -> str:
        """Return what has arrived at an agent, a line each."""
        return "\n".join(self._arrivals.at(agent))

    def faults(self) -> list[str]:
        """Return, once each, why what the test does is not what it means: none for a test that makes sense."""
        unmocked = [UNMOCKED.format(name=name) for name in self._stage.faults if not self._stage.knows(name)]
        others = [f"{name}: {why}" for name, why in self._stage.faults.items() if self._stage.knows(name)]
        waiting = [f"{one.note}{f': {one.got}' if one.got else ''}" for one in self._failures]
        failed = [FAILED] if self.ending is Ending.FAILED else []
        self._stage.faults.clear()
        self._failures.clear()
        return [*failed, *unmocked, *others, *waiting]
