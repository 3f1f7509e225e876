"""How many words of a question a passage has, rare ones counting more (BM25): what is found without any model.

Words are compared by all runs of four letters in them, so that endings and compounds do not matter much in any
language: "card" is in "Mastercard", and "Müll" in "Restmülltonne". Chinese and Japanese, without spaces, are compared
by pairs of signs.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib import resources

LETTERS = 4  # that are compared at a time; a shorter word is compared as a whole
PAIR = 2
SATURATION, BY_LENGTH = 1.2, 0.75  # the usual ones of BM25
WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]+|[^\W_\u2e80-\u9fff\uac00-\ud7af]+")
UNSPACED = re.compile(r"[\u2e80-\u9fff]")
FILE = "filling.txt"  # beside this module


@cache
def filling() -> frozenset[str]:
    """Return the words that do not tell what a question is about, in several languages."""
    text = (resources.files(__package__) / FILE).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(word for line in lines for word in line.split())


def terms(text: str) -> list[str]:
    """Return what of a text is compared."""
    found: list[str] = []
    empty = filling()
    for word in WORD.findall(text.lower()):
        if UNSPACED.match(word):
            found += [pair for pair in _runs(word, PAIR) if pair not in empty and not set(pair) & empty]
        elif word not in empty:
            found += _runs(word, LETTERS)
    return found


def _runs(word: str, size: int) -> list[str]:
    return [word[at : at + size] for at in range(max(1, len(word) - size + 1))]


class Words:
    """The words of passages."""

    def __init__(self, texts: Sequence[str]) -> None:
        # How often each passage has which word, and how many it has.
        self._counts = [Counter(terms(text)) for text in texts]
        self._lengths = [max(1, counts.total()) for counts in self._counts]
        # How many passages have a word.
        self._having = Counter(term for counts in self._counts for term in counts)
        # How many words a passage has, on the average.
        self._usual = sum(self._lengths) / max(1, len(self._lengths))

    def scores(self, question: str) -> list[float]:
        """Return for each passage how much of the question's words it has: 0, up to 1 for all of them, many times."""
        asked = dict.fromkeys(terms(question))
        weights = {term: self._weight(term) for term in asked}
        most = sum(weights.values()) * (1 + SATURATION)
        if not most:
            return [0.0] * len(self._counts)
        return [
            sum(weight * self._part(counts[term], length) for term, weight in weights.items()) / most
            for counts, length in zip(self._counts, self._lengths, strict=True)
        ]

    def _weight(self, term: str) -> float:
        return math.log(1 + (len(self._counts) - self._having[term] + 0.5) / (self._having[term] + 0.5))

    def _part(self, count: int, length: int) -> float:
        long = 1 - BY_LENGTH + BY_LENGTH * length / self._usual
        return count * (1 + SATURATION) / (count + SATURATION * long)
