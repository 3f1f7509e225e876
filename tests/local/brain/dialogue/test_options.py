"""Which of the times that were named a caller means."""

from __future__ import annotations

import pytest

from orchestrator.local.brain.dialogue.options import chosen_time

OFFER = "It starts at ten, at two and at half past six."


@pytest.mark.parametrize(
    ("words", "offer", "time"),
    [
        ("the evening one's good", OFFER, "18:30"),
        ("the morning one", OFFER, "10:00"),
        ("I'd rather have the afternoon one", OFFER, "14:00"),
        ("the first one please", OFFER, "10:00"),
        ("the last one please", OFFER, "18:30"),
        ("the other one", "At ten, or at eleven.", "11:00"),
        ("the evening one", "It starts at ten and at eleven.", ""),
        ("the evening one", "It starts at seven in the evening.", ""),
        ("that is fine", OFFER, ""),
    ],
)
def test_one_of_several_times_is_chosen(words: str, offer: str, time: str) -> None:
    """By the part of the day or by its place; none when it is not clear which."""
    assert chosen_time(words, offer) == time
