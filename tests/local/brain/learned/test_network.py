"""The network turns texts into vectors."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.weights import MATRICES, Floats, Layer, Weights

WIDTH, WORDS = 24, 9


def small() -> Weights:
    """Return a network with two layers."""
    random = np.random.default_rng(0)

    def some(*shape: int) -> Floats:
        return random.normal(0, 0.3, shape).astype(np.float32)

    shapes = dict.fromkeys(MATRICES, (WIDTH, WIDTH)) | {"widen": (WIDTH, 48), "narrow": (48, WIDTH)}
    norm = (np.ones(WIDTH, np.float32), np.zeros(WIDTH, np.float32))
    layers = []
    for _ in range(2):
        matrices = {name: some(*shape) for name, shape in shapes.items()}
        layers.append(Layer(matrices, {name: some(shape[1]) for name, shape in shapes.items()}, norm, norm))
    words = random.integers(-100, 100, (WORDS, WIDTH)).astype(np.int8)
    return Weights(words, np.full((WORDS, 1), 0.01, np.float32), some(32, WIDTH), norm, tuple(layers))


def test_a_text_means_the_same_alone_and_among_others() -> None:
    """Texts that are encoded together do not see each other; every vector is as long as 1."""
    weights, texts = small(), [(1, 4, 2), (1, 5, 6, 7, 2), (1, 2)]

    together = network.encode(weights, texts)

    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)
    for text, vector in zip(texts, together, strict=True):
        assert network.encode(weights, [text])[0] == pytest.approx(vector, abs=1e-5)


def test_order_matters() -> None:
    """The same pieces in another order mean something else."""
    one, other = network.encode(small(), [(1, 4, 5, 2), (1, 5, 4, 2)])

    assert float(one @ other) < 0.999


def test_what_was_learnt_is_added_to_the_matrices() -> None:
    """A change is the product of two narrow matrices; nothing else moves."""
    weights = small()
    changes = {
        f"{number}.{name}.{side}": np.zeros((rows, columns), np.float16)
        for number, layer in enumerate(weights.layers)
        for name, matrix in layer.matrices.items()
        for side, rows, columns in (("in", len(matrix), 2), ("out", 2, matrix.shape[1]))
    }
    changes["1.key.in"][0, 0], changes["1.key.out"][0, 3] = 2, 3

    changed = network.adapted(weights, changes)

    difference = changed.layers[1].matrices["key"] - weights.layers[1].matrices["key"]
    assert difference[0, 3] == pytest.approx(6, abs=1e-5)
    assert np.count_nonzero(difference) == 1
    assert np.array_equal(changed.layers[0].matrices["key"], weights.layers[0].matrices["key"])
