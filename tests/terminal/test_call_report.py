"""What `orchestrator calls` prints."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.observe.facts import (
    CallerTurn,
    Consulted,
    Fact,
    FirstAudio,
    HandedOver,
    Happened,
    Inferred,
    Interrupted,
    Opening,
    Outcome,
    PersonWaited,
    Refused,
    Said,
    SessionHeld,
    ToolRan,
)
from orchestrator.terminal.call_report import LONGEST, length, listed, moment, report, shown, told

CALL: dict[str, Any] = {
    "id": "sess_1", "team": "helpdesk", "started": 1_795_881_600.0, "ended": 1_795_881_692.0, "ending": "left",
    "reason": "hang-up", "agent": "billing", "agents": ["front", "billing"], "seconds": 92.4, "turns": 2,
    "handoffs": 1, "tools": 1, "tokens": {"input": 1200, "output": 34}, "cost": 0.0123,
    "variables": {"account": "A1", "card": "••••"},
}  # fmt: skip
AT: dict[str, Any] = {"start": 1.0, "end": 1.5}
WAY: dict[str, Any] = {**AT, "source": "front", "target": "billing", "reason": "an invoice", "warm": True}
TOOL: dict[str, Any] = {
    **AT,
    "agent": "billing",
    "name": "find",
    "call_id": "c",
    "arguments": '{"n": 1}',
    "output": "12.50",
}
HELD: dict[str, Any] = {**AT, "agent": "front", "session": "front", "opened": 1.0, "opening": Opening.WARM}


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (HandedOver(outcome=Outcome.COMPLETED, **WAY), "front → billing (0.50 s, warm) an invoice"),
        (HandedOver(outcome=Outcome.FAILED, fault="gone", **WAY), "front → billing failed: gone"),
        (HandedOver(outcome=Outcome.FAILED, fault=None, **WAY), "front → billing failed: (not kept)"),
        (HandedOver(outcome=Outcome.COMPLETED, **{**WAY, "reason": None}), "front → billing (0.50 s, warm) (not kept)"),
        (HandedOver(outcome=Outcome.COMPLETED, function="transfer_to_billing", arguments='{"order": 7}',
                    **{**WAY, "reason": ""}),
         'front → billing (0.50 s, warm) transfer_to_billing({"order": 7})'),
        (HandedOver(outcome=Outcome.COMPLETED, decision={"why": "wants something", "candidates": {"find": 0.4}}, **WAY),
         "front → billing (0.50 s, warm) an invoice [local router: wants something: find 0.4]"),
        (ToolRan(outcome=Outcome.COMPLETED, **TOOL), 'billing: find({"n": 1}) → 12.50 (0.50 s)'),
        (ToolRan(outcome=Outcome.FAILED, **TOOL), 'billing: find({"n": 1}) failed: 12.50 (0.50 s)'),
        (Consulted(agent="front", to="planner", outcome=Outcome.COMPLETED, **AT),
         "front asked planner: completed (0.50 s)"),
        (Refused(agent="front", name="refund", rule="needs", reason="a PIN first", **AT),
         "front: refund refused by a rule (needs): a PIN first"),
        (Interrupted(agent="front", response_id="r", **AT),
         "the caller interrupted front, who fell silent after 0.50 s"),
        (PersonWaited(agent="helper", outcome=Outcome.FAILED, **AT), "the caller waited 0.50 s for helper: failed"),
        (SessionHeld(fate="lost", code="closed", reason="1006", **HELD), "front: session lost closed 1006"),
        (SessionHeld(fate="renewed", **HELD), "front: session renewed"),
        (SessionHeld(fate="closed", **HELD), ""),
        (Happened(name="variables.set", fields={"values": {"account": "A1"}}, **AT), "account = A1"),
        (Happened(name="session.restored", fields={"agent": "front"}, **AT), "session restored agent=front"),
        (Inferred(agent="front", session="front", response_id="r", status="completed", error=None, **AT), ""),
    ],
)  # fmt: skip
def test_each_fact_has_its_words(fact: Fact, words: str) -> None:
    """What the transcript says is not said twice."""
    assert told(fact) == words


def test_a_report_tells_words_and_facts_in_order() -> None:
    """Under the first lines, which say what the call was."""
    facts = [
        CallerTurn(start=0.5, end=2.0, agent="front", item_id="i", over=False),
        Said(start=2.5, end=2.5, who="caller", text="My invoice.", item_id="i"),
        FirstAudio(start=2.0, end=3.25, agent="billing", response_id="r"),
        Said(start=3.5, end=3.5, who="billing", text="12.50.", item_id="a", response_id="r", seat="Anna"),
        HandedOver(outcome=Outcome.COMPLETED, **WAY),
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
