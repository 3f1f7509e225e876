"""Runs the tests of a team, each in a call of its own: what is wrong with one does not touch the others."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
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


class By(StrEnum):
    """How the caller of a test reaches the team."""

    TEXT = "text"
    VOICE = "voice"


SECONDS = {By.TEXT: 300.0, By.VOICE: 900.0}  # that one test may take, on the wall


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How tests are run."""

    model: str | None = None  # provider/model for agents that name none
    brain: str | None = None  # provider/model for simulated callers and judges that name none
    repeat: int = 1  # attempts at each test
    only: str = ""  # in the names of the tests that run
    by: By = By.TEXT
    seconds: float | None = None  # that one test may take, on the wall; None: as is usual
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)


def run_trials(team: Team, cases: Sequence[Case], options: Options | None = None) -> list[Result]:
    """Run tests of a team, one after another; raises `TeamError` if its tools cannot be loaded."""
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
    hindrance = _unheard(cast.team, case.trial) if options.by is By.VOICE else _wordless(case.trial)
    if reason := reason or hindrance or ("" if case.trial.scripted else missing):
        attempts = [Attempt(verdict=Verdict.SKIPPED, reason=reason)]
    else:
        attempts = [_attempt(cast, case, number, options, brain) for number in range(options.repeat)]
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


def _unheard(team: Team, trial: Trial) -> str:
    """Return why a caller cannot call by voice; "" when they can."""
    try:
        from orchestrator.trials.voice.attempt import hindrance
    except ImportError as error:
        return f"by voice, a caller needs the extra `local`: {error}"
    return hindrance(team, trial)


def _attempt(cast: Cast, case: Case, number: int, options: Options, brain: Choice | None) -> Attempt:
    by = _by_voice if options.by is By.VOICE else _by_text
    seconds = SECONDS[options.by] if options.seconds is None else options.seconds
    try:
        return by(cast, case, f"{case.name} {number}", brain, seconds)
    except Exception as error:
        inner = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        if isinstance(inner, OrchestratorError):
            return Attempt(verdict=Verdict.BROKEN, reason=str(inner))
        structlog.get_logger("orchestrator").exception("test failed inside", test=case.name)
        return Attempt(verdict=Verdict.BROKEN, reason=f"{type(inner).__name__}: {inner}")


def _by_text(cast: Cast, case: Case, seed: str, brain: Choice | None, seconds: float) -> Attempt:
    held: list[tuple[TextLine, Holding]] = []

    async def hold() -> Attempt:
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
        so_far = held[0][1].attempt() if held else Attempt(verdict=Verdict.FAILED)
        return _out_of_time(so_far, held[0][0].waits_for if held else "", seconds)


def _by_voice(cast: Cast, case: Case, seed: str, brain: Choice | None, seconds: float) -> Attempt:
    from orchestrator.trials.voice.attempt import hold

    done, waits = hold(cast, case, seed, brain, seconds)
    return done if waits is None else _out_of_time(done, waits, seconds)


def _out_of_time(so_far: Attempt, waits: str, seconds: float) -> Attempt:
    """Return what is known of a test that took too long on the wall."""
    note = f"the test was not over after {seconds:g} seconds on the wall"
    late = Failure(turn=None, key="rest", expected=None, got=waits, note=note)
    return replace(so_far, verdict=Verdict.FAILED, failures=(*so_far.failures, late))
