"""What is learnt from one team: its callers' sentences come near to what they mean, and what they do is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.learned.meaning import LENGTH, Doing, Pending
from orchestrator.local.brain.learned.weights import Floats, Weights
from orchestrator.local.brain.learned.wordpieces import Pieces, WordPieces
from tests.learning.examples import AGENT, IDLE, WANTS, Example, Sentence
from tests.learning.trained import Changes, Trained

DESCRIBED = 0.5  # how often a function is described in the usual way
LEFT_OUT = 0.1  # how many of a sentence's pieces are left out, so that no single one is relied on
WHOLE = 0.3  # how many sentences are left as they are
SHORT = 6  # pieces of a sentence of which none is left out
BESIDE = 0.5  # how much telling what a sentence does counts beside what it means
IDLY = 0.5  # how much a sentence counts that means no function because it is small talk
NEVER = np.float32(-1e9)
WIDTH = 384  # of the vectors
HEADS = ("scale", "nothing", "nothing.of", "doing", "doing.base", "pending")


def first_heads() -> Changes:
    """Return heads that know nothing yet."""
    doings, width = len(Doing), WIDTH
    heads = {
        "scale": np.array([12.0]),
        "nothing": np.array([0.45]),
        "nothing.of": np.zeros(width),
        "doing": np.zeros((width, doings)),
        "doing.base": np.zeros(doings),
        "pending": np.zeros((len(Pending), doings)),
    }
    return {name: value.astype(np.float32) for name, value in heads.items()}


@dataclass(frozen=True)
class Lesson:
    """One team, in numbers."""

    candidates: list[list[Pieces]]  # in all descriptions
    sentences: list[Pieces]
    wanted: Floats  # of each sentence, how much it means each candidate, and none
    counts: Floats  # of each sentence, how much it counts
    either: NDArray[np.bool_]  # of each sentence, the candidates that are neither right nor wrong
    doing: NDArray[np.int64]
    pending: Floats


def lesson(example: Example, pieces: WordPieces) -> Lesson:
    """Return a team in numbers."""
    names = list(example.candidates)
    candidates = [[pieces.numbers(text) for text in example.candidates[name]] for name in names]
    wanted = np.zeros((len(example.sentences), len(names) + 1), np.float32)
    either = np.zeros(wanted.shape, bool)
    counts = np.zeros(len(wanted), np.float32)
    for at, one in enumerate(example.sentences):
        counts[at] = 1 if one.doing in WANTS else IDLY if _is_idle(one) else 0
        meant = [names.index(name) for name in one.meant] if one.doing in WANTS else []
        wanted[at, meant or [-1]] = 1 / max(1, len(meant))
        either[at, :-1] = [bool(meant) and name not in one.meant and _is_near(name, one, example) for name in names]
    doings = list(Doing)
    return Lesson(
        candidates,
        [pieces.numbers(one.said) for one in example.sentences],
        wanted,
        counts,
        either,
        np.array([doings.index(one.doing) for one in example.sentences]),
        np.eye(len(Pending), dtype=np.float32)[[one.pending.value for one in example.sentences]],
    )


def _is_idle(one: Sentence) -> bool:
    return one.doing in IDLE and one.pending is Pending.NOTHING


def _is_near(name: str, one: Sentence, example: Example) -> bool:
    """Return whether a candidate is a function of the agent that is meant, or the agent of a function that is."""
    whole = any(meant.startswith(AGENT) and example.owner[meant] == example.owner[name] for meant in one.meant)
    return whole or (name.startswith(AGENT) and any(example.owner[meant] == example.owner[name] for meant in one.meant))


def teach(
    one: Lesson, weights: Weights, changes: Changes, random: np.random.Generator, into: Changes
) -> tuple[float, float]:
    """Add to `into` how changes and heads would have to change; return how wrong they are about either task."""
    said = Trained(weights, changes, [_shortened(pieces, random) for pieces in one.sentences])
    ways = [_way(described, random) for described in one.candidates]
    about = Trained(weights, changes, ways)
    wish, wish_about, meant = _mean(one, said.vectors, about.vectors, changes, into)
    more, done = _do(one, said.vectors, changes, into)
    said.back(wish + more, into)
    about.back(wish_about, into)
    return meant, done


def _way(described: list[Pieces], random: np.random.Generator) -> Pieces:
    return described[0] if random.random() < DESCRIBED else described[random.integers(len(described))]


def _shortened(pieces: Pieces, random: np.random.Generator) -> Pieces:
    if random.random() < WHOLE or len(pieces) <= SHORT:
        return pieces
    inner = [piece for piece in pieces[1:-1] if random.random() > LEFT_OUT]
    return (pieces[0], *inner, pieces[-1])


def _mean(one: Lesson, said: Floats, about: Floats, heads: Changes, into: Changes) -> tuple[Floats, Floats, float]:
    """Compare the sentences with all candidates, and with none."""
    nothing = heads["nothing"] + said @ heads["nothing.of"]
    near = np.concatenate([said @ about.T, nothing[:, None]], 1)
    shares = _shares(np.where(one.either, NEVER, near * heads["scale"]))
    total = one.counts.sum()
    loss = -(one.wanted * np.log(shares + 1e-9)).sum(1) @ one.counts / total
    wrong = (shares - one.wanted) * one.counts[:, None] / total
    _add(into, "scale", np.array([(wrong * np.where(one.either, 0, near)).sum()], np.float32))
    wrong = (wrong * heads["scale"]).astype(np.float32)
    idle, wrong = wrong[:, -1], wrong[:, :-1]
    _add(into, "nothing", np.array([idle.sum()], np.float32))
    _add(into, "nothing.of", said.T @ idle)
    return wrong @ about + idle[:, None] * heads["nothing.of"], wrong.T @ said, float(loss)


def _do(one: Lesson, said: Floats, heads: Changes, into: Changes) -> tuple[Floats, float]:
    """Tell what the sentences do."""
    long = np.float32(LENGTH) * said
    shares = _shares(long @ heads["doing"] + heads["doing.base"] + one.pending @ heads["pending"])
    right = shares[np.arange(len(shares)), one.doing]
    wrong = shares.copy()
    wrong[np.arange(len(shares)), one.doing] -= 1
    wrong *= np.float32(BESIDE / len(shares))
    _add(into, "doing", long.T @ wrong)
    _add(into, "doing.base", wrong.sum(0))
    _add(into, "pending", one.pending.T @ wrong)
    return np.float32(LENGTH) * (wrong @ heads["doing"].T), float(-np.log(right + 1e-9).mean())


def _shares(scores: Floats) -> Floats:
    shares = np.exp(scores - scores.max(1, keepdims=True))
    result: Floats = shares / shares.sum(1, keepdims=True)
    return result


def _add(into: Changes, name: str, value: NDArray[Any]) -> None:
    into[name] = (into.get(name, np.float32(0)) + value).astype(np.float32)
