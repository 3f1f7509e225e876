"""Which words of a sentence are a parameter's value: a small head on what the network makes of each piece.

Each piece is compared with the parameter, as it is described, and looks at its neighbours; then it is scored as the
first and as the last piece of the value. What is best, of all spans and of none, counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.reading import Reading
from orchestrator.local.brain.learned.weights import Floats

LONGEST = 24  # pieces of a value
LENGTH = np.float32(10.0)  # of a parameter's vector
NEVER = np.float32(-1e9)
Heads = Mapping[str, Floats]


@dataclass(frozen=True, slots=True)
class Compared:
    """What is computed on the way, for each parameter (first axis) and piece (second): the way back needs it."""

    own: Floats  # pieces in the middle of the head
    theirs: Floats  # parameters there
    first: Floats
    second: Floats
    through: Floats  # after the first layer
    out: Floats  # after the second layer
    scores: Floats  # for each parameter, of none and of each span
    spans: NDArray[np.int64]  # first and last piece of each span


def spans_in(reading: Reading) -> NDArray[np.int64]:
    """Return the first and last pieces of everything in a sentence that may be a value: whole words."""
    first, last = np.flatnonzero(reading.begins), np.flatnonzero(reading.ends)
    near = (last[None] >= first[:, None]) & (last[None] < first[:, None] + LONGEST)
    starts, ends = np.nonzero(near)
    return np.stack([first[starts], last[ends]], 1)


def compared(
    heads: Heads, rows: Floats, signs: Floats, about: Floats, asked: Floats, spans: NDArray[np.int64]
) -> Compared:
    """Compare the pieces of a sentence with parameters.

    `asked` says of each whether the caller was asked for it, and whether for another one.
    """
    about = about * LENGTH
    own, theirs = rows @ heads["piece.gate"], about @ heads["about.gate"]
    first = (
        (rows @ heads["piece"] + signs @ heads["signs"])[None]
        + (about @ heads["about"] + asked @ heads["asked"] + heads["base"])[:, None]
        + own[None] * theirs[:, None]
    )
    through = first * network.step(first)
    second = through @ heads["here"] + before(through) @ heads["before"] + after(through) @ heads["after"]
    second = second + heads["second.base"]
    out = through + second * network.step(second)
    starts, ends = out @ heads["start"], out @ heads["end"]
    long = heads["long"][spans[:, 1] - spans[:, 0]]
    none = heads["none"] + asked @ heads["none.asked"] + about @ heads["none.about"] + out.mean(1) @ heads["none.out"]
    scores = np.concatenate([none[:, None], starts[:, spans[:, 0]] + ends[:, spans[:, 1]] + long], 1)
    return Compared(own, theirs, first, second, through, out, scores.astype(np.float32), spans)


def before(x: Floats) -> Floats:
    """Return for each piece what stands before it."""
    return np.concatenate([np.zeros_like(x[:, :1]), x[:, :-1]], 1)


def after(x: Floats) -> Floats:
    """Return for each piece what stands behind it."""
    return np.concatenate([x[:, 1:], np.zeros_like(x[:, :1])], 1)
