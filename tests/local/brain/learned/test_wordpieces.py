"""Words are cut into pieces."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.local.brain.learned.wordpieces import MOST, WordPieces

LINES = ["[UNK]", "[CLS]", "[SEP]", "tooth", "##ache", "##s", "a", ",", "cafe"]


@pytest.fixture
def pieces(tmp_path: Path) -> WordPieces:
    """A small vocabulary."""
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(LINES), "utf-8")
    return WordPieces(file)


def test_a_word_is_cut_into_the_longest_pieces(pieces: WordPieces) -> None:
    """Between the signs for the beginning and the end; capitals and accents do not count."""
    assert pieces.numbers("A toothaches") == (1, 6, 3, 4, 5, 2)
    assert pieces.numbers("Café, tooth") == (1, 8, 7, 3, 2)


def test_a_word_that_cannot_be_cut_is_unknown(pieces: WordPieces) -> None:
    """Even if it begins with a known piece."""
    assert pieces.numbers("toothbrush") == (1, 0, 2)
    assert pieces.numbers("") == (1, 2)


def test_a_long_text_is_cut_off(pieces: WordPieces) -> None:
    """Nobody says so much in one turn."""
    assert len(pieces.numbers("tooth " * 100)) == MOST
