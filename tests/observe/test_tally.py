"""What a call amounted to."""

from __future__ import annotations

from orchestrator.observe.facts import CallEnded, Outcome, Said
from orchestrator.observe.tally import LATENCIES, Tally
from tests.observe import happened


def test_the_line_counts_what_happened() -> None:
    """Turns, handoffs, tools, tokens, latency and how it ended."""
    tally = Tally()
    for fact in (
        happened.turn(),
        Said(start=2.0, end=2.0, who="caller", text="spoken", item_id="i"),
        Said(start=2.0, end=2.0, who="caller", text="typed", item_id="j", typed=True),
        happened.ran(outcome=Outcome.FAILED),
        happened.handed(),
        happened.handed(outcome=Outcome.FAILED),
        happened.waited(1.0, 1.5),
        happened.inferred(tokens={"input": 4}, cost=0.125),
        happened.inferred(tokens={"input": 2}, cost=0.125),
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
        tally.take(happened.waited(0.0, float(turn)))

    assert len(tally.first_audio) == LATENCIES
    assert tally.first_audio[-1] == LATENCIES + 9
