"""Sentences are cut into pieces of which each belongs to a word."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.local.brain.learned.reading import Reading, read
from orchestrator.local.brain.learned.wordpieces import MOST, WordPieces

LINES = ["[UNK]", "[CLS]", "[SEP]", "tooth", "##ache", "12345", "a", ",", "jones", "for", "'", "s"]


@pytest.fixture
def pieces(tmp_path: Path) -> WordPieces:
    """A small vocabulary."""
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(LINES), "utf-8")
    return WordPieces(file)


def words(reading: Reading, first: int, last: int) -> str:
    """Return what was said from one piece to another."""
    return reading.said[reading.words[reading.of[first]].start : reading.words[reading.of[last]].end]


def test_a_piece_belongs_to_a_word(pieces: WordPieces) -> None:
    """Values are whole words, so only their first pieces begin one, and their last pieces end one."""
    reading = read("A toothache, Jones", pieces)

    assert reading.pieces == (1, 6, 3, 4, 7, 8, 2)
    assert reading.begins.tolist() == [True, True, False, True, True]
    assert reading.ends.tolist() == [True, False, True, True, True]
    assert words(reading, 1, 2) == "toothache"


@pytest.mark.parametrize("said", ["for seven seven oh four", "for 48213", "for forty-eight, two"])
def test_a_number_is_one_word(pieces: WordPieces, said: str) -> None:
    """However it is said: all numbers look the same."""
    reading = read(said, pieces)

    assert reading.pieces == (1, 9, 5, 2)
    assert words(reading, 1, 1) == said.removeprefix("for ")


def test_a_place_is_found_again(pieces: WordPieces) -> None:
    """Pieces of all words that stand there, even partly; none where no word stands."""
    reading = read("a toothache for Jones", pieces)

    assert reading.span(2, 11) == (1, 2)
    assert reading.span(14, 21) == (3, 4)
    assert reading.span(1, 2) is None


def test_what_the_spelling_tells(pieces: WordPieces) -> None:
    """Capitals, single letters, numbers and signs: the network does not see all of these."""
    capital, comma, letter, number = read("Jones, a 12", pieces).signs.tolist()

    assert capital == [1, 0, 0, 0, 1, 1]
    assert comma == [0, 0, 0, 1, 0, 0]
    assert letter == [0, 1, 0, 0, 1, 0]
    assert number == [0, 0, 1, 0, 0, 1]


def test_pieces_can_be_left_out(pieces: WordPieces) -> None:
    """The others still belong to the same words."""
    whole = read("a toothache for Jones", pieces)

    part = whole.only([1, 4])

    assert part.pieces == (1, 3, 8, 2)
    assert [words(part, at, at) for at in range(2)] == ["toothache", "Jones"]


def test_a_long_sentence_is_cut_off(pieces: WordPieces) -> None:
    """And one without words has only its beginning and end."""
    assert len(read("tooth " * 100, pieces).pieces) == MOST
    assert read(" ", pieces).pieces == (1, 2)
    assert read(" ", pieces).begins.tolist() == read(" ", pieces).ends.tolist() == []
