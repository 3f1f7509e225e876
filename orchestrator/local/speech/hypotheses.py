"""Which of Whisper's hypotheses counts: nearly as likely as the best one, and what the caller was asked for.

The right words are often the second or third guess: "Yes, but it for." before "Yes, but at four.", 90035 before 9035.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

Hypotheses = Sequence[tuple[float, str]]  # the mean of the tokens' logarithms and the text; the likeliest first
Fits = Callable[[str], float]  # how well a text answers what was asked, the more the better
Choose = Callable[[Hypotheses], str]
NEAR = 0.3  # how much less likely than the best a hypothesis may be
WEIGHT = 0.2  # what one unit of fitting is worth, on the same scale
STOPPED, MORE = 0.15, 3  # the same for one that goes on where the best one stopped, and the fewest words that it adds
TWICE = re.compile(r"(\D+?)(?:[\s.,!?]+\1)+[\s.,!?]*$", re.IGNORECASE)  # "Perfect Perfect", an echo more often than not
MARKS = re.compile(r"[^\w\s']+")


def likeliest(hypotheses: Hypotheses) -> str:
    """Return the likeliest text."""
    return hypotheses[0][1]


def fitting(hypotheses: Hypotheses, fits: Fits) -> str:
    """Return the text that counts."""
    top = hypotheses[0][0]
    near = [(score, text) for score, text in hypotheses if text and top - score <= NEAR] or [hypotheses[0]]
    score, text = max(near, key=lambda one: one[0] + WEIGHT * (fits(one[1]) - bool(TWICE.match(one[1]))))
    longer = [(other, more) for other, more in near if score - other <= STOPPED and _goes_on(text, more)]
    return longer[0][1] if longer else text


def _goes_on(text: str, more: str) -> bool:
    """Return whether a text says all of another and then something else."""
    first, second = (MARKS.sub("", one).lower().split() for one in (text, more))
    return len(second) >= len(first) + MORE and second[: len(first)] == first
