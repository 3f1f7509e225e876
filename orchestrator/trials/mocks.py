"""Tools in a test: what they do is said there, what a model knows of them stays that of the real function."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team import END_CALL
from orchestrator.team.trials import Given, Mock
from orchestrator.team.trials.given import REAL
from orchestrator.tools import CallView, Tool
from orchestrator.tools.results import written

Tools = Mapping[str, tuple[Tool, ...]]


class Stage:
    """The tools of one test."""

    def __init__(self, given: Given, outside: Callable[[], AbstractContextManager[None]]) -> None:
        # What the test says of them.
        self._given = given
        # Entered while a real one waits, perhaps for something outside this process.
        self._outside = outside
        # Held by the real one that runs: two beside each other would end in another order each time.
        self._turn = asyncio.Lock()
        # Tool → how often it was called.
        self._calls: dict[str, int] = {}
        # What went wrong that no tool would do: tool → why.
        self.faults: dict[str, str] = {}

    def tools(self, real: Tools) -> dict[str, tuple[Tool, ...]]:
        """Return the tools of all agents as the test has them."""
        return {agent: tuple(map(self.tool, own)) for agent, own in real.items()}

    def tool(self, real: Tool) -> Tool:
        """Return a tool as the test has it."""
        if real.name == END_CALL:
            return real
        return RealTool(real, self) if self.is_real(real.name) else MockedTool(real, self)

    def _mocks(self, name: str) -> tuple[Mock, ...]:
        """Return what a tool does, call for call; () if it is real, or the test does not say it."""
        given = self._given.tools
        mocks = given.get(name, ()) if isinstance(given, dict) else ()
        return () if mocks == REAL else tuple(one for one in mocks if isinstance(one, Mock))

    def knows(self, name: str) -> bool:
        """Whether the test says what a tool does."""
        return self._given.tools == REAL or name in self._given.tools

    def is_real(self, name: str) -> bool:
        """Whether a tool's function runs."""
        return self.knows(name) and not self._mocks(name)

    def sets(self, name: str) -> bool:
        """Whether a mock sets variables."""
        return any(mock.sets for mock in self._mocks(name))

    def does(self, name: str) -> Mock:
        """Return what a tool does now; raises `ToolError` if the test does not say it."""
        mocks = self._mocks(name)
        if not mocks:
            self.faults[name] = f"say what it does under `given.tools.{name}`, or write `tools: real`"
            raise ToolError(f"{name} is not mocked.")
        number = self._calls[name] = self._calls.get(name, 0) + 1
        return mocks[min(number, len(mocks)) - 1]

    async def run_real(self, work: Callable[[], Awaitable[str]], *, waits: bool) -> str:
        """Run a real function, one at a time; `waits`: it may wait for something outside this process."""
        async with self._turn:
            with self._outside() if waits else nullcontext():
                return await work()


class StandIn(Tool):
    """A tool that stands in for another: a model knows it, and its arguments are validated, as those of that one."""

    def __init__(self, real: Tool) -> None:
        vars(self).update(vars(real))
        # That tool.
        self.real = real
        self.kind = real.kind

    @property
    def moves(self) -> bool:
        """Whether it may hand the caller over, or end the call."""
        return self.real.moves

    def _read(self, arguments: str) -> dict[str, Any]:
        return self.real._read(arguments)

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        return await self.real._invoke(values, call)


class RealTool(StandIn):
    """A tool that runs as it is."""

    def __init__(self, real: Tool, stage: Stage) -> None:
        super().__init__(real)
        # The tools of the test.
        self._stage = stage

    async def _outcome(self, values: dict[str, Any], call: CallView) -> str:
        # A function in a thread does not wait for anything outside: the clock knows of it.
        return await self._stage.run_real(lambda: self.real._outcome(values, call), waits=self.real.waits)


class MockedTool(StandIn):
    """A tool that does what the test says; its arguments, its time limit and its failures are those of the real one."""

    def __init__(self, real: Tool, stage: Stage) -> None:
        super().__init__(real)
        # The tools of the test.
        self._stage = stage
        # It is given the call if it sets variables.
        self.sees_call = real.sees_call or stage.sets(self.name)

    async def _outcome(self, values: dict[str, Any], call: CallView) -> str:
        mock = self._stage.does(self.name)
        if mock.takes:
            await asyncio.sleep(mock.takes)
        if mock.fails is not None:
            raise ToolError(mock.fails)
        for name, value in mock.sets.items():
            try:
                call.variables[name] = value
            except Exception as error:
                self._stage.faults[self.name] = f"it cannot set {name}: {error.args[0]}"
                raise
        return written(mock.returns)
