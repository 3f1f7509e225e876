"""What a call amounted to."""

from __future__ import annotations

from typing import Any

from orchestrator.observe.facts import CallBegan, CallEnded, HandedOver, Happened, Inferred, Outcome
from orchestrator.records.summary import summarize

WAY: dict[str, Any] = {"start": 2.0, "end": 2.5, "source": "front", "reason": "", "warm": True}
MODEL: dict[str, Any] = {"agent": "front", "session": "front", "response_id": "r", "status": "completed", "error": None}


def test_a_call_comes_to_its_agents_figures_and_end() -> None:
    """An agent whose handoff failed had no caller; of several seats the last end counts."""
    facts = [
        CallBegan(start=0.0, end=0.0, agent="front"),
        Happened(start=1.0, end=1.0, name="variables.set", fields={"values": {"account": "A1", "card": "••••"}}),
        HandedOver(target="tech", outcome=Outcome.FAILED, **WAY),
        HandedOver(target="billing", outcome=Outcome.COMPLETED, **WAY),
        Happened(start=2.6, end=2.6, name="variables.set", fields={"values": {"account": "A2"}}),
        Inferred(start=1.0, end=2.0, tokens={"input": 4, "output": 3}, cost=0.5, **MODEL),
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
