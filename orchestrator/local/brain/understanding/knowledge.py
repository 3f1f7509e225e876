"""What an agent knows without a function: the answers of the team file, and what its instructions state."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from statistics import fmean

from orchestrator.local.brain.language import Expression, Language, current, length, load
from orchestrator.local.brain.learned.meaning import Meaning, meaning
from orchestrator.local.brain.understanding import dates, numbers, times
from orchestrator.local.brain.understanding.acts import Act, acts
from orchestrator.local.brain.understanding.encoder import SentenceEncoder, content, neutral
from orchestrator.local.brain.understanding.meant import LEARNT

ANSWER = re.compile(r"^Q: (.+?) A: (.+)$", re.MULTILINE)
SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\s*\n+[\s*-]*")
COSTS = Expression("costs")  # verbs, one of which in both makes a statement an answer: "how long does it take?"
FEWEST = 3  # words of a statement
MOMENT, NAME_WITHIN = Expression("moment_within"), Expression("name_within")
# What a question asks for, the first that fits → whether a sentence can answer it.
ANSWERS: Mapping[str, Callable[[str, date], bool]] = {
    "asks_time": lambda sentence, today: bool(times.find(sentence)),
    "asks_day": lambda sentence, today: bool(dates.find(sentence, today)),
    "asks_moment": lambda sentence, today: bool(
        times.find(sentence) or dates.find(sentence, today) or MOMENT.search(sentence)
    ),
    "asks_who": lambda sentence, today: bool(NAME_WITHIN.search(sentence)),
    "asks_number": lambda sentence, today: bool(numbers.find(sentence)),
}
WHO_DOES = Expression("who_does")
COURTESY = Expression("courtesy")  # "sorry", "please": what is said in passing
WAYS = 3  # texts that stand for a known question
# Of what was learnt to be asked for: the score where nothing tells, and how much likeness counts; fitted like LEARNT.
KNOWN, NEAR = 0.12, 0.3
STATED = 0.9  # how much a statement counts that matches a question as well as a known question does


def answers_to(question: str) -> Callable[[str, date], bool] | None:
    """Return what tells whether a sentence can answer a question; None when the question does not ask for a value."""
    return next((answers for kind, answers in ANSWERS.items() if Expression(kind).search(question)), None)


def topic(question: str) -> frozenset[str]:
    """Return what a question is about: its words without those that only say what kind of value is asked for."""
    for kind in ANSWERS:
        question = Expression(kind).sub(" ", question)
    return content(COURTESY.sub(" ", question))


class Knowledge:
    """Finds what answers a question."""

    def __init__(self, encoder: SentenceEncoder, instructions: str) -> None:
        # Compares sentences by meaning.
        self._encoder = encoder
        # Known questions with their answers.
        self._known = ANSWER.findall(instructions)
        # Sentences that answer by themselves.
        self._stated = statements(ANSWER.sub("", instructions), current())
        # All that can be told.
        self._told = [*(answer for _, answer in self._known), *self._stated]
        # What was learnt about sentences of the language in use; None when that is nothing.
        self._meaning = meaning(current().code)

    def best(self, text: str) -> tuple[float, str]:
        """Return how well the best known question or statement matches, and what is to be said."""
        scores = self._likeness(text)
        if self._meaning is not None:
            meant = self._likelier(text, self._meaning)
            scores = [KNOWN + LEARNT * one + NEAR * near for one, near in zip(meant, scores, strict=True)]
        return max(zip(scores, self._told, strict=True), default=(0.0, ""))

    def _likelier(self, text: str, meaning: Meaning) -> list[float]:
        """Return for all that can be told how much likelier it is asked for than nothing: logarithms."""
        scores = iter(meaning.match_known(text, self.described()))
        return [fmean(islice(scores, WAYS)) for _ in self._known] + list(scores)

    def described(self) -> list[str]:
        """Return the texts by which it is told what is asked for: of a known question, with and without its answer."""
        known = (text for asked, told in self._known for text in (f"{asked} {told}", asked, told))
        return [neutral(one) for one in (*known, *self._stated)]

    def _likeness(self, text: str) -> list[float]:
        """Return how near each question is or, of what has a word or a verb of the text, what is told."""
        near = self._encoder.likeness(text, [question for question, _ in self._known])
        mine, verbs = content(text), _verbs(text)
        fitting = [told for told in self._told if mine & content(told) or verbs & _verbs(told)]
        stated = dict(zip(fitting, self._encoder.likeness(text, fitting), strict=True))
        asked = [*near, *(0.0 for _ in self._stated)]
        return [max(one, STATED * stated.get(told, 0.0)) for one, told in zip(asked, self._told, strict=True)]

    def for_act(self, act: Act, text: str) -> str:
        """Return the author's answer to a question that does the same as the caller's words; "" when there is none."""
        same = [(question, answer) for question, answer in self._known if act in acts(question, current())]
        near = self._encoder.likeness(text, [question for question, _ in same])
        return max(zip(near, (answer for _, answer in same), strict=True), default=(0.0, ""))[1]

    def sentences(self) -> Sequence[str]:
        """Return the sentences that are compared, to encode them in advance."""
        return [*(text for pair in self._known for text in pair), *self._stated]


def _verbs(text: str) -> set[str]:
    return {found.lower() for found in COSTS.pattern.findall(text)}


@lru_cache(maxsize=64)
def statements(instructions: str, words: Language) -> tuple[str, ...]:
    """Return the sentences of instructions that state a fact for callers, and order the agent nothing."""
    plain = (line for line in instructions.splitlines() if not line.startswith("#"))
    sentences = (one.strip(" -*") for one in SENTENCE.split("\n".join(plain)))
    states = words.expressions["states"]
    orders = [language.expressions["orders"] for language in (words, load())]  # what we add to instructions is English
    long = [one for one in sentences if length(one) >= FEWEST]
    stated = [one for one in long if states.search(one) and not any(order.search(one) for order in orders)]
    beside = (WHO_DOES.search(one) for one in long if one not in stated)  # "You help the manager, who calls back soon."
    told = (f"{one['who']} {one['does']}" for one in beside if one is not None)
    return (*stated, *(one[0].upper() + one[1:] for one in told))
