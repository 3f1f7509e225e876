"""Cuts a text into the pieces of words that MiniLM knows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

TOKEN = re.compile(r"\w+|[^\w\s]")
INSIDE = "##"  # marks a piece that does not begin a word
UNKNOWN, BEGIN, END = "[UNK]", "[CLS]", "[SEP]"
MOST = 64  # pieces of a text; what comes after them is not looked at

Pieces = tuple[int, ...]


class WordPieces:
    """The pieces and their numbers."""

    def __init__(self, vocabulary: Path) -> None:
        # Piece → its number, which is that of its line.
        self._numbers = {piece: at for at, piece in enumerate(vocabulary.read_text("utf-8").split("\n"))}

    def numbers(self, text: str) -> Pieces:
        """Return the numbers of a text's pieces, between those of the beginning and the end."""
        found = [number for word in TOKEN.findall(text) for number in self.cut(word)]
        return self.bounded(found[: MOST - 2])

    def bounded(self, inner: Sequence[int]) -> Pieces:
        """Return numbers of pieces between those of the beginning and the end."""
        return (self._numbers[BEGIN], *inner, self._numbers[END])

    def cut(self, word: str) -> list[int]:
        """Return the longest piece that begins the word, then the longest that begins the rest, and so on."""
        apart = unicodedata.normalize("NFD", word.lower())
        word = "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")
        found: list[int] = []
        start = 0
        while start < len(word):
            lead = INSIDE if start else ""
            ends = range(len(word), start, -1)
            end = next((end for end in ends if lead + word[start:end] in self._numbers), None)
            if end is None:
                return [self._numbers[UNKNOWN]]
            found.append(self._numbers[lead + word[start:end]])
            start = end
        return found
