"""Results of tests for reports, made by hand."""

from __future__ import annotations

from pathlib import Path

from orchestrator.observe.facts import HandedOver, Outcome, Said, ToolRan
from orchestrator.team.positions import Positions
from orchestrator.team.trials import Trial
from orchestrator.team.trials.cases import Case
from orchestrator.trials.results import Attempt, Failure, Result, Verdict

PLACES = Positions(
    "tests.yaml", {("tests", "refund"): (3, 1), ("tests", "refund", "talk", 1): (7, 5)}, above=("tests",)
)
CASE = Case(
    "refund", Trial.model_validate({"talk": [{"caller": "Hello."}, {"caller": "4821"}]}), Path("/t/tests.yaml"), PLACES
)
FACTS = (
    Said(start=0.0, end=0.0, who="front", text="Welcome.", item_id="a"),
    Said(start=2.0, end=2.0, who="caller", text="Hello.", item_id="b", typed=True),
    HandedOver(
        start=2.0, end=2.5, source="front", target="verify", reason="money", warm=True, outcome=Outcome.COMPLETED
    ),
    Said(start=2.5, end=2.5, who="verify", text="Your PIN?", item_id="c"),
    Said(start=5.0, end=5.0, who="caller", text="4821", item_id="d", typed=True),
    ToolRan(
        start=5.0,
        end=5.0,
        agent="verify",
        name="check_pin",
        call_id="e",
        arguments='{"pin": "4812"}',
        output="wrong",
        outcome=Outcome.COMPLETED,
    ),
    Said(start=5.0, end=5.0, who="verify", text="That is wrong.", item_id="f"),
)


def failed(*failures: Failure, seconds: float = 6.0) -> Attempt:
    """Return an attempt of two turns that failed."""
    return Attempt(verdict=Verdict.FAILED, failures=failures, facts=FACTS, turns=(1, 4), seconds=seconds)


PASSED = Attempt(verdict=Verdict.PASSED, seconds=6.0)
AGENT = Failure(turn=1, key="agent", expected="billing", got="verify")


def result(*attempts: Attempt) -> Result:
    """Return what came of the test."""
    return Result(name="refund", where=CASE.place(), attempts=attempts)
