"""What is learnt about values: which of a sentence's words are the value of a parameter, if any are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.reading import SIGNS, Reading
from orchestrator.local.brain.learned.spans import LENGTH, LONGEST, Compared, after, before, compared, spans_in
from orchestrator.local.brain.learned.weights import Floats
from tests.learning.trained import Changes, slope

MIDDLE = 96  # width of the head
SEED = 1


@dataclass(frozen=True)
class Sought:
    """Parameters that are looked for in a sentence, and where their values stand."""

    parameters: tuple[int, ...]
    asked: Floats  # of each, whether it was asked for, and whether another one was
    places: tuple[tuple[int, int] | None, ...]  # first and last piece; None where there is no value

    def moved(self, kept: Sequence[int]) -> Sought:
        """Return the same for a sentence of which only some pieces are kept; a value that is gone is not looked for."""
        found: list[int] = []
        places: list[tuple[int, int] | None] = []
        for one, place in enumerate(self.places):
            inside = [at for at, old in enumerate(kept) if place and place[0] <= old <= place[1]]
            if place is None or inside:
                found.append(one)
                places.append((inside[0], inside[-1]) if place else None)
        return Sought(tuple(self.parameters[one] for one in found), self.asked[found], tuple(places))

    def besides(self, others: Iterable[int]) -> Sought:
        """Return the same with other parameters that have no value, the first of them asked for."""
        new = list(dict.fromkeys(int(one) for one in others if one not in self.parameters))
        asked = np.array([(at == 0, at > 0) for at in range(len(new))], np.float32).reshape(-1, 2)
        return Sought(
            (*self.parameters, *new), np.concatenate([self.asked, asked]), (*self.places, *(None for _ in new))
        )


def first_values(width: int) -> Changes:
    """Return a head that knows nothing yet."""
    random = np.random.default_rng(SEED)

    def some(rows: int, columns: int, scale: float) -> Floats:
        return random.normal(0, scale / math.sqrt(rows), (rows, columns)).astype(np.float32)

    return {
        "piece": some(width, MIDDLE, 1.0),
        "signs": some(SIGNS, MIDDLE, 1.0),
        "about": some(width, MIDDLE, 1.0),
        "piece.gate": some(width, MIDDLE, 1.0),
        "about.gate": some(width, MIDDLE, 1.0),
        "asked": np.zeros((2, MIDDLE), np.float32),
        "base": np.zeros(MIDDLE, np.float32),
        "here": some(MIDDLE, MIDDLE, 0.5),
        "before": some(MIDDLE, MIDDLE, 0.5),
        "after": some(MIDDLE, MIDDLE, 0.5),
        "second.base": np.zeros(MIDDLE, np.float32),
        "start": np.zeros(MIDDLE, np.float32),
        "end": np.zeros(MIDDLE, np.float32),
        "long": np.linspace(0, -1, LONGEST).astype(np.float32),
        "none": np.full(1, 4.0, np.float32),
        "none.asked": np.array([-3.0, 0.0], np.float32),
        "none.about": np.zeros(width, np.float32),
        "none.out": np.zeros(MIDDLE, np.float32),
    }


def find(heads: Changes, reading: Reading, rows: Floats, about: Floats, sought: Sought, share: float,
         into: Changes) -> tuple[Floats, Floats, float]:  # fmt: skip
    """Look for values in a sentence; return the wish for its rows and for the parameters, and how wrong it was.

    `share` is how much each parameter counts.
    """
    among = spans_in(reading)
    found = compared(heads, rows, reading.signs, about, sought.asked, among)
    top = found.scores.max(1, keepdims=True)
    shares = np.exp(found.scores - top)
    shares /= shares.sum(1, keepdims=True)
    right = [_index(among, place) for place in sought.places]
    at = np.arange(len(right))
    loss = float(-np.log(shares[at, right] + 1e-9).sum())
    shares[at, right] -= 1
    wrong = shares * np.float32(share)
    wish_rows, wish_about = _back(heads, reading.signs, rows, about, sought.asked, found, wrong, into)
    return wish_rows, wish_about, loss


def _index(among: NDArray[np.int64], place: tuple[int, int] | None) -> int:
    if place is None:
        return 0
    return 1 + int(np.flatnonzero((among == place).all(1))[0])


def _back(heads: Changes, signs: Floats, rows: Floats, about: Floats, asked: Floats, found: Compared, wrong: Floats,
          into: Changes) -> tuple[Floats, Floats]:  # fmt: skip
    about = about * LENGTH
    none, wrong = wrong[:, 0], wrong[:, 1:]
    size = (len(about), len(rows))
    starts, ends = np.zeros(size, np.float32), np.zeros(size, np.float32)
    first, last = found.spans.T
    for one in range(len(about)):
        starts[one] = np.bincount(first, wrong[one], len(rows))
        ends[one] = np.bincount(last, wrong[one], len(rows))
    _add(into, "long", np.bincount(last - first, wrong.sum(0), LONGEST))
    _add(into, "none", np.array([none.sum()]))
    _add(into, "none.asked", none @ asked)
    _add(into, "none.about", none @ about)
    _add(into, "none.out", none @ found.out.mean(1))
    _add(into, "start", np.einsum("pn,pnm->m", starts, found.out))
    _add(into, "end", np.einsum("pn,pnm->m", ends, found.out))
    out = starts[..., None] * heads["start"] + ends[..., None] * heads["end"]
    out += none[:, None, None] * heads["none.out"] / np.float32(len(rows))
    second = out * slope(found.second, network.step(found.second))
    _add(into, "second.base", second.sum((0, 1)))
    flat = second.reshape(-1, second.shape[2])
    through = out.copy()
    for name, seen in (("here", found.through), ("before", before(found.through)), ("after", after(found.through))):
        _add(into, name, seen.reshape(flat.shape).T @ flat)
    through += second @ heads["here"].T + after(second @ heads["before"].T) + before(second @ heads["after"].T)
    wrong_first = through * slope(found.first, network.step(found.first))
    by_piece, by_about = wrong_first.sum(0), wrong_first.sum(1)
    _add(into, "piece", rows.T @ by_piece)
    _add(into, "signs", signs.T @ by_piece)
    _add(into, "about", about.T @ by_about)
    _add(into, "asked", asked.T @ by_about)
    _add(into, "base", by_about.sum(0))
    own = (wrong_first * found.theirs[:, None]).sum(0)
    theirs = (wrong_first * found.own[None]).sum(1)
    _add(into, "piece.gate", rows.T @ own)
    _add(into, "about.gate", about.T @ theirs)
    wish_rows = by_piece @ heads["piece"].T + own @ heads["piece.gate"].T
    wish_about = by_about @ heads["about"].T + theirs @ heads["about.gate"].T + none[:, None] * heads["none.about"]
    return wish_rows, wish_about * LENGTH


def _add(into: Changes, name: str, value: NDArray[Any]) -> None:
    into[name] = (into.get(name, np.float32(0)) + value).astype(np.float32)
