"""The words in which a parameter's value is looked for, and what is known when it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from orchestrator.local.brain.language import Language, current
from orchestrator.local.brain.learned.meaning import Value
from orchestrator.local.brain.understanding.parameter import Parameter

Read = tuple[Any, str]
Nearest = Callable[[str, Sequence[str]], int | None]
Learnt = Callable[[str, Sequence[Parameter], str], Mapping[str, Value]]


@dataclass(frozen=True, slots=True)
class Context:
    """What is known when values are read."""

    today: date
    words: Language = field(default_factory=current)
    about: str = ""  # words of the function: which half of the day is meant
    vocabulary: frozenset[str] = frozenset()  # of the function: a request in these words says nothing more
    beside: Sequence[Parameter] = ()  # all parameters of the function
    nearest: Nearest | None = None  # finds the listed value that is meant but not said
    learnt: Learnt | None = None  # finds the words that are values of parameters, one of which was asked for


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
