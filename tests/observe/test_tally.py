"""What a call amounted to."""

from __future__ import annotations

from orchestrator.core.effects import Announce, EndCall, PlayAudio
from orchestrator.core.events import CallerTyped, Ending, ResponseFinished, SpeechStopped, TurnCommitted
from orchestrator.core.ids import SessionId
from orchestrator.observe.tally import LATENCIES, Tally

FRONT = SessionId("front")


def test_the_line_counts_what_happened() -> None:
    """Turns, handoffs, tools, tokens, latency and how it ended."""
    tally = Tally(10.0)
    tally.seen(SpeechStopped(FRONT, "i"), 11.0)
    tally.seen(TurnCommitted(FRONT, "i"), 11.0)
    tally.done(PlayAudio("i", "frame"), 11.5)
    tally.done(PlayAudio("i", "frame"), 11.6)
    for role in ("user", "assistant", "system"):  # an application may load what was said before
        tally.seen(CallerTyped({"role": role}), 11.7)
    for name in ("tool.called", "handoff.completed", "handoff.started"):
        tally.done(Announce(name), 12.0)
    for usage in ({"input_tokens": 4, "output_tokens": None}, {"input_tokens": 2}):
        tally.seen(ResponseFinished(FRONT, "r", "completed", usage=usage, cost=0.125), 12.5)
    tally.done(EndCall(Ending.LEFT, "hang-up"), 13.0)

    assert tally.line(13.0) == {
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
    """P36: memory does not grow with the call; a turn by hand counts from its commit."""
    tally = Tally(0.0)
    for turn in range(LATENCIES + 10):
        tally.seen(TurnCommitted(FRONT, "i"), float(turn))
        tally.done(PlayAudio("i", "frame"), turn + 0.25)

    assert len(tally.first_audio) == LATENCIES
    assert "first_audio_p50" not in Tally(0.0).line(1.0)
