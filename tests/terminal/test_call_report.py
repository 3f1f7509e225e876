"""What `orchestrator calls` prints."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.observe.facts import Fact, Outcome, Said
from orchestrator.terminal.call_report import LONGEST, length, listed, moment, report, shown, told
from tests.observe import happened

CALL: dict[str, Any] = {
    "id": "sess_1", "team": "helpdesk", "started": 1_795_881_600.0, "ended": 1_795_881_692.0, "ending": "left",
    "reason": "hang-up", "agent": "billing", "agents": ["front", "billing"], "seconds": 92.4, "turns": 2,
    "handoffs": 1, "tools": 1, "tokens": {"input": 1200, "output": 34}, "cost": 0.0123,
    "variables": {"account": "A1", "card": "••••"},
}  # fmt: skip
FAILED: dict[str, Any] = {"outcome": Outcome.FAILED}
FOUND: dict[str, Any] = {"agent": "billing", "arguments": {"n": 1}}
DECISION = {"why": "wants something", "candidates": {"find": 0.4}}


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (happened.handed(), "front → billing (0.50 s, warm) an invoice"),
        (happened.handed(fault="gone", **FAILED), "front → billing failed: gone"),
        (happened.handed(fault=None, **FAILED), "front → billing failed: (not kept)"),
        (happened.handed(reason=None), "front → billing (0.50 s, warm) (not kept)"),
        (happened.handed(reason="", function="transfer_to_billing", arguments='{"order": 7}'),
         'front → billing (0.50 s, warm) transfer_to_billing({"order": 7})'),
        (happened.handed(decision=DECISION),
         "front → billing (0.50 s, warm) an invoice [local router: wants something: find 0.4]"),
        (happened.ran(**FOUND), 'billing: find({"n": 1}) → 12.50 (0.50 s)'),
        (happened.ran(**FOUND, **FAILED), 'billing: find({"n": 1}) failed: 12.50 (0.50 s)'),
        (happened.asked(), "front asked planner: completed (0.50 s)"),
        (happened.refused(), "front: refund refused by a rule (needs): a PIN first"),
        (happened.interrupted(), "the caller interrupted front, who fell silent after 0.50 s"),
        (happened.awaited(**FAILED), "the caller waited 0.50 s for operator: failed"),
        (happened.held(fate="lost", code="closed", reason="1006"), "front: session lost closed 1006"),
        (happened.held(fate="renewed"), "front: session renewed"),
        (happened.held(), ""),
        (happened.announced("variables.set", values={"account": "A1"}), "account = A1"),
        (happened.announced("session.restored", agent="front"), "session restored agent=front"),
        (happened.inferred(), ""),
    ],
)  # fmt: skip
def test_each_fact_has_its_words(fact: Fact, words: str) -> None:
    """What the transcript says is not said twice."""
    assert told(fact) == words


def test_a_report_tells_words_and_facts_in_order() -> None:
    """Under the first lines, which say what the call was."""
    facts = [
        happened.turn(0.5, 2.0),
        Said(start=2.5, end=2.5, who="caller", text="My invoice.", item_id="i"),
        happened.waited(2.0, 3.25, "billing"),
        Said(start=3.5, end=3.5, who="billing", text="12.50.", item_id="a", response_id="r", seat="Anna"),
        happened.handed(),
    ]

    lines = list(report(CALL, facts))

    assert lines[0].startswith("sess_1  helpdesk  20")
    assert lines[0].endswith("  1:32  left (hang-up)")
    assert lines[1:] == [
        "agents: front, billing; 2 turns, 1 handoff, 1 tool, 1,234 tokens, $0.0123",
        "variables: account = A1, card = ••••",
        "",
        "    0.50  caller: My invoice.",
        "    1.00  front → billing (0.50 s, warm) an invoice",
        "    3.50  [Anna] billing: 12.50.",
    ]


def test_a_list_has_a_line_for_each_call() -> None:
    """Of one that goes on with what has happened so far; of one that was lost at its beginning no figures are known."""
    begun = {"team": "helpdesk", "started": CALL["started"], "agent": None, "ending": None}
    live = {**begun, "id": "sess_2", "agent": "front", "turns": 3, "handoffs": 0, "seconds": 61.2}
    head, first, second, third = listed([CALL, live, {**begun, "id": "sess_3", "ending": "lost"}])

    assert head.split() == ["started", "call", "team", "length", "turns", "handoffs", "agent", "end"]
    assert first.split()[2:] == ["sess_1", "helpdesk", "1:32", "2", "1", "billing", "left"]
    assert second.split()[2:] == ["sess_2", "helpdesk", "1:01", "3", "0", "front", "open"]
    assert third.split()[2:] == ["sess_3", "helpdesk", "lost"]


@pytest.mark.parametrize(
    ("delivery", "words"),
    [
        ({"state": "waiting", "attempts": 0, "error": None, "due": CALL["ended"]}, "not delivered yet, 0 attempts"),
        ({"state": "waiting", "attempts": 1, "error": "NotTaken: it answered 503", "due": CALL["ended"]},
         f"not delivered yet, 1 attempt, again at {moment(CALL['ended'])}; the last error: NotTaken: it answered 503"),
        ({"state": "failed", "attempts": 8, "error": "ConnectError", "due": None},
         "given up after 8 attempts; the last error: ConnectError"),
    ],
    ids=["not tried", "tried again", "given up"],
)  # fmt: skip
def test_a_report_says_how_far_a_finished_call_is_on_its_way(delivery: dict[str, Any], words: str) -> None:
    """To whom the team file names under `after`; nothing once it was taken."""
    assert f"after: {words}" in list(report({**CALL, "delivery": delivery}, []))
    assert "after:" not in str(list(report({**CALL, "delivery": None}, [])))


def test_values_are_shown_on_one_line() -> None:
    """Cut, whatever they are."""
    assert shown("a\n b") == "a b"
    assert shown({"a": [1]}) == '{"a": [1]}'
    assert len(shown("x" * 500)) == LONGEST
    assert length(None) == ""
