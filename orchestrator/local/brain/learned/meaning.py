"""What was learnt about English sentences: which function they are about, what they do, and which words are values.

It was learnt from examples (`python -m tests.learning`): small changes of MiniLM's matrices, under which a sentence is
near the function that it is about, whatever the team, and three small heads.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.learned import network, spans, weights
from orchestrator.local.brain.learned.reading import Reading, read
from orchestrator.local.brain.learned.weights import Floats, Weights
from orchestrator.local.brain.learned.wordpieces import WordPieces
from orchestrator.local.models import LEARNED, PIECES, SENTENCE_MODEL, verified

LANGUAGES = frozenset({"en"})  # that MiniLM speaks
FILE, VOCABULARY, MODEL = "english.npz", "vocab.txt", "model.onnx"
REMEMBERED = 4096  # texts
LATEST = 64  # sentences of callers of which each piece is remembered
TOGETHER = 4  # texts encoded at a time, after which other threads get their turn
JOINS, INSIDE = "'’", re.compile(r"\w['’]$")  # no value begins in "Cobbler's" but the whole word
AROUND, NEVER = 10, -99.0  # letters around a value that are still about it; how likely is what no words say
LENGTH = 10.0  # of the vectors from which acts are told
UNKNOWN = 0.2  # how near nothing is at most to a question that something known may answer


class Doing(Enum):
    """What a sentence does in a conversation."""

    REQUEST = "request"
    QUESTION = "question"
    ANSWER = "answer"
    CORRECT = "correct"
    CONFIRM = "confirm"
    DENY = "deny"
    REPEAT = "repeat"
    SMALL_TALK = "smalltalk"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    PERSON = "person"
    WHO = "who"
    CANCEL = "cancel"
    COMPLAIN = "complain"
    UNCLEAR = "unclear"


class Pending(Enum):
    """What the caller was asked for."""

    NOTHING = 0
    VALUE = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Value:
    """The words of a sentence that are likeliest to be a parameter's value."""

    start: int
    end: int
    likelier: float  # than that it has none: a logarithm


@dataclass(frozen=True, slots=True)
class Likely:
    """How likely each few words of a sentence are a parameter's value."""

    starts: NDArray[np.int64]  # of the words, in letters
    ends: NDArray[np.int64]
    likelier: Floats  # than that the parameter has no value: logarithms

    def best(self, most: int) -> list[Value]:
        """Return the likeliest words, the best first."""
        order = np.argsort(-self.likelier)[:most]
        return [Value(int(self.starts[at]), int(self.ends[at]), float(self.likelier[at])) for at in order]

    def at(self, start: int, end: int) -> float:
        """Return how likely the words at a place are the value."""
        same = (self.starts == start) & (self.ends == end)
        return float(self.likelier[same].max(initial=NEVER))

    def near(self, start: int, end: int) -> float:
        """Return how likely the words at a place are a value, perhaps with a word or two around them: "on Friday"."""
        near = (self.starts < end) & (self.ends > start) & (self.ends - self.starts <= end - start + AROUND)
        return float(self.likelier[near].max(initial=NEVER))


class Meaning:
    """Tells what sentences mean; the vectors of earlier texts are cached."""

    def __init__(self, network: Weights, pieces: WordPieces, heads: Mapping[str, Floats]) -> None:
        # The network, with what was learnt.
        self._network = network
        # Cuts words.
        self._pieces = pieces
        # What was learnt beside the network.
        self._heads = heads
        # Guards the cache.
        self._lock = Lock()
        # Text → vector; the oldest are dropped.
        self._vectors: OrderedDict[str, Floats] = OrderedDict()
        # Sentence → its pieces and what the network makes of each; the oldest are dropped.
        self._readings: OrderedDict[str, tuple[Reading, Floats]] = OrderedDict()

    def remember(self, texts: Iterable[str]) -> None:
        """Encode texts in advance, a few at a time."""
        wanted = list(dict.fromkeys(texts))
        for at in range(0, len(wanted), TOGETHER):
            self._of(wanted[at : at + TOGETHER])

    def match(self, said: str, functions: Sequence[str]) -> list[float]:
        """Return for each function, as it is described, how much likelier it is meant than none: a logarithm."""
        return self._likelier(said, functions, self._nothing(said))

    def match_known(self, said: str, facts: Sequence[str]) -> list[float]:
        """Return the same for facts; most teams that were learnt from told none, so a question was about nothing."""
        return self._likelier(said, facts, min(self._nothing(said), UNKNOWN))

    def _nothing(self, said: str) -> float:
        return float((self._heads["nothing"] + self._vector(said) @ self._heads["nothing.of"]).item())

    def _likelier(self, said: str, texts: Sequence[str], nothing: float) -> list[float]:
        if not texts:
            return []
        near = np.stack(self._of(texts)) @ self._vector(said)
        likelier: list[float] = (self._heads["scale"] * (near - nothing)).tolist()
        return likelier

    def doing(self, said: str, pending: Pending) -> dict[Doing, float]:
        """Return how likely a sentence does each of these, after the caller was asked for something."""
        heads, mine = self._heads, self._vector(said)
        scores = LENGTH * mine @ heads["doing"] + heads["doing.base"] + heads["pending"][pending.value]
        shares = np.exp(scores - scores.max())
        return dict(zip(Doing, (shares / shares.sum()).tolist(), strict=True))

    def likely(self, said: str, parameters: Sequence[str], asked: int | None, *, other: bool = False) -> list[Likely]:
        """Return how likely words are the value of each parameter, as it is described.

        The caller was asked for the one at `asked`, or for an `other` one, or for none.
        """
        reading, rows = self._reading(said)
        if not parameters or not reading.of:
            return [Likely(*(np.zeros(0, int),) * 2, np.zeros(0, np.float32)) for _ in parameters]
        about, among = np.stack(self._of(parameters)), spans.spans_in(reading)
        state = np.zeros((len(parameters), 2), np.float32)
        state[:, 1] = other or asked is not None
        if asked is not None:
            state[asked] = 1, 0
        found = spans.compared(self._heads, rows[1:-1], reading.signs, about, state, among)
        starts = np.array([reading.words[of].start for of in reading.of])[among[:, 0]]
        ends = np.array([reading.words[of].end for of in reading.of])[among[:, 1]]
        whole = np.array([not INSIDE.search(said, 0, start) and said[start] not in JOINS for start in starts])
        likelier = found.scores[:, 1:] - found.scores[:, :1]
        return [Likely(starts[whole], ends[whole], scores[whole]) for scores in likelier]

    def _vector(self, said: str) -> Floats:
        vector: Floats = network.together([self._reading(said)[1]])[0]
        return vector

    def _reading(self, said: str) -> tuple[Reading, Floats]:
        """Return a sentence as the network sees it, and what it makes of each piece."""
        with self._lock:
            if said not in self._readings:
                reading = read(said, self._pieces)
                self._readings[said] = reading, network.rows(self._network, [reading.pieces])[0]
            self._readings.move_to_end(said)
            while len(self._readings) > LATEST:
                self._readings.popitem(last=False)
            return self._readings[said]

    def _of(self, texts: Sequence[str]) -> list[Floats]:
        """Return the vectors of texts."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
            missing = [text for text in dict.fromkeys(texts) if text not in known]
            if missing:
                found = network.encode(self._network, [self._pieces.numbers(text) for text in missing])
                known |= zip(missing, found, strict=True)
            for text in texts:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > REMEMBERED:
                self._vectors.popitem(last=False)
            return [known[text] for text in texts]


def meaning(language: str) -> Meaning | None:
    """Return what was learnt for a language; None when that is nothing. Raises `RealtimeError`: a model is missing."""
    return _english() if language in LANGUAGES else None


@lru_cache(maxsize=1)
def _english() -> Meaning:
    """Load the model once per process."""
    learnt = loaded(verified(LEARNED) / FILE)
    pieces = WordPieces(verified(PIECES) / VOCABULARY)
    plain = weights.read(verified(SENTENCE_MODEL) / MODEL)
    return Meaning(network.adapted(plain, learnt), pieces, learnt)


def loaded(file: Path) -> dict[str, Floats]:
    """Read what was learnt, at the precision with which it is used."""
    with np.load(file, allow_pickle=False) as kept:
        found: dict[str, Any] = {name: kept[name].astype(np.float32) for name in kept.files}
    return found
