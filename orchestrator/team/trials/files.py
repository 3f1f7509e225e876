"""Files of tests: `tests.yaml` and `tests/*.yaml` beside the team file, or those that are named on the command line.

Such a file is the mapping that a team file has under its key `tests`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from orchestrator.errors import Problem
from orchestrator.team.environment import Environment
from orchestrator.team.loader import in_order
from orchestrator.team.salvage import Salvage
from orchestrator.team.schema import Team
from orchestrator.team.trials.cases import Case, cases_of
from orchestrator.team.trials.checks import check_cases
from orchestrator.team.trials.explaining import MAPPING, MAPPINGS, TESTS
from orchestrator.team.trials.trial import Trials
from orchestrator.team.yaml_reader import YamlReader


class File(BaseModel):
    """A file of tests, as if it had the key of the team file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    tests: Trials = Field(default_factory=dict)


def beside(team_file: Path) -> list[Path]:
    """Return the files of tests in the folder of a team file."""
    folder = team_file.parent
    return [path for path in (folder / "tests.yaml", *sorted((folder / "tests").glob("*.yaml"))) if path.is_file()]


def is_team(file: Path) -> bool:
    """Return whether a file is a team's rather than one of tests; one that cannot be read is taken for a team's."""
    try:
        data = YamlReader(file.name).read(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return True
    return not isinstance(data, dict) or not {"agents", "team"}.isdisjoint(data)


def read_cases(
    team: Team, files: Sequence[Path], *, environ: Mapping[str, str] = os.environ
) -> tuple[list[Case], list[Problem]]:
    """Return the tests of a team, those of its own file first, and all errors and warnings in files of tests.

    A test with errors lacks what is wrong. Of a team with errors, what a test names may be what is misspelt there: then
    files of tests are only checked by themselves.
    """
    cases, found = cases_of(team), list[Problem]()
    for file in files:
        added, problems = _read(file, team.folder, environ)
        if team.whole:
            problems += check_cases(team, added, earlier=cases)
        cases += added
        found += in_order(problems)
    return cases, found


def _name(file: Path, folder: Path) -> str:
    """Return how a file is called in messages: by its path from the folder of the team file, if it is below it."""
    whole = file.resolve()
    return whole.relative_to(folder).as_posix() if whole.is_relative_to(folder) else str(file)


def _read(file: Path, folder: Path, environ: Mapping[str, str]) -> tuple[list[Case], list[Problem]]:
    name = _name(file, folder)
    reader = YamlReader(name)
    try:
        data: Any = reader.read(file.read_text(encoding="utf-8"))
    except OSError as error:
        return [], [Problem(name, f"cannot be read: {error.strerror}", "Give the path of a file of tests.")]
    except UnicodeDecodeError:
        return [], [Problem(name, "is not UTF-8 text", "Save it as UTF-8.")]
    if not isinstance(data, dict):
        return [], reader.problems or [Problem(f"{name}:1:1", MAPPING, MAPPINGS[TESTS])]
    positions = reader.positions.below((TESTS,))
    environment = Environment(environ, positions)
    filled = environment.fill({TESTS: data})
    left = Salvage(File, filled, positions, environment.unset)
    tests = left.found.tests if left.found else {}
    cases = [Case(test, trial, file.resolve(), left.positions, left.gaps) for test, trial in tests.items()]
    return cases, [*reader.problems, *environment.problems, *left.problems]
