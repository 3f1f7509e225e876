"""Numbers in a text are read as they are said."""

from __future__ import annotations

import pytest

from orchestrator.core.memory.reading import NARROW, read, readings, tokens_of


@pytest.mark.parametrize(
    ("language", "said", "numbers"),
    [
        ("", "4 one 11", "4 11"),
        ("en", "forty one, forty-one forty and one", "41 41 41"),
        ("en", "forty, one", "40 1"),
        ("en", "sixty eleven ten five four twenty", "60 11 10 5 4 20"),
        ("en", "nineteen eighty four", "19 84"),
        ("en", "two thousand one hundred and five", "2105"),
        ("en", "forty one hundred eleven", "4111"),
        ("en", "ninety nine hundred; five hundred thousand", "9900 500000"),
        ("en", "hundred, a thousand and one", "100 1001"),
        ("en", "double five triple one double 5127", "55 111 55127"),
        ("en", "twenty double one", "20 11"),
        ("en", "double the trouble and then five", "5"),
        ("en, oh", "oh seven", "0 7"),
        ("en", "oh seven", "7"),
        ("fr", "quatre-vingt-dix-sept, quatre-vingt-un, soixante et onze, dix-sept", "97 81 71 17"),
        ("fr", "deux mille vingt-quatre, quatre, vingt", "2024 4 20"),
        ("de", "zweiundvierzig, dreißig, zwo", "42 30 2"),
        ("es", "veintidos, treinta y uno", "22 31"),
        ("it", "ventuno, trentotto, quarantadue", "21 38 42"),
        ("nl", "eenentwintig", "21"),
        ("zh", "四一壹 double one 일이", "4 1 1 12"),
    ],
)
def test_numbers_are_read_as_they_are_said(language: str, said: str, numbers: str) -> None:
    """Tens and units, hundreds, what is double; each language in its own way."""
    said = said.translate(NARROW)
    assert " ".join(piece.text for piece in read(tokens_of(said), said, language)) == numbers


def test_each_piece_knows_its_place() -> None:
    """From the first to the last word that belongs to it."""
    said = "so, double five and forty one."
    [first, second] = read(tokens_of(said), said, "en")

    assert (said[first.start : first.end], said[second.start : second.end]) == ("double five", "forty one")


def test_a_text_is_read_in_the_languages_that_occur_in_it() -> None:
    """Digits alone always; languages that have the same words in it once."""
    assert [[piece.text for piece in one] for one in readings(tokens_of("a 4 b"), "a 4 b")] == [["4"]]
    said = "to 4 tre"
    read_as = [[piece.text for piece in one] for one in readings(tokens_of(said), said)]
    assert ["4"] in read_as
    assert read_as.count(["2", "4", "3"]) == 1
    assert ["4", "3"] in read_as  # Italian


PLAIN = {
    "é": "e",
    "５": "5",
    "٣": "3",
    "𝟗": "9",
    "①": "1",
    "⒈": "1",
    "ß": "s",
    "½": "½",
    "⒑": "⒑",
    "ﬁ": "ﬁ",
    "일": "일",
}


@pytest.mark.parametrize(("character", "plain"), PLAIN.items())
def test_characters_that_mean_the_same_are_the_same(character: str, plain: str) -> None:
    """One for one, so that places stay what they are."""
    assert character.translate(NARROW) == plain
