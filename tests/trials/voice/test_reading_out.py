"""Tests of how callers read out what is written."""

from __future__ import annotations

import pytest

from orchestrator.trials.voice.reading_out import read_out


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("20417, in three months", "two zero four one seven, in three months"),
        ("555 0134 22", "five five five, zero one three four, two two"),
        ("the third of May 1984", "the third of May 1984"),
        ("it was 120 euros", "it was 120 euros"),
        ("D-E-M-I-R", "D, E, M, I, R"),
        ("m.keller@mailbox.org", "m dot keller at mailbox dot org"),
        ("my x-rays at 14:30", "my x-rays at 14:30"),
    ],
)
def test_reading_out(written: str, said: str) -> None:
    """Numbers digit by digit, addresses with their signs, spelled words by letters; years and amounts as words."""
    assert read_out(written) == said
