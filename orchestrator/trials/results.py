"""What came of a test of a team: for reports, and for whoever counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from orchestrator.observe.facts import Fact


class Verdict(StrEnum):
    """What came of a test."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"  # what it needs is not there: the reason says what
    BROKEN = "broken"  # it could not be run: a mistake of ours, or of a tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Something that was expected and is not so."""

    turn: int | None  # from 0; None: of the whole call
    key: str  # of the expectation, such as "agent" or "calls"
    expected: Any  # as the test says it
    got: Any  # as JSON
    note: str = ""  # one sentence, where the two values do not explain themselves


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One run of a test."""

    verdict: Verdict
    reason: str = ""  # why it was skipped, or could not be run
    failures: Sequence[Failure] = ()
    facts: Sequence[Fact] = ()  # the timeline of the call
    turns: Sequence[int] = ()  # for each turn of the caller, how many facts were known when it began
    seconds: float = 0.0  # of the call, in its own time


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All attempts at a test."""

    name: str
    where: str  # in which file, and where in it
    attempts: Sequence[Attempt] = field(default_factory=tuple)

    @property
    def bad(self) -> bool:
        """Whether an attempt has failed, or could not be run."""
        return self.verdict in (Verdict.FAILED, Verdict.BROKEN)

    @property
    def verdict(self) -> Verdict:
        """The worst of all attempts."""
        worst = (Verdict.BROKEN, Verdict.FAILED, Verdict.SKIPPED)
        found = {attempt.verdict for attempt in self.attempts}
        return next((verdict for verdict in worst if verdict in found), Verdict.PASSED)
