"""Text is split where a reader breathes, and identifiers are spelled."""

from __future__ import annotations

import pytest

from orchestrator.local.speech.reading_aloud import chunks, for_speech, is_latin, sentences


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Order 48213 is here.", "Order four eight two one three is here."),
        ("Order 1005.", "Order one zero zero five."),
        ("Ticket AB-12345678.", "Ticket A B one two three four, five six seven eight."),
        ("Call 555123456.", "Call five five five, one two three, four five six."),
        ("It costs $1250 or 1,250 dollars.", "It costs $1250 or 1,250 dollars."),
        ("It costs 103.15 €.", "It costs €103.15."),
        ("At 7:30 pm on March 3, 2026.", "At 7:30 pm on March 3, 2026."),
        ("**Open** until `six`", "Open until six"),
        ("See [our page](https://example.com).", "See our page."),
    ],
)
def test_numbers_and_markup(written: str, said: str) -> None:
    """Identifiers digit by digit; amounts, times and years as they are; no markup."""
    assert for_speech(written) == said


def test_sentences() -> None:
    """Full stops of titles and decimals end nothing; what has no word is not said."""
    text = "I found Dr. Smith. It costs 3.50 euros! Really?\nYes. …"
    assert sentences(text) == ["I found Dr. Smith.", "It costs 3.50 euros!", "Really?", "Yes."]


def test_chunks_are_the_text() -> None:
    """The deltas of a transcript add up to it."""
    text = " One  two three. "
    assert "".join(chunks(text)) == text


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Hello.", True), ("Café Müller, łódź", True), ("48213", True), ("", True), ("Anna 您好", True),
        ("您好 Anna", True), ("您好。", False), ("您的订单 48213 已发货", False), ("Здравствуйте", False),
        ("Καλημέρα", False), ("こんにちは", False), ("안녕하세요", False), ("مرحبا", False), ("नमस्ते", False),
        ("您好,我是 Ann,请讲", False),
    ],
)  # fmt: skip
def test_scripts(text: str, latin: bool) -> None:
    """Most of the letters decide; digits are no letters."""
    assert is_latin(text) is latin
