"""The words for numbers."""

from __future__ import annotations

import pytest

from orchestrator.core.memory.number_words import DIGITS, LANGUAGES, NUMBERS, ROOMS, TEENS, TENS
from orchestrator.core.memory.reading import NARROW


@pytest.mark.parametrize("language", DIGITS)
def test_every_language_has_ten_digits(language: str) -> None:
    """And as many tens as there are; each word is written as texts are compared: small, without accents."""
    assert len(DIGITS[language].split()) == 10
    assert len(TENS.get(language, " a" * 8).split()) == 8
    assert len(TEENS.get(language, " a" * 10).split()) in (7, 10)
    for word in NUMBERS[language]:
        assert word.lower().translate(NARROW) == word
        assert language in LANGUAGES[word]


@pytest.mark.parametrize("language", TENS)
def test_numbers_below_a_hundred_can_be_said(language: str) -> None:
    """In one word, or as a ten and a unit."""
    said = {number for _, _, number in NUMBERS[language].values()}
    rooms = ROOMS.get(language, {})
    said |= {ten + unit for ten, room in rooms.items() for unit in said if 0 < unit < room}

    assert {*range(80 if language == "fr" else 100)} <= said
