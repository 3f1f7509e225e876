"""The report of a run of tests, for people: a line for each test while it runs, then what failed and why, and a sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from orchestrator.team.trials.cases import Case
from orchestrator.trials.explained import explained
from orchestrator.trials.pass_k import mean_pass_k, pass_k
from orchestrator.trials.results import Attempt, Result, Verdict

COLOURS = {Verdict.PASSED: "32", Verdict.FAILED: "31", Verdict.SKIPPED: "33", Verdict.BROKEN: "31"}


class Report:
    """Tells of tests as they are done."""

    def __init__(self, write: Callable[[str], None], *, coloured: bool) -> None:
        # Where each line goes, and whether it is a terminal that shows colours.
        self._write, self._coloured = write, coloured
        # What was told of so far.
        self._done: list[tuple[Case, Result]] = []

    def tell(self, case: Case, result: Result) -> None:
        """Write the line of a test that is done."""
        self._done.append((case, result))
        self._write(f"{self._verdict(result.verdict)}  {result.name}  {_figures(result)}".rstrip())

    def close(self, seconds: float) -> None:
        """Write what failed, and the sum; `seconds` is how long all tests have taken."""
        for case, result in self._done:
            if result.bad:
                self._write("")
                for line in self._failed(case, result):
                    self._write(line)
        if self._done:
            self._write("")
        for line in summary([result for _, result in self._done], seconds):
            self._write(line)

    def _failed(self, case: Case, result: Result) -> Iterator[str]:
        yield f"{self._verdict(result.verdict)}  {result.name}{_which(result)}"
        yield from failure_lines(case, result)

    def _verdict(self, verdict: Verdict) -> str:
        word = f"{verdict:<7}"
        return f"\x1b[{COLOURS[verdict]}m{word}\x1b[0m" if self._coloured else word


def failure_lines(case: Case, result: Result) -> Iterator[str]:
    """Yield the lines that explain the first attempt of a test that failed."""
    attempt = _first_bad(result)
    if attempt is None:
        return
    if attempt.reason:
        yield f"{case.place()}: {attempt.reason}"
    yield from explained(case, attempt)


def _first_bad(result: Result) -> Attempt | None:
    return next((attempt for attempt in result.attempts if attempt.verdict is result.verdict), None)


def _figures(result: Result) -> str:
    """Return how often a test passed, if it was attempted more than once, and how long its calls took."""
    if result.verdict is Verdict.SKIPPED:
        return next(attempt.reason for attempt in result.attempts)
    seconds = f"{sum(attempt.seconds for attempt in result.attempts):.1f} s"
    count = len(result.attempts)
    if count < 2:
        return seconds
    passed = sum(attempt.verdict is Verdict.PASSED for attempt in result.attempts)
    return f"{passed} of {count}, pass^{count} {pass_k(result, count):.2f}, {seconds}"


def _which(result: Result) -> str:
    """Return which attempt is explained, if there were several."""
    numbers = [number for number, attempt in enumerate(result.attempts, 1) if attempt.verdict is result.verdict]
    return f" (attempt {numbers[0]} of {len(result.attempts)})" if len(result.attempts) > 1 else ""


def summary(results: Sequence[Result], seconds: float) -> Iterator[str]:
    """Yield the last lines: pass^k where tests were repeated, and how many there were of each kind."""
    most = max((len(result.attempts) for result in results), default=0)
    chances = [(k, mean_pass_k(results, k)) for k in range(1, most + 1)]
    if most > 1:
        yield ", ".join(f"pass^{k} {chance:.2f}" for k, chance in chances if chance is not None)
    counts = Counter(result.verdict for result in results)
    told = ", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict if counts[verdict]) or "no tests"
    calls = sum(attempt.seconds for result in results for attempt in result.attempts)
    yield f"{told} in {seconds:.1f} s ({calls:.0f} s of calls)"
