"""What a test expects, compared with what happened."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from orchestrator.observe.facts import (
    CallBegan,
    CallEnded,
    Consulted,
    Fact,
    FirstAudio,
    HandedOver,
    Inferred,
    Outcome,
    Refused,
    ToolRan,
)
from orchestrator.team.trials import EndExpected, Expected, WholeExpected
from orchestrator.trials.comparing import compare_end, compare_turn, compare_whole
from orchestrator.trials.results import Failure
from orchestrator.trials.witness import Seen, Words


def moved(source: str, target: str, seconds: float = 0.1, outcome: Outcome = Outcome.COMPLETED) -> HandedOver:
    """Return a handoff."""
    fault = "" if outcome is Outcome.COMPLETED else "it cannot be reached"
    what: dict[str, Any] = {"source": source, "target": target, "reason": "", "fault": fault, "warm": True}
    return HandedOver(start=1.0, end=1.0 + seconds, outcome=outcome, **what)


def ran(name: str, arguments: str = "{}", start: float = 1.0) -> ToolRan:
    """Return a tool that ran."""
    outcome = Outcome.COMPLETED
    fields: dict[str, Any] = {"agent": "front", "name": name, "call_id": "c", "arguments": arguments, "output": "done"}
    return ToolRan(start=start, end=start + 1, outcome=outcome, **fields)


def refused(rule: str) -> Refused:
    """Return a refusal."""
    return Refused(start=1.0, end=1.0, agent="front", name="transfer_to_billing", rule=rule, reason="No.")


def spent(cost: float) -> Inferred:
    """Return a response that cost something."""
    ids: dict[str, Any] = {"agent": "front", "session": "front", "response_id": "r"}
    return Inferred(start=0.0, end=1.0, status="completed", error=None, cost=cost, **ids)


BEGAN = CallBegan(start=0.0, end=0.0, agent="front")
ENDED = CallEnded(start=0.0, end=9.0, ending="left", reason="hang-up", agent="billing")
SOUND = FirstAudio(start=1.0, end=1.5, agent="billing", response_id="r")
SAID = (Words(agent="front", text="One moment."), Words(agent="billing", text="Billing here."))


def seen(*facts: Fact, **more: Any) -> Seen:
    """Return what happened to a caller who is with billing."""
    known: dict[str, Any] = {"agent": "billing", "words": SAID, "facts": facts, "today": date(2026, 12, 1), **more}
    return Seen(**known)


def turn(expected: dict[str, Any], what: Seen) -> list[Failure]:
    """Compare a turn."""
    return compare_turn(2, Expected.model_validate(expected), what)


@pytest.mark.parametrize(
    ("expected", "what"),
    [
        ({}, seen()),
        ({"agent": "billing", "says": ["one moment", "moment. Billing"], "says_not": "goodbye"}, seen()),
        ({"first_audio": 0.5}, seen(SOUND)),
        (
            {"handoff": {"from": "front", "to": "billing", "within": 0.2, "opens": "here"}},
            seen(moved("front", "billing")),
        ),
        ({"handoff": "verify"}, seen(moved("front", "verify"), moved("verify", "billing"))),
        ({"calls": ["a", "b"]}, seen(ran("a"), ran("x"), ran("b", start=2))),
        ({"calls": ["a", "b"]}, seen(ran("b"), ran("a"))),
        ({"calls": {"a": {"n": 5, "d": "<tomorrow>", "o": "*"}}}, seen(ran("a", '{"n": 5.0, "d": "2026-12-02"}'))),
        ({"never_calls": "a", "refused": []}, seen(ran("b"))),
        ({"refused": ["needs"]}, seen(refused("before"), refused("needs"))),
        ({"consults": "e"}, seen(Consulted(start=0, end=1, agent="front", to="e", outcome=Outcome.COMPLETED))),
        ({"knows": "refund", "never_told": "card"}, seen(arrived=["A Refund."])),
        ({"never_told": "card"}, seen(arrived=["card"], variables={"card": None})),
        ({"voice": "coral"}, seen(voice="coral")),
    ],
)
def test_what_is_as_expected_is_no_failure(expected: dict[str, Any], what: Seen) -> None:
    """Nothing more than what is written is asked for."""
    assert turn(expected, what) == []


@pytest.mark.parametrize(
    ("expected", "what", "key", "got", "note"),
    [
        ({"agent": "front"}, seen(), "agent", "billing", ""),
        ({"says": "sorry"}, seen(), "says", "One moment. Billing here.", ""),
        ({"says_not": "here"}, seen(), "says_not", "One moment. Billing here.", "said by billing"),
        ({"says_not": "moment. Billing"}, seen(), "says_not", "One moment. Billing here.", ""),
        ({"first_audio": 0.4}, seen(SOUND), "first_audio", 0.5, "from the end of the turn"),
        ({"first_audio": 0.4}, seen(), "first_audio", None, "nothing was heard"),
        ({"handoff": "billing"}, seen(), "handoff", [], ""),
        ({"handoff": {"from": "x"}}, seen(moved("a", "b")), "handoff", [{"from": "a", "to": "b"}], ""),
        ({"handoff": {"within": 0.05}}, seen(moved("a", "billing")), "handoff.within", 0.1, "first sound"),
        ({"handoff": {"opens": "hi"}}, seen(moved("a", "billing")), "handoff.opens", "Billing here.", "of billing"),
        ({"handoff": {"opens": "hi"}}, seen(moved("a", "b")), "handoff.opens", "", "of b"),
        ({"calls": "a"}, seen(), "calls", [], "a did not run"),
        (
            {"calls": ["b", "a"]},
            seen(ran("a"), ran("b", start=2)),
            "calls",
            [{"a": {}}, {"b": {}}],
            "a did not run after that",
        ),
        ({"calls": {"a": {"n": 1}}}, seen(ran("a", '{"n": 2}')), "calls", [{"a": {"n": 2}}], "n: 1 ≠ 2"),
        ({"calls": {"a": {"n": 1}}}, seen(ran("a", "[3]")), "calls", [{"a": {"": [3]}}], "n: 1 ≠ null"),
        ({"calls": {"a": {"n": 1}}}, seen(ran("a", "{")), "calls", [{"a": {"": "{"}}], "n: 1 ≠ null"),
        ({"never_calls": "a"}, seen(ran("a")), "never_calls", [{"a": {}}], "by front"),
        ({"refused": []}, seen(refused("needs")), "refused", ["needs"], "front transfer_to_billing: No."),
        ({"refused": "before"}, seen(refused("needs")), "refused", ["needs"], "No."),
        ({"consults": "e"}, seen(), "consults", [], ""),
        ({"knows": "refund"}, seen(arrived=["Hello."]), "knows", ["Hello."], "arrived at billing"),
        ({"never_told": "/card/"}, seen(arrived=["a", "A card."]), "never_told", "A card.", "arrived at billing"),
        ({"voice": "coral"}, seen(voice="echo"), "voice", "echo", ""),
        ({"voice": "coral"}, seen(), "voice", "", "names no voice"),
    ],
)
def test_what_is_not_so_is_told(expected: dict[str, Any], what: Seen, key: str, got: Any, note: str) -> None:
    """With the key, what was found in its place, and a word where that does not explain itself."""
    (failure,) = turn(expected, what)

    assert (failure.turn, failure.key, failure.got) == (2, key, got)
    assert note in failure.note


@pytest.mark.parametrize("text", ["It is 4821.", "four eight two one", "4 8 2 1", "PIN: 48-21"])
def test_a_variables_values_are_found_in_any_spelling(text: str) -> None:
    """Those that it has had, not only the last one."""
    known: dict[str, Any] = {"variables": {"pin": "9999"}, "values": {"pin": frozenset({"4821", "9999"})}}

    assert [one.key for one in turn({"never_told": "pin"}, seen(arrived=[text], **known))] == ["never_told"]
    assert turn({"never_told": "pin"}, seen(arrived=["The pin is 5577."], **known)) == []


def test_a_failed_handoff_says_why() -> None:
    """The caller did not get there."""
    (failure,) = turn({"handoff": "billing"}, seen(moved("a", "billing", outcome=Outcome.FAILED)))

    assert failure.got == [{"from": "a", "to": "billing", "outcome": "failed", "fault": "it cannot be reached"}]


def test_the_end_is_compared_with_the_whole_call() -> None:
    """Variables, handoffs, what ran and was refused, how it ended, and what it cost at most."""
    whole = seen(
        BEGAN, moved("front", "billing"), ran("a"), spent(0.04), spent(0.05), ENDED, variables={"v": 1, "w": "x"}
    )
    right = {"agent": "billing", "variables": {"v": 1.0, "w": "X"}, "handoffs": 1, "refused": [], "calls": "a"}
    wrong = {"agent": "front", "variables": {"v": 2, "none": 1}, "handoffs": 0, "refused": "needs", "never_calls": "a"}

    assert compare_end(EndExpected.model_validate({**right, "ending": "left", "cost": 0.09}), whole) == []
    failures = compare_end(EndExpected.model_validate({**wrong, "ending": "finished", "cost": 0.08}), whole)
    keys = ["agent", "variables.v", "variables.none", "refused", "never_calls", "handoffs", "ending", "cost"]
    assert [one.key for one in failures] == keys
    assert {one.turn for one in failures} == {None}
    assert [one.got for one in failures][-3:] == [1, "left", 0.09]


def test_a_call_that_has_not_ended_has_no_ending() -> None:
    """What was expected is not so."""
    (failure,) = compare_end(EndExpected(ending="left"), seen())

    assert failure.got is None


def test_the_call_of_a_simulated_caller() -> None:
    """Whom it reached, and what was never said."""
    whole = seen(BEGAN, moved("front", "verify"), ENDED)
    right = {"reaches": ["front", "verify", "billing"], "never_reaches": "person", "says_not": "stupid"}
    wrong = {"reaches": ["person", "front"], "never_reaches": ["verify", "x"], "says_not": "moment", "handoffs": 2}

    assert compare_whole(WholeExpected.model_validate(right), whole) == []
    failures = compare_whole(WholeExpected.model_validate(wrong), whole)
    assert [one.key for one in failures] == ["handoffs", "reaches", "never_reaches", "says_not"]
