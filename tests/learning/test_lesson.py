"""What is learnt from a lesson is what makes it less wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrator.local.brain.learned.wordpieces import WordPieces
from tests.learning import lesson as module
from tests.learning.examples import example
from tests.learning.lesson import BESIDE, VALUES, first_heads, lesson, teach
from tests.learning.test_examples import TEAM, joined
from tests.learning.trained import Changes, beginning
from tests.local.brain.learned.test_network import WIDTH, small

NUDGE = 0.01


@pytest.fixture
def pieces(tmp_path: Path) -> WordPieces:
    """A small vocabulary."""
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(["[UNK]", "[CLS]", "[SEP]", "class", "book", "spinning", "cold", "the", "day"]), "utf-8")
    return WordPieces(file)


def wrong(changes: Changes, pieces: WordPieces) -> tuple[float, Changes]:
    """Return how wrong all is, and how everything would have to change."""
    gym = lesson(example(joined(TEAM)), pieces)
    into: Changes = {}
    meant, done, found = teach(gym, small(), changes, np.random.default_rng(1), into)
    return meant + BESIDE * done + VALUES * found, into


def test_the_way_back_is_that_of_the_forward_pass(pieces: WordPieces, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nudge changes the result as much as the gradient says."""
    monkeypatch.setattr(module, "WIDTH", WIDTH)
    random = np.random.default_rng(0)
    changes = beginning(small(), 2, 0) | first_heads()
    changes = {name: (one + random.normal(0, 0.1, one.shape)).astype(np.float32) for name, one in changes.items()}
    _, gradient = wrong(changes, pieces)

    assert gradient.keys() == changes.keys()
    heads = sorted(name for name in changes if not name[0].isdigit())
    for name in ("0.query.in", "0.key.out", "1.value.in", "1.mix.out", "0.widen.in", "1.narrow.out", *heads):
        at = np.unravel_index(np.abs(gradient[name]).argmax(), gradient[name].shape)
        changes[name][at] += NUDGE
        more, _ = wrong(changes, pieces)
        changes[name][at] -= 2 * NUDGE
        less, _ = wrong(changes, pieces)
        changes[name][at] += NUDGE
        assert (more - less) / (2 * NUDGE) == pytest.approx(float(gradient[name][at]), rel=0.05, abs=2e-3), name
