"""What the caller is likely to say next: an answer to what was asked, with numbers as long as functions take them.

It reads the question and the functions, not the dialogue: recognition must not wait for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestrator.local.brain import language
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import (
    clauses,
    names,
    numbers,
    slots,
    spelling,
    times,
)
from orchestrator.local.brain.understanding.acts import agreement
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.misheard import names as misheard_names
from orchestrator.local.brain.understanding.misheard import numbers as misheard_numbers
from orchestrator.local.brain.understanding.misheard import sounds
from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from orchestrator.local.brain.understanding.utterance import Context
from orchestrator.local.speech.hypotheses import TWICE, Hypotheses, fitting

SHORTEST = 3  # digits of a number that may be too short or too long
COMPLETE = (Kind.CHOICE, Kind.EMAIL, Kind.TIME, Kind.COUNT)  # values after which nothing need follow
ANNOUNCED = re.compile(r"\bname(?:'s| is)\b|\bunder the name\b", re.IGNORECASE)
# What stands before a name, and the words up to a comma, the end of the sentence, or letters that spell it.
LEADING = re.compile(
    r"(?:(?:it's|it is|this is|i'm|i am|(?:my |the )?name is|under|to|for|yes|um|uh|well|okay|hi|hello)[,.]?\s+)*"
    r"(?P<name>[^\W\d_][^,.;:?!\d]*?)(?=[,.;:!]|$|\s(?:on|at|from|for|tell|account|please)\b|\s[a-z]\b[\s.,-]+[a-z]\b[\s.,-]+[a-z]\b)",
    re.IGNORECASE,
)
ONE_LETTER = 0.85  # likeness of two spellings of which a letter differs
DENIES = re.compile(r"\bnot\b", re.IGNORECASE)
MOST_WORDS = 4  # of what may be a name
FEW = 6  # most words of an answer that is nothing but the value


@dataclass(frozen=True, slots=True)
class Expected:
    """What may come, by what was said last and what the session's functions take."""

    asked: Parameter | None
    confirms: bool  # whether a yes or a no is wanted
    lengths: frozenset[int]  # how many digits the numbers have that functions take
    today: date

    def chosen(self, hypotheses: Hypotheses) -> str:
        """Return the hypothesis that counts, the names in it as they are usually written."""
        text = self._without_extra_digit(fitting(hypotheses, self.fits))
        if (self.confirms or self.asked is not None) and (echo := TWICE.fullmatch(text)):
            text = echo[1]
        if clauses.repaired(text, language.load()) is not None:
            return text
        name = self._name(text)
        if name is not None and misheard_names.share_known(name.value) == 1:
            return _without_letters(text, name)
        spelled = spelling.find(text)
        said = LEADING.match(text[: spelled.start].rstrip(" ,.-") if spelled else text) if self._asks_for_name else None
        if said is not None and len(said["name"].split()) <= MOST_WORDS:
            both = misheard_names.together(said["name"])
            if both:
                return _without_letters(*_replaced(text, names.Name(both, *said.span("name"))))
        return text if name is None or spelling.find(text) else _replaced(text, name)[0]

    def fits(self, text: str) -> float:
        """Return how well a text answers: a point for each thing that is as expected, one off for a wrong number."""
        words = language.load()
        points = self._by_length(text)
        if (name := self._name(text)) is not None:
            points += misheard_names.share_known(name.value)
        if self.asked is not None and slots.is_definite(self.asked):
            points += bool(self._value(text))
        if self.confirms:
            points += agreement(text, words) is not None
        return points + bool(times.find(text)) / 2 + (clauses.repaired(text, words) is not None)

    def is_answered(self, text: str) -> bool:
        """Return whether a text is the whole answer to the question that was asked, after which nothing need follow."""
        if self.asked is None or kind_of(self.asked) not in COMPLETE or len(text.split()) > FEW:
            return False
        if DENIES.search(text):  # "not fifty" is half of a correction
            return False
        return bool(self._value(text))

    def is_likely_answered(self, text: str) -> bool:
        """Return whether a text answers what was asked, although more may follow: "Anna Schmidt", "on Friday"."""
        if len(text.split()) > FEW or text.rstrip()[-1:] not in ".!?" or DENIES.search(text):
            return False
        if self.confirms:
            return agreement(text, language.load()) is not None
        if self._asks_for_name:
            name = self._name(text)
            return name is not None and len(name.value.split()) > 1 and misheard_names.share_known(name.value) == 1
        return self.asked is not None and slots.is_definite(self.asked) and bool(self._value(text))

    def _name(self, text: str) -> names.Name | None:
        """Return the name in a text, if one was asked for or announced."""
        if not (self._asks_for_name or ANNOUNCED.search(text)):
            return None
        words, spelled = language.load(), spelling.find(text)
        plain = text[: spelled.start] if spelled else text
        if found := names.find(plain, words):
            return found
        bare = names.bare(plain, words) if self._asks_for_name else ""
        start = text.lower().find(bare.lower())
        return names.Name(bare, start, start + len(bare)) if bare and start >= 0 else None

    @property
    def _asks_for_name(self) -> bool:
        return self.asked is not None and kind_of(self.asked) is Kind.NAME

    def _value(self, text: str) -> dict[str, Any]:
        assert self.asked is not None
        return slots.fill([self.asked], text, Context(self.today), asked=self.asked.name)

    def _without_extra_digit(self, text: str) -> str:
        """Take a digit off a number that has one too many, where one is written twice: 77731 for 7731."""
        for one in reversed(numbers.find(text)):
            length = len(one.digits) - 1
            if length < SHORTEST or length not in self.lengths or length + 1 in self.lengths:
                continue
            if digits := misheard_numbers.without_extra(one.digits, length):
                text = f"{text[: one.start]}{digits}{text[one.end :]}"
        return text

    def _by_length(self, text: str) -> float:
        found = [len(one.digits) for one in numbers.find(text) if one.digits.isdigit() and len(one.digits) >= SHORTEST]
        right = sum(count in self.lengths for count in found)
        wrong = sum(count not in self.lengths and bool({count - 1, count + 1} & self.lengths) for count in found)
        return right - wrong


def expected(said: str, tools: Sequence[Mapping[str, Any]], today: date) -> Expected:
    """Return what may follow what was said to the caller."""
    known = [one for tool in tools for one in parameters(tool)]
    asked = next((one for one in known if said.endswith(phrases.question(one))), None)
    lengths = frozenset(one.length for one in known if one.length is not None)
    return Expected(asked, said.rpartition(". ")[2].startswith("Shall I"), lengths, today)


def _replaced(text: str, name: names.Name) -> tuple[str, names.Name]:
    """Write a name in its place as people write it; return the text, and the name where it stands now."""
    written = misheard_names.mended(name.value)
    return f"{text[: name.start]}{written}{text[name.end :]}", names.Name(
        written, name.start, name.start + len(written)
    )


def _without_letters(text: str, name: names.Name) -> str:
    """Leave out letters that spell a name that many people have, one of them wrongly: "Demir, D, E, N, I, R"."""
    spelled = spelling.find(text)
    if spelled is None or misheard_names.share_known(spelled.value) or spelled.start < name.end:
        return text
    near = max(sounds.likeness(word, spelled.value) for word in name.value.split())
    return f"{text[: spelled.start].rstrip(' ,')}{text[spelled.end :]}" if near >= ONE_LETTER else text
