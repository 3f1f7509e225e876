"""A small head scores what may be a value."""

from __future__ import annotations

import numpy as np
import pytest

from orchestrator.local.brain.learned import spans
from orchestrator.local.brain.learned.reading import SIGNS, Reading, Word
from orchestrator.local.brain.learned.spans import LONGEST, Compared, compared, spans_in
from orchestrator.local.brain.learned.weights import Floats
from tests.learning.values import first_values

WIDTH = 24


def reading(*of: int) -> Reading:
    """Return a sentence whose pieces belong to these words."""
    words = tuple(Word("word", 5 * at, 5 * at + 4) for at in range(max(of, default=-1) + 1))
    return Reading("word " * len(words), words, (1, *range(3, 3 + len(of)), 2), of)


def some(*shape: int) -> Floats:
    """Return random numbers, the same for a shape."""
    return np.random.default_rng(sum(shape)).normal(0, 1, shape).astype(np.float32)


@pytest.fixture
def heads() -> dict[str, Floats]:
    """A head that tells something apart, if at random."""
    random = np.random.default_rng(0)
    heads = first_values(WIDTH)
    return {name: (one + random.normal(0, 0.1, one.shape)).astype(np.float32) for name, one in heads.items()}


def scored(heads: dict[str, Floats], asked: Floats, about: Floats) -> Compared:
    """Return how a sentence of four pieces is scored."""
    return compared(heads, some(4, WIDTH), some(4, SIGNS), about, asked, spans_in(reading(0, 1, 1, 2)))


def test_a_value_is_whole_words() -> None:
    """From the first piece of a word to the last piece of the same or of a later one, within a length."""
    assert spans_in(reading(0, 1, 1, 2)).tolist() == [[0, 0], [0, 2], [0, 3], [1, 2], [1, 3], [3, 3]]
    assert np.ptp(spans_in(reading(*range(LONGEST + 5))), axis=1).max() == LONGEST - 1
    assert len(spans_in(reading())) == 0


def test_parameters_are_scored_apart(heads: dict[str, Floats]) -> None:
    """Each for itself, with a score for none and for each span; whether it was asked for makes a difference."""
    about = some(2, WIDTH)

    both = scored(heads, np.zeros((2, 2), np.float32), about).scores
    second_asked = scored(heads, np.array([[0, 0], [1, 0]], np.float32), about).scores

    assert both.shape == (2, 1 + 6)
    assert both[0] == pytest.approx(scored(heads, np.zeros((1, 2), np.float32), about[:1]).scores[0], abs=1e-4)
    assert second_asked[0] == pytest.approx(both[0], abs=1e-4)
    assert abs(second_asked[1] - both[1]).max() > 1e-3


def test_a_span_is_scored_by_its_ends_and_its_length(heads: dict[str, Floats]) -> None:
    """So the score of one span follows from three others."""
    heads["long"] = np.zeros(LONGEST, np.float32)
    scores = scored(heads, np.array([[1, 0]], np.float32), some(1, WIDTH)).scores[0, 1:]

    first_to_second, first_to_third, second, second_to_third = scores[[1, 2, 3, 4]]
    assert first_to_third - first_to_second == pytest.approx(second_to_third - second, abs=1e-4)


def test_pieces_see_their_neighbours() -> None:
    """What stands before and behind each, and nothing at the ends."""
    x = np.arange(6, dtype=np.float32).reshape(1, 3, 2)

    assert spans.before(x).tolist() == [[[0, 0], [0, 1], [2, 3]]]
    assert spans.after(x).tolist() == [[[2, 3], [4, 5], [0, 0]]]
