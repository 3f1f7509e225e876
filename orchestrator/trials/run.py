"""Runs the tests of a team, each in a call of its own: what is wrong with one does not touch the others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import structlog

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.ids import DRAW
from orchestrator.team import Team
from orchestrator.team.trials import Recorded, Trial
from orchestrator.trials.by_text import TextCall
from orchestrator.trials.cast import Cast
from orchestrator.trials.results import Attempt, Failure, Result, Verdict
from orchestrator.trials.simulated_time import OutOfTime, SimulatedLoop

REAL_SECONDS = 120.0  # that one test may take, on the wall


@dataclass(frozen=True, slots=True)
class Case:
    """A test, and where it is."""

    name: str
    trial: Trial
    where: str = ""  # "agents.yaml:12:3 tests.refund after the PIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How tests are run."""

    model: str | None = None  # provider/model for agents that name none
    repeat: int = 1  # attempts at each test
    only: str = ""  # in the names of the tests that run
    seconds: float = REAL_SECONDS
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def run_trials(team: Team, cases: Sequence[Case], options: Options | None = None) -> list[Result]:
    """Run tests of a team by text, one after another; raises `TeamError` if its tools cannot be loaded."""
    options = options or Options()
    chosen = [case for case in cases if options.only.casefold() in case.name.casefold()]
    cast = Cast(team, wanted=options.model, environ=options.environ)
    missing = cast.missing() if any(not case.trial.scripted for case in chosen) else ""
    return [_result(cast, case, options, missing) for case in chosen]


def _result(cast: Cast, case: Case, options: Options, missing: str) -> Result:
    if reason := _unheard(case.trial) or ("" if case.trial.scripted else missing):
        attempts = [Attempt(verdict=Verdict.SKIPPED, reason=reason)]
    else:
        attempts = [_attempt(cast, case, number, options.seconds) for number in range(options.repeat)]
    return Result(name=case.name, where=case.where, attempts=tuple(attempts))


def _unheard(trial: Trial) -> str:
    """Return why a caller cannot call by text; "" when they can."""
    if trial.caller is not None:
        return "simulated callers do not call yet"
    wordless = (turn.caller.wav for turn in trial.talk if isinstance(turn.caller, Recorded) and not turn.caller.say)
    wav = next(wordless, "")
    return f"what is said in {wav} is not known: write it under `say`, or run the test by voice" if wav else ""


def _attempt(cast: Cast, case: Case, number: int, seconds: float) -> Attempt:
    calls: list[TextCall] = []

    async def hold() -> Attempt:
        seed = f"{case.name} {number}"
        DRAW.set(Random(seed).randbytes)
        calls.append(TextCall(cast, case.trial, seed))
        return await calls[0].hold()

    try:
        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, SimulatedLoop)
            loop.end_within(seconds)
            return runner.run(hold())
    except OutOfTime:
        return _out_of_time(calls, seconds)
    except OrchestratorError as error:
        return Attempt(verdict=Verdict.BROKEN, reason=str(error))
    except Exception as error:
        structlog.get_logger("orchestrator").exception("test failed inside", test=case.name)
        inner = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        return Attempt(verdict=Verdict.BROKEN, reason=f"{type(inner).__name__}: {inner}")


def _out_of_time(calls: Sequence[TextCall], seconds: float) -> Attempt:
    """Return what is known of a test that took too long on the wall."""
    so_far = calls[0].attempt() if calls else Attempt(verdict=Verdict.FAILED)
    waits, note = calls[0].waits_for if calls else "", f"the test was not over after {seconds:g} seconds on the wall"
    late = Failure(turn=None, key="rest", expected=None, got=waits, note=note)
    return replace(so_far, verdict=Verdict.FAILED, failures=(*so_far.failures, late))
