"""A team, as a test has it: its models are scripted, its tools are mocked, and it is called."""

from __future__ import annotations

import json
import os
from collections.abc import Coroutine, Mapping
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self

from orchestrator.errors import OrchestratorError
from orchestrator.outside.variables import variable
from orchestrator.pytest_plugin.call import CallUnderTest
from orchestrator.pytest_plugin.held_call import HeldCall, PythonLine
from orchestrator.pytest_plugin.mocking import read_mocks
from orchestrator.pytest_plugin.own_loop import OwnLoop
from orchestrator.team import load_team
from orchestrator.team.trials import Given, Step
from orchestrator.team.trials.given import NOW
from orchestrator.testing import FunctionCall, Say
from orchestrator.trials.cast import Cast
from orchestrator.trials.scripted import ScriptedModels

MODEL = "ORCHESTRATOR_MODEL"  # the variable of the environment that the server reads, too
NOTHING: Mapping[str, Any] = {}
NO_MODELS = "{why} Say what the models do with `team.scripted`, or name a model in the ini option `orchestrator_model`."
TOO_LATE = "A call goes on whose models are not scripted: use `team.scripted` before `team.call`."
ORDER = "A response speaks before it calls functions: give what is said first, or script two responses."


class TeamUnderTest:
    """The team of a test. `path` is its file.

    Calls are held in simulated time; what is random in them follows from `seed`. `model` is what agents run on that
    name no model themselves (`provider/model`), as for `orchestrator serve`. The file and the tools are loaded for each
    test anew. Raises `TeamError` if they cannot be.
    """

    def __init__(self, path: Path, *, seed: str = "", model: str = "") -> None:
        # The file, and what is loaded of it.
        self.path, self._cast = (
            path,
            Cast(load_team(path), wanted=model or variable(os.environ, MODEL), environ=os.environ),
        )
        # What the models do, once a test says so.
        self._models: ScriptedModels | None = None
        # The calls, and the loop in which they are held.
        self._held: list[HeldCall] = []
        self._calls: list[CallUnderTest] = []
        self._loop = OwnLoop(seed)
        # What is random in each call follows from it.
        self._seed = seed

    def __repr__(self) -> str:
        return f"<team {self._cast.team.name} of {self.path.name}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for held in self._held:
                self._loop.run(held.hang_up())
        finally:
            self._loop.close()

    def scripted(self, agent: str, *items: str | Say | FunctionCall, fails: str | None = None) -> None:
        """Say what an agent's model does in its next response: it says words, calls functions, or both in this order.

        From the first use on, the models of all agents are scripted. Each gives its responses in order, in whichever
        call, then says "Okay."; fixed words, such as a greeting of the team file, use up none. `fails` is the error
        code with which the response fails. A response that was never asked for fails a test that passed otherwise.
        """
        self._check_agent(agent)
        if self._models is None:
            if any(call.ending is None for call in self._calls):
                raise RuntimeError(TOO_LATE)
            self._models = ScriptedModels()
        self._models.load([_step(agent, items, fails)])

    def call(
        self,
        *,
        variables: Mapping[str, Any] = NOTHING,
        agent: str | None = None,
        tools: Mapping[str, Any] | Literal["real"] = NOTHING,
        now: datetime = NOW,
        listens: float | None = None,
    ) -> CallUnderTest:
        """Call the team; returns when the greeting was heard, or `listens` seconds of it.

        `variables` are set from the start, whoever has to set them. `agent` has the caller first, instead of `start`.
        `now` is the caller's date and time. `tools` says what tools do, by their names: what one returns; a function in
        its place; an exception that it raises; a dict, as in the team file's `tests` (`returns`, `sets`, `fails`,
        `takes`); a list of these, one for each call; or "real". `tools="real"`: all are as they are. A tool that is
        called and not among them fails the test.
        """
        __tracebackhide__ = True
        if agent is not None:
            self._check_agent(agent)
        self._check_tools(tools)
        if self._models is None and (why := self._cast.missing()):
            raise RuntimeError(NO_MODELS.format(why=why))
        mocks, functions = read_mocks(tools)
        given = Given(agent=agent, variables=dict(variables), tools=mocks, now=now)

        async def make() -> HeldCall:
            seed = f"{self._seed} {len(self._held)}"
            return HeldCall(PythonLine(self._cast, given, functions, self._models, seed=seed))

        try:
            held = self._loop.run(make())
        except OrchestratorError as error:  # variables cannot have such values
            raise ValueError(str(error).removeprefix("given.")) from None
        self._held.append(held)
        call = CallUnderTest(self._cast.team.name, held, self._run)
        self._calls.append(call)
        call.begin(listens)
        return call

    def unused(self) -> list[str]:
        """Return the scripted responses that no model was asked for, and forget them."""
        return [_told(step) for step in self._models.unload()] if self._models is not None else []

    def reports(self) -> list[tuple[str, str]]:
        """Return a heading and a transcript for each call."""
        titles = [f"{n}. {call!r}" if len(self._calls) > 1 else repr(call) for n, call in enumerate(self._calls, 1)]
        return [(title, call.transcript) for title, call in zip(titles, self._calls, strict=True)]

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        __tracebackhide__ = True
        self._loop.run(work)

    def _check_agent(self, name: str) -> None:
        if name not in (agents := self._cast.team.agents):
            raise KeyError(f"there is no agent {name!r} in {self.path.name}; agents: {', '.join(agents)}")

    def _check_tools(self, tools: Mapping[str, Any] | str) -> None:
        hooks = [self._cast.hooks.before.name] if self._cast.hooks.before is not None else []
        known = list(dict.fromkeys([*(tool.name for own in self._cast.tools.values() for tool in own), *hooks]))
        for name in tools if not isinstance(tools, str) else ():
            if name not in known:
                close = get_close_matches(name, known, 1)
                hint = f"Did you mean {close[0]!r}?" if close else f"Tools: {', '.join(known)}"
                raise KeyError(f"there is no tool {name!r} in {self.path.name}. {hint}")


def _step(agent: str, items: tuple[str | Say | FunctionCall, ...], fails: str | None) -> Step:
    """Return one response of an agent's model."""
    words: list[str] = []
    calls: list[dict[str, Any]] = []
    for item in items:
        if isinstance(item, FunctionCall):
            calls.append({item.name: json.loads(item.arguments)})
        elif calls:
            raise ValueError(ORDER)
        else:
            words.append(item if isinstance(item, str) else item.text)
    return Step(agent=agent, says=" ".join(words), calls=tuple(calls), fails=fails)


def _told(step: Step) -> str:
    """Return a response as a person reads it."""
    calls = (f"{name}({json.dumps(given)})" for one in step.calls for name, given in one.items())
    return f"{step.agent}: {', '.join([*([repr(step.says)] if step.says else []), *calls])}"
