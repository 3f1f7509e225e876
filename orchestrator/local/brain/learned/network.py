"""MiniLM in plain numpy: it turns texts into unit vectors, in some 10 ms of one core for a sentence.

What was learnt is a small change of each matrix. It is added when the network is loaded and costs nothing later.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.learned.weights import Floats, Layer, Weights
from orchestrator.local.brain.learned.wordpieces import Pieces

HEADS = 12
SMALLEST = 1e-12  # keeps a division from failing
CURVE, CUBIC = math.sqrt(2 / math.pi), 0.044715  # of the smooth step


def adapted(weights: Weights, changes: Mapping[str, NDArray[np.floating[Any]]]) -> Weights:
    """Return the weights with what was learnt: to each matrix, the product of two narrow ones is added."""
    layers = []
    for number, layer in enumerate(weights.layers):
        matrices = {}
        for name, matrix in layer.matrices.items():
            first, second = (changes[f"{number}.{name}.{side}"].astype(np.float32) for side in ("in", "out"))
            matrices[name] = matrix + first @ second
        layers.append(replace(layer, matrices=matrices))
    return replace(weights, layers=tuple(layers))


def encode(weights: Weights, texts: Sequence[Pieces]) -> Floats:
    """Return a unit vector for each text, one a row."""
    return together(rows(weights, texts))


def rows(weights: Weights, texts: Sequence[Pieces]) -> list[Floats]:
    """Return for each text a vector of each piece, one a row."""
    spans = spans_of(texts)
    x = embedded(weights, texts)
    for layer in weights.layers:
        x = _through(layer, x, spans)
    return [x[span] for span in spans]


def together(texts: Sequence[Floats]) -> Floats:
    """Return a unit vector for each text whose pieces have these vectors."""
    means = np.stack([one.mean(0) for one in texts])
    result: Floats = means / np.linalg.norm(means, axis=1, keepdims=True)
    return result


def spans_of(texts: Sequence[Pieces]) -> list[slice]:
    """Return which rows are a text's, where those of all stand one below the other."""
    ends = list(accumulate(map(len, texts)))
    return [slice(end - len(text), end) for text, end in zip(texts, ends, strict=True)]


def embedded(weights: Weights, texts: Sequence[Pieces]) -> Floats:
    """Return what goes into the first layer: a row for each piece, by what it is and where it stands."""
    pieces = np.concatenate([np.asarray(text) for text in texts])
    places = np.concatenate([np.arange(len(text)) for text in texts])
    return (
        normalised(weights.words[pieces] * weights.scales[pieces] + weights.places[places])[0] * weights.norm[0]
        + weights.norm[1]
    )


def _through(layer: Layer, x: Floats, spans: Sequence[slice]) -> Floats:
    def by(name: str, given: Floats) -> Floats:
        result: Floats = given @ layer.matrices[name] + layer.added[name]
        return result

    query, key, value = (by(name, x) for name in ("query", "key", "value"))
    seen = np.concatenate([attended(query[span], key[span], value[span])[0] for span in spans])
    x = normalised(x + by("mix", seen))[0] * layer.first[0] + layer.first[1]
    wide = by("widen", x)
    x = normalised(x + by("narrow", wide * step(wide)))[0] * layer.second[0] + layer.second[1]
    return x


def attended(query: Floats, key: Floats, value: Floats) -> tuple[Floats, Floats]:
    """Return what the pieces of one text see of each other, and how much each looks at each."""
    queries, keys, values = (parted(one) for one in (query, key, value))
    scores = queries @ keys.transpose(0, 2, 1) / np.float32(math.sqrt(queries.shape[2]))
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    shares /= shares.sum(-1, keepdims=True)
    return joined(shares @ values), shares


def parted(x: Floats) -> Floats:
    """Return the rows for each head."""
    return x.reshape(len(x), HEADS, -1).transpose(1, 0, 2)


def joined(x: Floats) -> Floats:
    """Return the heads' parts beside each other again."""
    return x.transpose(1, 0, 2).reshape(x.shape[1], -1)


def step(x: Floats) -> Floats:
    """Return a smooth step from 0 to 1."""
    result: Floats = np.float32(0.5) * (1 + np.tanh(np.float32(CURVE) * (x + np.float32(CUBIC) * x * x * x)))
    return result


def normalised(x: Floats) -> tuple[Floats, Floats]:
    """Return each row with mean 0 and variance 1, and by how much it was divided."""
    moved = x - x.mean(-1, keepdims=True)
    spread = np.sqrt((moved * moved).mean(-1, keepdims=True) + np.float32(SMALLEST))
    return moved / spread, spread
