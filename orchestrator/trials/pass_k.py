"""How far a team can be relied on: the chance that all of k attempts at a test pass, estimated from n of them.

It is the figure that τ-bench reports: of all ways to choose k of the n attempts, the share in which all have passed.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

from orchestrator.trials.results import Result, Verdict


def pass_k(result: Result, k: int) -> float | None:
    """Return the chance for one test; None for one that was skipped, or not attempted so often."""
    counted = [attempt for attempt in result.attempts if attempt.verdict is not Verdict.SKIPPED]
    if len(counted) < k:
        return None
    passed = sum(attempt.verdict is Verdict.PASSED for attempt in counted)
    return comb(passed, k) / comb(len(counted), k)


def mean_pass_k(results: Sequence[Result], k: int) -> float | None:
    """Return the chance for any of the tests; None if there is none."""
    known = [chance for result in results if (chance := pass_k(result, k)) is not None]
    return sum(known) / len(known) if known else None
