"""Holds the call of a test on a line, and compares what happened with what the test expects.

The caller does what the test says turn by turn, or says what a language model finds. What can be measured is compared
first; a judge is asked only about a call in which all that was as expected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any

from orchestrator.core.events import Ending
from orchestrator.providers.choosing import Choice
from orchestrator.team.trials import Persona, Silence, Spoken, Trial, Turn
from orchestrator.trials.comparing import compare_end, compare_turn, compare_whole
from orchestrator.trials.line import CallLine
from orchestrator.trials.personas.caller import SimulatedCaller, instructions
from orchestrator.trials.personas.judge import INSTRUCTIONS as JUDGES
from orchestrator.trials.personas.judge import judge
from orchestrator.trials.personas.model import Model
from orchestrator.trials.reports.masking import masked, masked_fact
from orchestrator.trials.results import Attempt, Failure, Verdict

TURN_SECONDS = 1800.0  # of the call, until the team has nothing more to say


class Holding:
    """One attempt at a test."""

    def __init__(self, trial: Trial, line: CallLine, brain: Choice | None = None) -> None:
        # The test, and its call.
        self._trial, self._line = trial, line
        # The language model of a simulated caller, and of the judge.
        self._brain = brain
        # What was not as expected.
        self._failures: list[Failure] = []
        # How many facts were known when each turn began.
        self._turns: list[int] = []

    async def hold(self) -> Attempt:
        """Hold the call, and compare."""
        clock = asyncio.get_running_loop().time
        began = clock()
        async with self._line.open():
            await (self._talk() if self._trial.caller is None else self._converse(self._trial.caller))
        seconds = clock() - began
        if self._trial.caller is None:
            self._failures += compare_end(self._trial.end, self._line.seen())
        else:
            self._failures += compare_whole(self._trial.expect, self._line.seen())
            await self._judge(self._trial.expect.judge)
        return self.attempt(seconds)

    def attempt(self, seconds: float = 0.0) -> Attempt:
        """Return what has come of it so far, without the values of secret variables."""
        if self._line.ending is Ending.FAILED:
            return Attempt(verdict=Verdict.BROKEN, reason="The call failed inside; the log says why.")
        mask = self._line.masked
        return Attempt(
            verdict=Verdict.FAILED if self._failures else Verdict.PASSED,
            failures=tuple(replace(one, got=masked(one.got, mask)) for one in self._failures),
            facts=tuple(masked_fact(fact, mask) for fact in self._line.witness.facts),
            turns=tuple(self._turns),
            seconds=round(seconds, 3),
        )

    async def _talk(self) -> None:
        """Talk turn by turn. A greeting is no part of the first one, unless that is silence."""
        talk = self._trial.talk
        marks = (0, 0)
        if not isinstance(talk[0].caller, Silence):
            if not await self._listen(0, talk[0]):
                return
            marks = self._line.marks
        for number, turn in enumerate(talk):
            self._turns.append(marks[0])
            if self._line.ending is not None:
                self._fail(number, "talk", done_in(turn), None, f"the call is over: {self._line.ending.value}")
                return
            if self._line.scripted is not None:
                self._line.scripted.load(turn.model)
            await self._line.do(turn.caller)
            if not await self._listen(number, *talk[number + 1 : number + 2]):
                return
            self._failures += compare_turn(number, turn.expect, self._line.seen(marks))
            self._blame(number)
            marks = self._line.marks

    async def _converse(self, persona: Persona) -> None:
        """Let a language model find the caller's words."""
        async with self._model(instructions(persona)) as model:
            caller, marks = SimulatedCaller(persona, model), (0, 0)
            for number in range(persona.turns + 1):
                if not await self._listen(number) or self._line.ending is not None:
                    return
                words = await caller.next_words(" ".join(one.text for one in self._line.seen(marks).words))
                if words is None:
                    return
                self._blame(number)
                marks = self._line.marks
                self._turns.append(marks[0])
                await self._line.do(Spoken(say=words))

    async def _judge(self, statements: Sequence[str]) -> None:
        if statements and not self._failures:
            async with self._model(JUDGES) as model:
                self._failures += await judge(model, statements, self._line.witness.facts)

    def _model(self, told: str) -> AbstractAsyncContextManager[Model]:
        assert self._brain is not None  # without one the test is skipped
        return Model.open(self._line.providers[self._brain.provider], self._brain.model, told)

    async def _listen(self, number: int, following: Turn | None = None) -> bool:
        """Listen until the team has nothing more to say, or is interrupted; return whether it came to that."""
        interrupt = following.interrupt if following is not None else None
        try:
            async with asyncio.timeout(TURN_SECONDS):
                if interrupt is None:
                    await self._line.listen()
                elif why := await self._line.cut_in(interrupt.after):
                    self._fail(len(self._turns), "interrupt", interrupt.after, None, why)
        except TimeoutError:
            why = f"the team was not done after {TURN_SECONDS:g} seconds"
            self._fail(number, "rest", None, self._line.waits_for, why)
            return False
        return True

    def _blame(self, number: int) -> None:
        """Note what a test forgot to say: of tools, and of models."""
        for name, why in self._line.stage.faults.items():
            self._fail(number, "given.tools", None, name, why)
        self._line.stage.faults.clear()
        for step in self._line.scripted.unload() if self._line.scripted is not None else ():
            told = step.model_dump(mode="json", exclude_unset=True)
            self._fail(number, "model", told, None, f"{step.agent} was not asked for this")

    def _fail(self, turn: int | None, key: str, expected: Any, got: Any, note: str) -> None:
        self._failures.append(Failure(turn=turn, key=key, expected=expected, got=got, note=note))


def done_in(turn: Turn) -> Any:
    """Return what the caller does in a turn, as JSON."""
    return turn.caller.say if isinstance(turn.caller, Spoken) else turn.caller.model_dump(mode="json")
