"""What a call amounted to."""

from __future__ import annotations

from typing import Any

from orchestrator.observe.facts import (
    CallEnded,
    CallerTurn,
    Fact,
    FirstAudio,
    HandedOver,
    Inferred,
    Outcome,
    Said,
    ToolRan,
)
from orchestrator.observe.tally import LATENCIES, Tally


def ways(*outcomes: Outcome) -> list[Fact]:
    """Handoffs that ended like this."""
    about: dict[str, Any] = {"source": "front", "target": "billing", "reason": "", "warm": True}
    return [HandedOver(start=1.0, end=1.1, outcome=outcome, **about) for outcome in outcomes]


def waited(seconds: float) -> FirstAudio:
    """An answer that took so long."""
    return FirstAudio(start=1.0, end=1.0 + seconds, agent="front", response_id="r")


def test_the_line_counts_what_happened() -> None:
    """Turns, handoffs, tools, tokens, latency and how it ended."""
    tally = Tally()
    model: dict[str, Any] = {"agent": "front", "session": "front", "response_id": "r", "status": "completed"}
    tool: dict[str, Any] = {"agent": "front", "name": "find", "call_id": "c", "arguments": "", "output": ""}
    for fact in (
        CallerTurn(start=1.0, end=2.0, agent="front", item_id="i", over=False),
        Said(start=2.0, end=2.0, who="caller", text="spoken", item_id="i"),
        Said(start=2.0, end=2.0, who="caller", text="typed", item_id="j", typed=True),
        ToolRan(start=1.0, end=2.0, outcome=Outcome.FAILED, **tool),
        *ways(Outcome.COMPLETED, Outcome.FAILED),
        waited(0.5),
        Inferred(start=1.0, end=2.0, error=None, tokens={"input": 4}, cost=0.125, **model),
        Inferred(start=1.0, end=2.0, error=None, tokens={"input": 2}, cost=0.125, **model),
        CallEnded(start=1.0, end=4.0, ending="left", reason="hang-up", agent="front"),
    ):
        tally.take(fact)

    assert tally.line() == {
        "seconds": 3.0,
        "turns": 2,
        "handoffs": 1,
        "tools": 1,
        "input_tokens": 6,
        "output_tokens": 0,
        "dollars": 0.25,
        "first_audio_p50": 0.5,
        "ending": "left",
        "reason": "hang-up",
    }


def test_latencies_are_bounded() -> None:
    """P36: memory does not grow with the call: the newest count."""
    tally = Tally()
    for turn in range(LATENCIES + 10):
        tally.take(waited(float(turn)))

    assert len(tally.first_audio) == LATENCIES
    assert tally.first_audio[-1] == LATENCIES + 9
