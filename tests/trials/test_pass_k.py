"""The chance that all of k attempts pass, by the estimator of τ-bench."""

from __future__ import annotations

import pytest

from orchestrator.trials.pass_k import mean_pass_k, pass_k
from orchestrator.trials.results import Attempt, Result, Verdict


def result(*verdicts: str) -> Result:
    """Return what came of a test by the verdicts of its attempts."""
    return Result(name="x", where="", attempts=[Attempt(verdict=Verdict(verdict)) for verdict in verdicts])


@pytest.mark.parametrize(("k", "chance"), [(1, 0.75), (2, 0.5), (3, 0.25), (4, 0.0), (5, None)])
def test_the_chance_is_the_share_of_all_choices_in_which_all_pass(k: int, chance: float | None) -> None:
    """Of four attempts three pass: so does one of one in 3 of 4 choices, two of two in 3 of 6, three of three in 1."""
    assert pass_k(result("passed", "failed", "passed", "passed"), k) == chance


def test_tests_that_were_skipped_do_not_count() -> None:
    """One that could not be run has not passed."""
    results = [result("skipped"), result("passed", "passed"), result("broken", "passed")]

    assert [pass_k(each, 1) for each in results] == [None, 1.0, 0.5]
    assert mean_pass_k(results, 1) == 0.75
    assert mean_pass_k(results, 2) == 0.5
    assert mean_pass_k(results[:1], 1) is None
