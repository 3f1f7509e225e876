"""What came of a test of a team."""

from __future__ import annotations

import pytest

from orchestrator.trials.results import Attempt, Result, Verdict


@pytest.mark.parametrize(
    ("attempts", "verdict"),
    [
        ([Verdict.PASSED, Verdict.PASSED], Verdict.PASSED),
        ([Verdict.PASSED, Verdict.FAILED], Verdict.FAILED),
        ([Verdict.FAILED, Verdict.BROKEN], Verdict.BROKEN),
        ([Verdict.SKIPPED], Verdict.SKIPPED),
    ],
)
def test_a_test_is_as_good_as_its_worst_attempt(attempts: list[Verdict], verdict: Verdict) -> None:
    """One that passes now and then has not passed."""
    made = [Attempt(verdict=each) for each in attempts]
    assert Result(name="refund", where="agents.yaml:3:5", attempts=made).verdict is verdict
