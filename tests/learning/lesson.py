"""What is learnt from one team: its callers' sentences come near to what they mean, and what they do is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestrator.local.brain.learned import network
from orchestrator.local.brain.learned.meaning import LENGTH, Doing, Pending
from orchestrator.local.brain.learned.reading import Reading, read
from orchestrator.local.brain.learned.spans import LONGEST
from orchestrator.local.brain.learned.weights import Floats, Weights
from orchestrator.local.brain.learned.wordpieces import Pieces, WordPieces
from tests.learning.examples import AGENT, IDLE, WANTS, Example, Sentence
from tests.learning.trained import Changes, Trained
from tests.learning.values import Sought, find, first_values

DESCRIBED = 0.5  # how often a function is described in the usual way
LEFT_OUT = 0.1  # how many pieces of a sentence or description are left out, so that no single one is relied on
UNSIGNED = 0.3  # how many of the others lose their punctuation, and no other piece
WHOLE = 0.3  # how many of them are left as they are
SHORT = 6  # pieces of a text of which none is left out
BESIDE = 0.5  # how much telling what a sentence does counts beside what it means
IDLY = 0.5  # how much a sentence counts that means no function because it is small talk
NEVER = np.float32(-1e9)
WIDTH = 384  # of the vectors
# What has no value, whatever is asked for.
NO_ANSWER = (*IDLE, Doing.PERSON)
TRIED = 2  # parameters that are looked for in each of these sentences, although nobody marked that they are not there
VALUES = 1.0  # how much finding values counts beside what a sentence means


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
    return {name: value.astype(np.float32) for name, value in heads.items()} | first_values(width)


@dataclass(frozen=True)
class Lesson:
    """One team, in numbers."""

    candidates: list[list[Pieces]]  # in all descriptions
    parameters: list[list[Pieces]]  # likewise
    sentences: list[Reading]
    sought: list[Sought]
    idle: list[bool]  # of each sentence, whether it can have no value at all
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
    readings = [read(one.said, pieces) for one in example.sentences]
    return Lesson(
        candidates,
        [[pieces.numbers(text) for text in ways] for ways in example.parameters.values()],
        readings,
        [_sought(one, own, list(example.parameters)) for one, own in zip(example.sentences, readings, strict=True)],
        [one.doing in NO_ANSWER and not any(one.values.values()) for one in example.sentences],
        wanted,
        counts,
        either,
        np.array([doings.index(one.doing) for one in example.sentences]),
        np.eye(len(Pending), dtype=np.float32)[[one.pending.value for one in example.sentences]],
    )


def _sought(one: Sentence, reading: Reading, parameters: list[str]) -> Sought:
    """Return the parameters of which it is known whether a sentence has their values."""
    found: dict[int, tuple[int, int] | None] = {}
    for name, words in one.values.items():
        start = one.said.rfind(words) if words is not None else 0
        place = reading.span(start, start + len(words)) if words is not None else None
        if words is None or (place is not None and place[1] - place[0] < LONGEST):
            found[parameters.index(name)] = place
    asked = [(parameters[at] == one.asked, one.asked not in ("", parameters[at])) for at in found]
    return Sought(tuple(found), np.array(asked, np.float32).reshape(-1, 2), tuple(found.values()))


def _is_idle(one: Sentence) -> bool:
    return one.doing in IDLE and one.pending is Pending.NOTHING


def _is_near(name: str, one: Sentence, example: Example) -> bool:
    """Return whether a candidate is a function of the agent that is meant, or the agent of a function that is."""
    if name not in example.owner:
        return False
    same = [meant for meant in one.meant if example.owner.get(meant) == example.owner[name]]
    return any(meant.startswith(AGENT) for meant in same) or (name.startswith(AGENT) and bool(same))


def teach(
    one: Lesson, weights: Weights, changes: Changes, random: np.random.Generator, into: Changes
) -> tuple[float, float, float]:
    """Add to `into` how changes and heads would have to change; return how wrong they are about each task."""
    kept = [_kept(reading, random) for reading in one.sentences]
    readings = [reading.only(some) for reading, some in zip(one.sentences, kept, strict=True)]
    changed = network.adapted(weights, changes)
    said = Trained(changed, changes, [reading.pieces for reading in readings])
    ways = [_way(described, random) for described in (*one.candidates, *one.parameters)]
    about = Trained(changed, changes, ways)
    functions, parameters = np.split(about.vectors, [len(one.candidates)])
    wish, wish_functions, meant = _mean(one, said.vectors, functions, changes, into)
    more, done = _do(one, said.vectors, changes, into)
    sought = [
        own.moved(some).besides(random.integers(len(one.parameters), size=TRIED if idle else 0))
        for own, some, idle in zip(one.sought, kept, one.idle, strict=True)
    ]
    total = max(1, sum(len(own.parameters) for own in sought))
    wish_rows: dict[int, Floats] = {}
    wish_parameters = np.zeros_like(parameters)
    found = 0.0
    for at, (reading, own) in enumerate(zip(readings, sought, strict=True)):
        if own.parameters and reading.of:
            chosen = list(own.parameters)
            wish_rows[at], theirs, wrong = find(
                changes, reading, said.rows(at), parameters[chosen], own, VALUES / total, into
            )
            wish_parameters[chosen] += theirs
            found += wrong
    said.back(wish + more, into, wish_rows)
    about.back(np.concatenate([wish_functions, wish_parameters]), into)
    return meant, done, found / total


def _way(described: list[Pieces], random: np.random.Generator) -> Pieces:
    way = described[0] if random.random() < DESCRIBED else described[random.integers(len(described))]
    if random.random() < WHOLE or len(way) <= SHORT:
        return way
    return (way[0], *(one for one in way[1:-1] if random.random() > LEFT_OUT), way[-1])


def _kept(reading: Reading, random: np.random.Generator) -> list[int]:
    """Return the pieces that are kept of a sentence, between the first and the last."""
    every = range(len(reading.of))
    if random.random() < WHOLE or len(every) <= SHORT:
        return list(every)
    if random.random() < UNSIGNED:  # as it is recognised
        return [at for at in every if reading.words[reading.of[at]].text[:1].isalnum()]
    return [at for at in every if random.random() > LEFT_OUT]


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
