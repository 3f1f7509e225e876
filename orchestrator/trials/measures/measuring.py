"""How much of a team its tests hold: coverage from what they did, and mutations that they do not notice."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from orchestrator.errors import OrchestratorError
from orchestrator.log import set_up_log
from orchestrator.settings import hidden, read_settings
from orchestrator.team import Team
from orchestrator.team.trials.cases import Case
from orchestrator.trials.cast import Cast
from orchestrator.trials.measures.coverage import Coverage, cover
from orchestrator.trials.measures.mutations import Mutation, mutations, unnoticed
from orchestrator.trials.reading import read
from orchestrator.trials.results import Result, Verdict
from orchestrator.trials.run import Options, each_result

NO_TESTS = "There are no tests. Write them under `tests:` in the team file, or in tests.yaml beside it."


def coverage_of(cast: Cast, results: Sequence[Result]) -> Coverage:
    """Return what some tests have taken of all that can happen."""
    tools = {agent: [tool.name for tool in own] for agent, own in cast.tools.items()}
    return cover(cast.team, tools, [attempt.facts for result in results for attempt in result.attempts])


def untaken_edges(team_file: Path) -> set[tuple[str, str]]:
    """Run the tests of a team by text; return the edges that none has taken. Raises `TeamError`."""
    settings = read_settings()
    set_up_log(level="error", secrets=hidden(settings))  # the drawing goes to standard output
    cast, cases, _ = read([team_file], wanted=settings.model, environ=os.environ)
    if not cases:
        raise OrchestratorError(NO_TESTS)
    return coverage_of(cast, [result for _, result in each_result(cast, cases, Options())]).untaken_edges


def mutated(cast: Cast, done: Sequence[tuple[Case, Result]], options: Options) -> str:
    """Describe for people which mutations of the team none of the tests notices that pass with it."""
    passed = [case for case, result in done if result.verdict is Verdict.PASSED]
    found = list(survivors(cast, passed, options))
    count = len(list(mutations(cast.team)))
    lines = [f"  {one.where}: no test notices when {one.lacks} is missing" for one in found]
    return "\n".join([f"mutations: {count - len(found)} of {count} are noticed", *lines])


def survivors(cast: Cast, passed: Sequence[Case], options: Options) -> Iterator[Mutation]:
    """Yield the mutations of a team that none of its tests notices; `passed` are those that pass with the team."""
    once = replace(options, repeat=1, only="")

    def passes(team: Team) -> bool:
        results = each_result(Cast(team, wanted=options.model, environ=options.environ), passed, once)
        return all(result.verdict is Verdict.PASSED for _, result in results)

    return unnoticed(cast.team, passes)
