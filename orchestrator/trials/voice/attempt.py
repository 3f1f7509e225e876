"""One attempt at a test by voice, bounded in real time; what is wrong with it touches no other."""

from __future__ import annotations

import asyncio

from orchestrator.providers.choosing import Choice
from orchestrator.providers.languages import code_of
from orchestrator.server.serve import new_loop
from orchestrator.team import Team
from orchestrator.team.trials import Trial
from orchestrator.team.trials.cases import Case
from orchestrator.trials.cast import Cast
from orchestrator.trials.holding import Holding
from orchestrator.trials.results import Attempt
from orchestrator.trials.voice import voices
from orchestrator.trials.voice.line import VoiceLine
from orchestrator.trials.voice.sounding import speaks


def hindrance(team: Team, trial: Trial) -> str:
    """Return why a test cannot be held by voice; "" when it can."""
    if trial.scripted:
        return "by voice, models are real: a test that says what they do runs by text"
    if not speaks(trial):
        return ""
    if code_of(team.language) not in (None, "en"):
        return f"callers speak English, and the team {team.language}: let them say it in a recording, with `wav`"
    return voices.missing()


def hold(cast: Cast, case: Case, seed: str, brain: Choice | None, seconds: float) -> tuple[Attempt, str | None]:
    """Hold the call of a test; return what came of it, and what it waited for if it was not over in time."""

    async def held() -> tuple[Attempt, str | None]:
        line = VoiceLine(cast, case, seed)
        holding = Holding(case.trial, line, brain)
        try:
            async with asyncio.timeout(seconds):
                return await holding.hold(), None
        except TimeoutError:
            return holding.attempt(seconds), line.waits_for

    with asyncio.Runner(loop_factory=new_loop) as runner:
        return runner.run(held())
