"""MiniLM with changes that are being learnt: what it makes of texts, and how each change would change that.

The forward pass is that of `orchestrator.local.brain.learned.network`, step by step, and remembers what the way back
needs.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.network import CUBIC, CURVE, joined, parted
from orchestrator.local.brain.learned.weights import MATRICES, Floats, Layer, Weights
from orchestrator.local.brain.learned.wordpieces import Pieces

Changes = dict[str, Floats]
SIDES = ("in", "out")


def beginning(weights: Weights, rank: int, seed: int) -> Changes:
    """Return changes that change nothing yet."""
    random = np.random.default_rng(seed)
    changes: Changes = {}
    for number, layer in enumerate(weights.layers):
        for name in MATRICES:
            wide, out = layer.matrices[name].shape
            first = random.normal(0, 1, (wide, rank)) / math.sqrt(wide)
            changes[f"{number}.{name}.in"] = first.astype(np.float32)
            changes[f"{number}.{name}.out"] = np.zeros((rank, out), np.float32)
    return changes


@dataclass
class Pass:
    """One pass through a layer: what the way back needs."""

    given: dict[str, Floats] = field(default_factory=dict)  # matrix → by what it was multiplied
    heads: list[tuple[Floats, Floats, Floats, Floats]] = field(default_factory=list)  # of each text
    norms: list[tuple[Floats, Floats]] = field(default_factory=list)
    wide: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    share: Floats = field(default_factory=lambda: np.zeros(0, np.float32))  # the smooth step of `wide`


class Trained:
    """The network on some texts."""

    def __init__(self, weights: Weights, changes: Mapping[str, Floats], texts: Sequence[Pieces]) -> None:
        # The network with its changes, and these alone.
        self._weights, self._changes = weights, changes
        # Which rows are whose.
        self._spans = network.spans_of(texts)
        # What each layer remembers.
        self._passes: list[Pass] = []
        x = network.embedded(weights, texts)
        for number, layer in enumerate(weights.layers):
            x = self._through(number, layer, x)
        # What the last layer makes of each piece, the texts one below the other.
        self._rows = x
        means = np.stack([x[span].mean(0) for span in self._spans])
        # How long the vectors were, and the unit vectors.
        self._lengths = np.linalg.norm(means, axis=1, keepdims=True)
        self.vectors: Floats = means / self._lengths

    def _by(self, number: int, name: str, given: Floats, kept: Pass) -> Floats:
        layer = self._weights.layers[number]
        kept.given[name] = given
        result: Floats = given @ layer.matrices[name]
        result += layer.added[name]
        return result

    def _through(self, number: int, layer: Layer, x: Floats) -> Floats:
        kept = Pass()
        self._passes.append(kept)
        query, key, value = (self._by(number, name, x, kept) for name in ("query", "key", "value"))
        seen = []
        for span in self._spans:
            one, shares = network.attended(query[span], key[span], value[span])
            kept.heads.append((parted(query[span]), parted(key[span]), parted(value[span]), shares))
            seen.append(one)
        x = self._normalised(x + self._by(number, "mix", np.concatenate(seen), kept), layer.first, kept)
        kept.wide = self._by(number, "widen", x, kept)
        kept.share = network.step(kept.wide)
        through = self._by(number, "narrow", kept.wide * kept.share, kept)
        return self._normalised(x + through, layer.second, kept)

    def _normalised(self, x: Floats, norm: tuple[Floats, Floats], kept: Pass) -> Floats:
        plain, spread = network.normalised(x)
        kept.norms.append((plain, spread))
        return plain * norm[0] + norm[1]

    def rows(self, text: int) -> Floats:
        """Return what the last layer makes of each piece of a text, without the first and last, which are no words."""
        span = self._spans[text]
        return self._rows[span.start + 1 : span.stop - 1]

    def back(self, wish: Floats, into: Changes, of_rows: Mapping[int, Floats] | None = None) -> None:
        """Add to `into` how the changes would have to change for vectors, and rows of texts, to change as wished."""
        along = (wish * self.vectors).sum(1, keepdims=True)
        means = (wish - self.vectors * along) / self._lengths
        rows = [np.repeat(mean[None] / (span.stop - span.start), span.stop - span.start, 0)
                for mean, span in zip(means, self._spans, strict=True)]  # fmt: skip
        x = np.concatenate(rows).astype(np.float32)
        for text, more in (of_rows or {}).items():
            span = self._spans[text]
            x[span.start + 1 : span.stop - 1] += more
        for number in range(len(self._weights.layers) - 1, -1, -1):
            x = self._back_through(number, x, into)

    def _back_through(self, number: int, x: Floats, into: Changes) -> Floats:
        layer, kept = self._weights.layers[number], self._passes[number]
        second = _back_norm(x, layer.second[0], *kept.norms[1])
        wide = self._back_by(number, "narrow", second, into) * slope(kept.wide, kept.share)
        first = _back_norm(second + self._back_by(number, "widen", wide, into), layer.first[0], *kept.norms[0])
        seen = self._back_by(number, "mix", first, into)
        parts: dict[str, list[Floats]] = {"query": [], "key": [], "value": []}
        for span, heads in zip(self._spans, kept.heads, strict=True):
            for name, one in zip(parts, _back_attended(seen[span], *heads), strict=True):
                parts[name].append(one)
        for name, ones in parts.items():
            first = first + self._back_by(number, name, np.concatenate(ones), into)
        return first

    def _back_by(self, number: int, name: str, x: Floats, into: Changes) -> Floats:
        given, (first, second) = self._passes[number].given[name], (f"{number}.{name}.{side}" for side in SIDES)
        narrow: Floats = given @ self._changes[first]
        narrowed: Floats = x @ self._changes[second].T
        into[second] = into.get(second, np.float32(0)) + narrow.T @ x
        into[first] = into.get(first, np.float32(0)) + given.T @ narrowed
        before: Floats = x @ self._weights.layers[number].matrices[name].T
        return before


def _back_norm(x: Floats, scale: Floats, plain: Floats, spread: Floats) -> Floats:
    x = x * scale
    result: Floats = (x - x.mean(-1, keepdims=True) - plain * (x * plain).mean(-1, keepdims=True)) / spread
    return result


def slope(x: Floats, share: Floats) -> Floats:
    """Return how steep x, times its smooth step, is; `share` is the step."""
    steep = x * x
    steep *= np.float32(6 * CURVE * CUBIC)
    steep += np.float32(2 * CURVE)
    steep *= x
    steep *= 1 - share
    steep += 1
    steep *= share
    return steep


def _back_attended(x: Floats, query: Floats, key: Floats, value: Floats, shares: Floats) -> tuple[Floats, ...]:
    seen = parted(x)
    scores = seen @ value.transpose(0, 2, 1)
    scores = shares * (scores - (scores * shares).sum(-1, keepdims=True)) / np.float32(math.sqrt(query.shape[2]))
    return joined(scores @ key), joined(scores.transpose(0, 2, 1) @ query), joined(shares.transpose(0, 2, 1) @ seen)
