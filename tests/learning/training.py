"""Learns from lessons, one team at a time: Adam, with a rate that rises for a moment and then falls.

What is kept is a mean over the last steps, which is less by chance than the last one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from orchestrator.local.brain.learned.weights import Weights
from tests.learning.lesson import Lesson, first_heads, teach
from tests.learning.trained import Changes, beginning

RANK = 8  # width of the narrow middle of each change
TIMES = 5  # how often each team is gone through
SEED = 0
RATE, RISING, LEAST = 2e-3, 20, 0.03  # the rate at most, the steps in which it rises, and its share at the end
FASTER = {"scale": 10.0, "nothing": 10.0, "nothing.of": 5.0, "doing": 5.0, "doing.base": 5.0, "pending": 5.0}
FORGETS = 0.5  # how much of each change is taken back in each step, times the rate
STEADY = ("scale", "nothing")  # which are not
MOST = 1.0  # length of a step's gradient
MEAN, SQUARE = 0.9, 0.99  # how long means are remembered
LAST = 0.985  # how long the mean of what is learnt is remembered
TINY = 1e-8


@dataclass
class Adam:
    """Remembers the means by which each step is scaled."""

    means: Changes = field(default_factory=dict)
    squares: Changes = field(default_factory=dict)
    steps: int = 0

    def step(self, learnt: Changes, gradient: Changes, rate: float) -> None:
        """Change what is learnt a little."""
        self.steps += 1
        length = float(np.sqrt(sum(float((value**2).sum()) for value in gradient.values())))
        for name, value in gradient.items():
            value = value * np.float32(min(1.0, MOST / length))
            self.means[name] = MEAN * self.means.get(name, np.float32(0)) + (1 - MEAN) * value
            self.squares[name] = SQUARE * self.squares.get(name, np.float32(0)) + (1 - SQUARE) * value**2
            mean, square = self.means[name] / (1 - MEAN**self.steps), self.squares[name] / (1 - SQUARE**self.steps)
            way = rate * FASTER.get(name, 1.0) * mean / (np.sqrt(square) + TINY)
            kept = 1.0 if name in STEADY else 1 - rate * FORGETS
            learnt[name] = ((learnt[name] - way) * kept).astype(np.float32)


def learn(lessons: Sequence[Lesson], weights: Weights, told: Callable[[str], None]) -> Changes:
    """Return the changes and heads that were learnt, in single precision."""
    learnt = beginning(weights, RANK, SEED) | first_heads()
    kept = dict(learnt)
    random, adam, steps = np.random.default_rng(SEED), Adam(), TIMES * len(lessons)
    for time in range(TIMES):
        losses = []
        for at in random.permutation(len(lessons)):
            gradient: Changes = {}
            losses.append(teach(lessons[at], weights, learnt, random, gradient))
            done = adam.steps + 1
            rate = RATE * min(1.0, done / RISING) * max(LEAST, 1 - done / steps)
            adam.step(learnt, gradient, rate)
            before = learnt if done == 1 else kept
            kept = {name: (LAST * before[name] + (1 - LAST) * one).astype(np.float32) for name, one in learnt.items()}
        meant, doing, values = np.mean(losses, 0)
        told(f"time {time + 1} of {TIMES}: loss {meant:.3f} in meaning, {doing:.3f} in doing, {values:.3f} in values")
    return kept
