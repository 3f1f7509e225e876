"""A sentence as the network sees it: its pieces, and which of the caller's words each of them is.

Numbers are replaced: an order number does not tell what the caller wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from orchestrator.local.brain.learned.weights import Floats
from orchestrator.local.brain.learned.wordpieces import MOST, TOKEN, Pieces, WordPieces
from orchestrator.local.brain.understanding import numbers

DIGITS, NUMBER = re.compile(r"\d+"), "12345"
FEWEST = 2  # digits of a number that is replaced when it is said in words
SIGNS = 6  # what the spelling of a word tells beside its pieces


@dataclass(frozen=True, slots=True)
class Word:
    """A word or sign, or a whole number, and where it stands."""

    text: str
    start: int
    end: int

    def signs(self, said: str) -> list[bool]:
        """Return what the network does not see: capitals, single letters, numbers, and signs around it."""
        written = said[self.start : self.end]
        return [
            written[:1].isupper(),
            len(written) == 1 and written.isalpha(),
            NUMBER in self.text,
            not written[:1].isalnum(),
            not said[: self.start].rstrip()[-1:].isalnum(),
            not said[self.end :].lstrip()[:1].isalnum(),
        ]


@dataclass(frozen=True)
class Reading:
    """A sentence in pieces."""

    said: str
    words: tuple[Word, ...]
    pieces: Pieces
    of: tuple[int, ...]  # for each piece but the first and last, the word that it belongs to

    @cached_property
    def signs(self) -> Floats:
        """What the spelling tells, a row for each piece between the first and the last."""
        rows = [word.signs(self.said) for word in self.words]
        return np.array([rows[word] for word in self.of], np.float32).reshape(-1, SIGNS)

    @cached_property
    def begins(self) -> np.typing.NDArray[np.bool_]:
        """Whether a piece begins a word."""
        of = np.array(self.of, int)
        return np.concatenate([[True], of[1:] != of[:-1]])[: len(of)]

    @cached_property
    def ends(self) -> np.typing.NDArray[np.bool_]:
        """Whether a piece ends a word."""
        of = np.array(self.of, int)
        return np.concatenate([of[1:] != of[:-1], [True]])[-len(of) :] if len(of) else of.astype(bool)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the first and last piece of the words that stand at a place; None when there are none."""
        places = [(self.words[word].start, self.words[word].end) for word in self.of]
        inside = [at for at, (begins, ends) in enumerate(places) if begins < end and start < ends]
        return (inside[0], inside[-1]) if inside else None

    def only(self, kept: Sequence[int]) -> Reading:
        """Return the sentence with only some of the pieces between the first and the last."""
        inner = [self.pieces[at + 1] for at in kept]
        return replace(self, pieces=(self.pieces[0], *inner, self.pieces[-1]), of=tuple(self.of[at] for at in kept))


def read(said: str, pieces: WordPieces) -> Reading:
    """Cut a sentence into pieces."""
    words = tuple(_words(said))
    cut = [(number, at) for at, word in enumerate(words) for number in pieces.cut(word.text)][: MOST - 2]
    return Reading(said, words, pieces.bounded([number for number, _ in cut]), tuple(at for _, at in cut))


def _words(said: str) -> Iterator[Word]:
    at = 0
    for run in [*numbers.find(said), None]:
        if run is not None and len(run.digits) < FEWEST:
            continue
        for token in TOKEN.finditer(said, at, run.start if run else len(said)):
            yield Word(DIGITS.sub(NUMBER, token.group()), *token.span())
        if run is not None:
            yield Word(NUMBER, run.start, run.end)
            at = run.end
