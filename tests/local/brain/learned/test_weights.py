"""The weights come out of the package's file as they went in."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.brain.learned.meaning import MODEL
from orchestrator.local.brain.learned.weights import LAYERS, MATRICES, read
from orchestrator.local.models import SENTENCE_MODEL, verified

pytestmark = pytest.mark.speech


def test_all_layers_are_read() -> None:
    """Matrices have as many rows as goes in and as many columns as comes out."""
    weights = read(verified(SENTENCE_MODEL) / MODEL)

    assert weights.words.shape == (30522, 384)
    assert weights.scales.shape == (30522, 1)
    assert len(weights.layers) == LAYERS
    for layer in weights.layers:
        assert set(layer.matrices) == set(layer.added) == set(MATRICES)
        assert [layer.matrices[name].shape for name in ("query", "widen", "narrow")] == [
            (384, 384),
            (384, 1536),
            (1536, 384),
        ]
        assert all(np.isfinite(matrix).all() and matrix.any() for matrix in layer.matrices.values())
