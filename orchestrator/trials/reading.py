"""From what is named on the command line to a team and its tests; all that is wrong is reported at once."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

from orchestrator.errors import Problem, TeamError
from orchestrator.team import Team, load_team
from orchestrator.team.trials.cases import Case
from orchestrator.team.trials.checks import check_tools_of
from orchestrator.team.trials.files import beside, is_team, read_cases
from orchestrator.trials.cast import Cast

TEAM_FILE = Path("agents.yaml")


def read(
    files: Sequence[Path], *, wanted: str | None, environ: Mapping[str, str]
) -> tuple[Cast, list[Case], list[Problem]]:
    """Return the team, its tests, and warnings of these; raises `TeamError` with all errors in it, or in them.

    Without a team file among the files, `agents.yaml` is tested; without files of tests, those beside the team file.
    """
    team_file, tests = split(files)
    cast = load(team_file, wanted=wanted, environ=environ)
    names = {tool.name for own in cast.tools.values() for tool in own}
    cases, problems = read_tests(cast.team, tests or beside(team_file), names, environ)
    if errors := [problem for problem in problems if problem.fatal]:
        raise TeamError(errors)
    return cast, cases, problems


def load(team_file: Path, *, wanted: str | None, environ: Mapping[str, str]) -> Cast:
    """Return a team with its tools and models; raises `TeamError`."""
    with redirect_stdout(sys.stderr):  # what tools print while they are loaded is no part of the report
        return Cast(load_team(team_file, environ=environ), wanted=wanted, environ=environ)


def split(files: Sequence[Path]) -> tuple[Path, Sequence[Path]]:
    """Tell the team file, which comes first, from files of tests."""
    if files and is_team(files[0]):
        return files[0], files[1:]
    return TEAM_FILE, files


def read_tests(
    team: Team, files: Sequence[Path], tools: Collection[str], environ: Mapping[str, str]
) -> tuple[list[Case], list[Problem]]:
    """Return the tests of a team, and all that is wrong in files of tests; `tools` are those that agents have."""
    cases, problems = read_cases(team, files, environ=environ)
    if team.whole:
        problems += check_tools_of(team, [case for case in cases if case.file != team.files[0]], tools)
    return cases, problems
