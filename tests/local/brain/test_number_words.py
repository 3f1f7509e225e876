"""The number words of a language."""

from __future__ import annotations

import re

import pytest

from orchestrator.local.brain import language
from orchestrator.local.brain.number_words import expressions, plain_word


@pytest.mark.parametrize(
    ("code", "word", "parts"),
    [
        ("en", "Seven", ["seven"]),
        ("en", "sevenfold", []),
        ("de", "zweihundertfünf", ["zwei", "hundert", "funf"]),
        ("de", "einundzwanzig", ["einundzwanzig"]),
        ("de", "Einladung", []),
        ("de", "42", ["42"]),
    ],
)
def test_words_are_taken_apart(code: str, word: str, parts: list[str]) -> None:
    """A word is a number only if all of it is; where numbers are written together, their parts are found."""
    assert language.load(code).numbers.parts(word) == parts


def test_accents_do_not_matter() -> None:
    """A text without accents is as long as before, so that places in it stay."""
    assert plain_word("Fünf déjà ß") == "funf deja s"


def test_expressions_find_numbers_as_they_are_said() -> None:
    """Hours and minutes, with accents or without."""
    words = language.load("de").words["numbers"]
    hour = re.compile(expressions("de", words)["hour"])

    assert all(hour.fullmatch(said) for said in ("fünf", "fuenf", "12", "zwölf", "dreißig"))
    assert not hour.fullmatch("sechzig")
