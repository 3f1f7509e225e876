"""What Whisper mishears in times, and small words written twice, are put right; the rest is left alone."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.mishearings import corrected


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("half pass three", "half past three"), ("At half past free.", "At half past three."),
        ("Half pass free, please.", "Half past three, please."), ("half-past tree", "half past three"),
        ("half passed six", "half past six"), ("quarter pass ate", "quarter past eight"),
        ("half past for tomorrow", "half past four tomorrow"), ("half part three", "half past three"),
        ("ten pass to", "ten past two"), ("quarter too four", "quarter to four"), ("a quarter 2 4.", "a quarter to 4."),
        ("Can I come at for?", "Can I come at four?"), ("at ate in the evening", "at eight in the evening"),
        ("at won o'clock", "at one o'clock"), ("Tuesday at free p.m.", "Tuesday at three p.m."),
    ],
)  # fmt: skip
def test_times(heard: str, said: str) -> None:
    """By their sound, where a time must be."""
    assert corrected(heard) == said


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("My name is is Anna.", "My name is Anna."), ("I I need need a table", "I need a table"),
        ("the the the order", "the order"), ("I want to to cancel", "I want to cancel"),
    ],
)  # fmt: skip
def test_small_words_written_twice(heard: str, said: str) -> None:
    """Once is enough."""
    assert corrected(heard) == said


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("Yes, but it for.", "Yes, but at four."), ("Know that's everything. Bye.", "No, that's everything. Bye."),
("Never Minds By", "never mind bye"), ("Sorry, I'm in September.", "Sorry, I mean September."),
        ("Hang on, have past 10.", "Hang on, half past 10."), ("Have passed ten", "half past ten"),
        ("Yes, but a 3.", "Yes, but at 3."),
        ("What would alone of 20 cost?", "What would a loan of 20 cost?"), ("Thank you by.", "Thank you bye."),
        ("Wait when is it again.", "Wait, when is it again?"), ("How much is a cleaning.", "How much is a cleaning?"),
    ],
)  # fmt: skip
def test_short_replies(heard: str, said: str) -> None:
    """A word is put right where nothing else can be meant, and what asks something ends so."""
    assert corrected(heard) == said


@pytest.mark.parametrize(
    "text",
    [
        "I know that.", "I have passed ten of them.", "5 5", "No, not 5.", "Stop by.", "When I come home, call me.",
        "What I want is a room.", "No, I'm in London now.",
        "Where is my half of it?", "Is the parking free at half past six?", "a table for two", "I ate at four",
        "at for sale", "the first half passed quickly", "I passed free tickets on", "bye bye",
        "no no", "very very good", "4 4 2",
        "four four two", "New York New York", "that that is fine", "I was at free parking", "ten to for", "",
    ],
)  # fmt: skip
def test_the_rest_is_left_alone(text: str) -> None:
    """Words that make sense, and what people do say twice."""
    assert corrected(text) == text


@pytest.mark.parametrize(
    ("heard", "said"),
    [
        ("Weight half pass 2 is better.", "Wait, half past 2 is better."),
        ("The weight is half of that.", "The weight is half of that."),
        ("High there.", "Hi there."),
        ("For 2 knights.", "For 2 nights."),
        ("I need to check up on Friday at 9.", "I need a check-up on Friday at 9."),
        ("I need to check up on my order.", "I need to check up on my order."),
        ("No at 8.", "No, at 8."),
        ("No wait not 50-15.", "No, wait not 50, 15."),
        ("Not at all.", "Not at all."),
    ],
)
def test_homophones_beside_what_leaves_no_doubt(heard: str, said: str) -> None:
    """A wish, a greeting, nights, an appointment."""
    assert corrected(heard) == said
