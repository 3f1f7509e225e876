"""What a call amounted to."""

from __future__ import annotations

from orchestrator.observe.facts import CallBegan, CallEnded, Outcome
from orchestrator.records.summary import summarize
from tests.observe import happened


def test_a_call_comes_to_its_agents_figures_and_end() -> None:
    """An agent whose handoff failed had no caller; of several seats the last end counts."""
    facts = [
        CallBegan(start=0.0, end=0.0, agent="front"),
        happened.announced("variables.set", values={"account": "A1", "card": "••••"}),
        happened.handed("front", "tech", outcome=Outcome.FAILED),
        happened.handed("front", "billing"),
        happened.announced("variables.set", 2.6, values={"account": "A2"}),
        happened.inferred(tokens={"input": 4, "output": 3}, cost=0.5),
    ]
    ended = CallEnded(start=0.0, end=9.0, ending="left", reason="hang-up", agent="billing")

    live = summarize(facts)

    assert live == {
        "ending": None, "reason": "", "agent": "billing", "agents": ["front", "billing"], "seconds": 2.6, "turns": 0,
        "handoffs": 1, "tools": 0, "tokens": {"input": 4, "output": 3}, "cost": 0.5,
        "variables": {"account": "A2", "card": "••••"},
    }  # fmt: skip
    over = {"ending": "left", "reason": "hang-up", "seconds": 9.0}
    assert summarize([*facts, ended]) == {**live, **over}
