"""The words in which a parameter's value is looked for, and what is known when it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from orchestrator.local.brain.language import Language, current
from orchestrator.local.brain.learned.meaning import Likely
from orchestrator.local.brain.understanding.parameter import Parameter

Read = tuple[Any, str]

Learnt = Callable[[str, Sequence[Parameter], str], Mapping[str, Likely]]


class Nearest(Protocol):
    """Finds which of listed values words mean that are none of them."""

    def __call__(self, text: str, values: Sequence[str], least: float = ...) -> int | None:
        """Return its index; None when none is at `least` that near."""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when values are read."""

    today: date
    words: Language = field(default_factory=current)
    about: str = ""  # words of the function: which half of the day is meant
    vocabulary: frozenset[str] = frozenset()  # of the function: a request in these words says nothing more
    beside: Sequence[Parameter] = ()  # all parameters of the function
    nearest: Nearest | None = None  # finds the listed value that is meant but not said
    learnt: Learnt | None = None  # tells how likely words are values of parameters, one of which was asked for


@dataclass(frozen=True, slots=True)
class Utterance:
    """The words in which a reader looks for a parameter's value."""

    parameter: Parameter
    text: str
    answer: bool  # the text is the answer to the question for this parameter
    context: Context
    said: str = ""  # the whole text, of which other readers have taken their values
    alone: bool = True  # no other parameter of this kind is looked for

    def without(self, start: int, end: int) -> str:
        """Return the text without the part that was read."""
        return f"{self.text[:start]} {self.text[end:]}"
