"""The report of a run of tests."""

from __future__ import annotations

from orchestrator.team.trials.cases import Case
from orchestrator.trials.report import Report, failure_lines
from orchestrator.trials.results import Attempt, Result, Verdict
from tests.trials.made import AGENT, CASE, PASSED, failed, result


def report(*results: Result, coloured: bool = False) -> list[str]:
    """Return the lines of a report."""
    lines: list[str] = []
    told = Report(lines.append, coloured=coloured)
    for each in results:
        told.tell(Case(each.name, CASE.trial, CASE.file, CASE.positions), each)
    told.close(1.25)
    return lines


def test_each_test_has_a_line_and_each_failure_its_reasons() -> None:
    """What was skipped says why; the last line is the sum."""
    skipped = Result(name="later", where="", attempts=[Attempt(verdict=Verdict.SKIPPED, reason="no model")])
    broken = Result(name="odd", where="", attempts=[Attempt(verdict=Verdict.BROKEN, reason="KeyError: 'x'")])
    lines = report(result(PASSED), result(failed(AGENT)), skipped, broken)

    assert lines[:4] == [
        "passed   refund  6.0 s",
        "failed   refund  6.0 s",
        "skipped  later  no model",
        "broken   odd  0.0 s",
    ]
    assert lines[4:7] == ["", "failed   refund", "tests.yaml:7:5 refund.talk.1"]
    assert lines[-5:] == [
        "",
        "broken   odd",
        "tests.yaml:1:1 odd: KeyError: 'x'",
        "",
        "1 passed, 1 failed, 1 skipped, 1 broken in 1.2 s (12 s of calls)",
    ]


def test_repeated_tests_say_how_far_they_can_be_relied_on() -> None:
    """By pass^k, for each and for all; the first attempt that failed is explained."""
    lines = report(result(PASSED, failed(AGENT), PASSED, failed()), result(PASSED, PASSED, PASSED, PASSED))

    assert lines[0] == "failed   refund  2 of 4, pass^4 0.00, 24.0 s"
    assert lines[1] == "passed   refund  4 of 4, pass^4 1.00, 24.0 s"
    assert lines[3] == "failed   refund (attempt 2 of 4)"
    assert lines[-2] == "pass^1 0.75, pass^2 0.58, pass^3 0.50, pass^4 0.50"


def test_colours_are_for_terminals() -> None:
    """Around the verdict only."""
    assert report(result(PASSED), coloured=True)[0] == "\x1b[32mpassed \x1b[0m  refund  6.0 s"


def test_a_run_without_tests_says_so() -> None:
    """And of a test that passed there is nothing to explain."""
    assert report() == ["no tests in 1.2 s (0 s of calls)"]
    assert list(failure_lines(CASE, Result(name="x", where=""))) == []
