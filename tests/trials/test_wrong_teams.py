"""Fifty deliberately wrong teams: the tests that come with the team notice them."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from orchestrator.team import load_team
from orchestrator.team.trials.files import read_cases
from orchestrator.trials.results import Verdict
from orchestrator.trials.run import run_trials

HERE = Path(__file__).parent / "wrong"
WRONG: list[dict[str, Any]] = yaml.safe_load((HERE / "wrong.yaml").read_text("utf-8"))
UNNOTICED = 2  # of fifty


def verdicts(folder: Path) -> dict[str, Verdict]:
    """Run the bank's tests on the team in a folder."""
    team = load_team(folder / "agents.yaml")
    cases, _ = read_cases(team, [HERE / "tests.yaml"])  # of a wrong team some name what is not there
    return {result.name: result.verdict for result in run_trials(team, cases)}


def test_the_team_passes_its_tests() -> None:
    """As it is."""
    assert set(verdicts(HERE).values()) == {Verdict.PASSED}


def test_nearly_all_are_noticed() -> None:
    """Of the others the file says why."""
    assert len(WRONG) == 50
    assert len([wrong for wrong in WRONG if "unnoticed" in wrong]) <= UNNOTICED


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong["name"])
def test_a_wrong_team_is_noticed(wrong: dict[str, Any], tmp_path: Path) -> None:
    """At least one test fails, and none breaks."""
    for file in ("agents.yaml", "tools.py"):
        shutil.copy(HERE / file, tmp_path)
    path = tmp_path / wrong.get("in", "agents.yaml")
    text = path.read_text("utf-8")
    for old, new in wrong["edits"]:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")

    found = set(verdicts(tmp_path).values())
    assert found == ({Verdict.PASSED} if "unnoticed" in wrong else {Verdict.PASSED, Verdict.FAILED})
