"""Finds the passages that answer a question: by meaning where there is an encoder, and by words.

Each passage is compared as a whole, with its headings, and by its sentences, of which the nearest counts: a fact in the
middle of a paragraph is near to a question about it, and the paragraph is not. How that came about is in docs/tools.md.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter

from orchestrator.tools.knowledge.encoder import Encoder, Memory, Vectors
from orchestrator.tools.knowledge.passages import Passage, sentences
from orchestrator.tools.knowledge.words import Words

BEST = 3  # passages that answer a question
BY_WORDS = 0.3  # how much common words add to nearness
ONLY_WORDS = 0.1  # share of the question's words from which a passage may answer it, where meaning is not known
SPREAD = 0.1  # that the nearness of passages to a question is taken to have, where the encoder's is not known
BEHIND = 0.6  # of the best score, from which a further passage is worth reading


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that may answer a question."""

    passage: Passage
    score: float


class Index:
    """Passages that can be searched."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        # The passages, and their words; those of headings count.
        self._passages = tuple(passages)
        self._words = Words([f"{' '.join(one.headings)} {one.text}" for one in passages])
        # What encodes questions; None: they are found by words alone.
        self._encoder: Encoder | None = None
        # Vectors of all passages, and for each passage which of the further ones are its own: from, up to.
        self._wholes, self._parts = Vectors(()), Vectors(())
        self._own: tuple[tuple[int, int], ...] = ()

    async def prepare(self, encoder: Encoder, memory: Memory) -> None:
        """Encode all passages; raises `OrchestratorError` when that cannot be done."""
        wholes = [_whole(one) for one in self._passages]
        parts = [_parts(one) if encoder.parts else [] for one in self._passages]
        ends = [0]
        for own in parts:
            ends.append(ends[-1] + len(own))
        vectors = await memory.encode(encoder, [*wholes, *(each for own in parts for each in own)])
        self._wholes, self._parts = Vectors(vectors[: len(wholes)]), Vectors(vectors[len(wholes) :])
        self._own = tuple(pairwise(ends))
        self._encoder = encoder

    @property
    def by_meaning(self) -> bool:
        """Whether it has an encoder."""
        return self._encoder is not None

    @property
    def is_remote(self) -> bool:
        """Whether a question is sent to a server."""
        return self._encoder is not None and self._encoder.remote

    async def find(self, question: str) -> list[Found]:
        """Return the passages that may answer a question, the best first; [] when nothing does.

        Raises `OrchestratorError` when the question cannot be encoded.
        """
        if self._encoder is None:
            return await self.find_by_words(question)
        words = await asyncio.to_thread(self._words.scores, question)
        (vector,) = await self._encoder.encode([question])
        near = await asyncio.to_thread(self._near, vector)
        least = self._encoder.least
        if least is None:
            near = _spread(near)
        scores = [one + BY_WORDS * other for one, other in zip(near, words, strict=True)]
        return self._best(scores, least)

    async def find_by_words(self, question: str) -> list[Found]:
        """Do the same without the encoder."""
        return self._best(await asyncio.to_thread(self._words.scores, question), ONLY_WORDS)

    def _near(self, vector: Sequence[float]) -> list[float]:
        """Return how near each passage is to a question."""
        wholes, parts = self._wholes.near(vector), self._parts.near(vector)
        return [
            (whole + max(parts[start:end])) / 2 if end > start else whole
            for whole, (start, end) in zip(wholes, self._own, strict=True)
        ]

    def _best(self, scores: Sequence[float], least: float | None) -> list[Found]:
        ranked = sorted(zip(scores, range(len(scores)), strict=True), key=itemgetter(0), reverse=True)[:BEST]
        enough = max(ranked[0][0] * BEHIND, least) if least is not None and ranked else float("-inf")
        return [Found(self._passages[at], score) for score, at in ranked if score >= enough]


def _whole(passage: Passage) -> str:
    """Return a passage as it is compared: with the heading right above it."""
    return ": ".join([*passage.headings[-1:], passage.text])


def _parts(passage: Passage) -> list[str]:
    """Return what of a passage is also compared by itself."""
    return [*sentences(passage.text), *passage.headings[-1:]]


def _spread(near: Sequence[float]) -> list[float]:
    """Bring the nearness that an unknown encoder finds to a scale on which words can be added."""
    middle, deviation = statistics.fmean(near), statistics.pstdev(near)
    return [SPREAD * (one - middle) / deviation if deviation else 0.0 for one in near]
