"""The figures of a call: answers, latencies and handoffs."""

from __future__ import annotations

from orchestrator.terminal.statistics import Figures


def test_a_latency_runs_from_the_end_of_speech_to_the_first_audio() -> None:
    """Only the first audio of an answer counts."""
    figures = Figures(spoke=1.0)
    for now in (1.5, 1.6):
        figures.heard(now)

    assert figures.latencies == [0.5]


def test_audio_that_answers_nobody_has_no_latency() -> None:
    """Such as the greeting."""
    figures = Figures()
    figures.heard(0.3)

    assert figures.latencies == []
    assert figures.new_latency() == ""


def test_a_latency_is_shown_once() -> None:
    """Beside the first line of its answer."""
    figures = Figures(spoke=1.0)
    figures.heard(1.25)

    assert figures.new_latency() == "   [250 ms]"
    assert figures.new_latency() == ""


def test_the_line_counts_and_takes_the_median() -> None:
    """One answer is not "1 answers"; a call without answers has no latency."""
    assert Figures().line(3.4) == "call of 3 s: 0 answers, 0 handoffs"
    assert Figures(latencies=[0.2], handoffs=1).line(9) == "call of 9 s: 1 answer, 1 handoff, median latency 200 ms"
    assert Figures(latencies=[0.1, 0.3, 0.9]).line(60) == "call of 60 s: 3 answers, 0 handoffs, median latency 300 ms"
