"""What two calls come to."""

from __future__ import annotations

from orchestrator.observe.facts import (
    CallBegan,
    CallEnded,
    Consulted,
    Fact,
    HandedOver,
    Happened,
    Interrupted,
    Outcome,
    Refused,
    ToolRan,
)
from orchestrator.replay.outcomes import Change, Outcomes, changes

BEGAN = CallBegan(start=0, end=0, agent="front")
WENT = HandedOver(
    start=1, end=2, source="front", target="billing", reason="", warm=True, outcome=Outcome.COMPLETED, seat="b"
)
REFUSED = Refused(start=3, end=3, agent="billing", name="refund", rule="needs", reason="no")
RAN = ToolRan(
    start=3, end=4, agent="billing", name="find", call_id="c", arguments="{}", output="x", outcome=Outcome.FAILED
)
ASKED = Consulted(start=3, end=5, agent="billing", to="wise", outcome=Outcome.COMPLETED)
SET = Happened(start=5, end=5, name="variables.set", fields={"values": {"pin": "1", "ok": True}})
LEFT = CallEnded(start=0, end=9, ending="left", reason="hang-up", agent="billing")
CUT = Interrupted(start=1, end=2, agent="front", response_id="r")


def taken(*facts: Fact) -> Outcomes:
    """Take in facts."""
    outcomes = Outcomes()
    for fact in facts:
        outcomes.take(fact)
    return outcomes


def test_facts_are_told_in_a_few_words() -> None:
    """Times and ids of them are no matter, nor is what does not change the way of a call."""
    told = taken(BEGAN, WENT, REFUSED, RAN, ASKED, SET, LEFT, CUT)

    assert {name: [step.text for step in steps] for name, steps in told.steps.items()} == {
        "agents": ["front", "[b] billing"],
        "refusals": ["billing: refund (needs)"],
        "tools": ["billing: find({}) failed"],
        "consults": ["billing asked wise"],
        "variables": ["pin = 1, ok = true"],
        "ending": ["left, with billing"],
    }


def test_what_differs_is_told_with_its_time() -> None:
    """It is supposed when it comes after a model was asked something else."""
    then, now = taken(BEGAN, WENT, LEFT), taken(BEGAN, REFUSED, LEFT)
    now.add("agents", 4.0, "tech (on the way)")

    assert changes(then, then, None) == []
    agents, refusals = changes(then, now, 2.5)
    way = ["front", "[b] billing"], ["front", "tech (on the way)"]
    assert agents == Change(name="agents", t=2, then=way[0], now=way[1], supposing=False)
    assert refusals == Change(name="refusals", t=3, then=[], now=["billing: refund (needs)"], supposing=True)
