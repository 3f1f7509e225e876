"""Runs the tests of a team, each in a call of its own: what is wrong with one does not touch the others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

import structlog

from orchestrator.errors import OrchestratorError
from orchestrator.protocol.ids import DRAW
from orchestrator.providers.choosing import Choice
from orchestrator.team import Team
from orchestrator.team.trials import Recorded, Trial
from orchestrator.team.trials.cases import Case
from orchestrator.trials.by_text import TextLine
from orchestrator.trials.cast import Cast
from orchestrator.trials.holding import Holding
from orchestrator.trials.results import Attempt, Failure, Result, Verdict
from orchestrator.trials.simulated_time import OutOfTime, SimulatedLoop

REAL_SECONDS = 300.0  # that one test may take, on the wall


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How tests are run."""

    model: str | None = None  # provider/model for agents that name none
    brain: str | None = None  # provider/model for simulated callers and judges that name none
    repeat: int = 1  # attempts at each test
    only: str = ""  # in the names of the tests that run
    seconds: float = REAL_SECONDS
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def run_trials(team: Team, cases: Sequence[Case], options: Options | None = None) -> list[Result]:
    """Run tests of a team by text, one after another; raises `TeamError` if its tools cannot be loaded."""
    options = options or Options()
    cast = Cast(team, wanted=options.model, environ=options.environ)
    return [result for _, result in each_result(cast, cases, options)]


def each_result(cast: Cast, cases: Sequence[Case], options: Options) -> Iterator[tuple[Case, Result]]:
    """Yield what comes of each test as soon as it is known."""
    chosen = [case for case in cases if options.only.casefold() in case.name.casefold()]
    missing = cast.missing() if any(not case.trial.scripted for case in chosen) else ""
    for case in chosen:
        yield case, _result(cast, case, options, missing)


def _result(cast: Cast, case: Case, options: Options, missing: str) -> Result:
    brain, reason = _brain(cast, case.trial, options.brain)
    if reason := reason or _wordless(case.trial) or ("" if case.trial.scripted else missing):
        attempts = [Attempt(verdict=Verdict.SKIPPED, reason=reason)]
    else:
        attempts = [_attempt(cast, case, number, options.seconds, brain) for number in range(options.repeat)]
    return Result(name=case.name, where=case.place(), attempts=tuple(attempts))


def _brain(cast: Cast, trial: Trial, otherwise: str | None) -> tuple[Choice | None, str]:
    """Return the language model of a simulated caller, and why it cannot be had; "" when it can."""
    if trial.caller is None:
        return None, ""
    said = trial.caller.brain or otherwise
    if not said:
        return None, "it needs a language model for its caller: name one under `brain`, or with --brain provider/model"
    provider, _, model = said.partition("/")
    choice = Choice(provider, model, "named for simulated callers")
    why = cast.speechless(choice)
    return choice, f"{said} cannot play its caller: {why}" if why else ""


def _wordless(trial: Trial) -> str:
    """Return why a caller cannot call by text; "" when they can."""
    wordless = (turn.caller.wav for turn in trial.talk if isinstance(turn.caller, Recorded) and not turn.caller.say)
    wav = next(wordless, "")
    return f"what is said in {wav} is not known: write it under `say`, or run the test by voice" if wav else ""


def _attempt(cast: Cast, case: Case, number: int, seconds: float, brain: Choice | None) -> Attempt:
    held: list[tuple[TextLine, Holding]] = []

    async def hold() -> Attempt:
        seed = f"{case.name} {number}"
        DRAW.set(Random(seed).randbytes)
        line = TextLine(cast, case.trial, seed)
        held.append((line, Holding(case.trial, line, brain)))
        return await held[0][1].hold()

    try:
        with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
            loop = runner.get_loop()
            assert isinstance(loop, SimulatedLoop)
            loop.end_within(seconds)
            return runner.run(hold())
    except OutOfTime:
        return _out_of_time(held, seconds)
    except OrchestratorError as error:
        return Attempt(verdict=Verdict.BROKEN, reason=str(error))
    except Exception as error:
        structlog.get_logger("orchestrator").exception("test failed inside", test=case.name)
        inner = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        return Attempt(verdict=Verdict.BROKEN, reason=f"{type(inner).__name__}: {inner}")


def _out_of_time(held: Sequence[tuple[TextLine, Holding]], seconds: float) -> Attempt:
    """Return what is known of a test that took too long on the wall."""
    so_far = held[0][1].attempt() if held else Attempt(verdict=Verdict.FAILED)
    waits, note = held[0][0].waits_for if held else "", f"the test was not over after {seconds:g} seconds on the wall"
    late = Failure(turn=None, key="rest", expected=None, got=waits, note=note)
    return replace(so_far, verdict=Verdict.FAILED, failures=(*so_far.failures, late))
