"""A failed test, for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from orchestrator.observe.facts import Said
from orchestrator.team.trials import Trial
from orchestrator.team.trials.cases import Case
from orchestrator.trials.explained import MOST_LINES, around, compared, explained, place, shown
from orchestrator.trials.results import Failure
from tests.trials.made import AGENT, CASE, failed

TODAY = date(2026, 12, 1)


def test_a_failure_has_its_place_what_happened_around_it_and_both_values() -> None:
    """The turn before it too; the transcript stands once, also for what is wrong with the whole call."""
    end = Failure(turn=None, key="handoffs", expected=2, got=1, note="front → verify")

    assert list(explained(CASE, failed(AGENT, end))) == [
        "tests.yaml:7:5 refund.talk.1",
        "       2.00  caller: Hello.",
        "       2.00  front → verify (0.50 s, warm) money",
        "       2.50  verify: Your PIN?",
        "  >    5.00  caller: 4821",
        '  >    5.00  verify: check_pin({"pin": "4812"}) → wrong (0.00 s)',
        "  >    5.00  verify: That is wrong.",
        '  agent: expected "billing"',
        '         got      "verify"',
        "tests.yaml:3:1 refund.end",
        "  handoffs: expected 2  (front → verify)",
        "            got      1",
    ]


def test_what_is_wrong_with_the_whole_call_alone_comes_after_its_last_words() -> None:
    """Those of its last turn and the one before."""
    lines = list(explained(CASE, failed(Failure(turn=None, key="cost", expected=0.1, got=0.2))))

    assert lines[0] == "tests.yaml:3:1 refund.end"
    assert lines[-3] == "  >    5.00  verify: That is wrong."


def test_a_call_that_failed_before_its_first_turn_is_told_as_far_as_it_went() -> None:
    """Or when the call of a simulated caller has no turns at all."""
    early = replace(failed(AGENT), turns=())
    lines = list(around(early, -1))

    assert len(lines) == 7
    assert [line.split("  ")[-1] for line in around(failed(AGENT), 0)] == [
        "front: Welcome.",
        "caller: Hello.",
        "front → verify (0.50 s, warm) money",
        "verify: Your PIN?",
    ]


def test_a_long_transcript_is_cut_at_its_beginning() -> None:
    """What is told of the turn itself is nearer to the failure."""
    said = [Said(start=at, end=at, who="front", text=f"Line {at}.", item_id=str(at)) for at in range(MOST_LINES + 5)]
    lines = list(around(replace(failed(AGENT), facts=said, turns=(0,)), 0))

    assert lines[0] == "    … 5 lines before …"
    assert lines[1].endswith("front: Line 5.")
    assert len(lines) == MOST_LINES + 1


def test_arguments_are_compared_one_by_one() -> None:
    """With the call that comes nearest; those that the test does not name are shown, and need not differ."""
    wanted = {"check_pin": {"pin": "4821", "day": "<tomorrow>", "tries": 1}}
    calls = [{"check_pin": {"pin": "1"}}, {"check_pin": {"pin": "4812", "day": "2026-12-02", "by": "Ann"}}, {"x": {}}]
    failure = Failure(turn=0, key="calls", expected=wanted, got=calls, note="pin: …")

    assert list(compared(failure, TODAY)) == [
        "calls:",
        "    check_pin",
        '  -   pin: "4821"',
        '  +   pin: "4812"',
        '      day: "2026-12-02"',
        "  -   tries: 1",
        '      by: "Ann"',
    ]


@pytest.mark.parametrize(
    ("failure", "lines"),
    [
        (
            Failure(turn=0, key="calls", expected={"refund": {}}, got=[{"find": {}}], note="refund did not run"),
            ['calls: expected {"refund": {}}  (refund did not run)', '       got      [{"find": {}}]'],
        ),
        (
            Failure(turn=0, key="rest", expected=None, got="the answer of x", note="not done after 9 seconds"),
            ['rest: "the answer of x"  (not done after 9 seconds)'],
        ),
        (
            Failure(turn=0, key="voice", expected="coral", got=""),
            ['voice: expected "coral"', "       got      nothing"],
        ),
    ],
)
def test_other_values_stand_below_each_other(failure: Failure, lines: list[str]) -> None:
    """What cannot be expected is told with its reason alone."""
    assert list(compared(failure, TODAY)) == lines


def test_long_values_are_cut() -> None:
    """On one line."""
    assert shown("word\n" * 200).endswith("…")
    assert len(shown(["a b"] * 200)) == 300


def test_what_is_expected_of_a_simulated_caller_has_its_own_key() -> None:
    """It has no turns in the file."""
    assert place(Case("x", Trial.model_validate({"caller": {"goal": "y"}})), None) == "tests.yaml:1:1 x.expect"
