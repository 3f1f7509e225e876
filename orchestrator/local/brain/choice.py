"""How much a sentence means each of the things that an agent can do.

Likeness of meaning comes from the sentence encoder, over a function's description and examples. Three things are added
that it does not see: words that only one of the functions has, a sentence that brings all that a function needs, and
a colleague asked for by name. The weights were chosen on 208 sentences (a service desk, an airline, the sample team;
with and without examples): 198 right, and 195 to 198 wherever a weight is moved by half.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from orchestrator.local.brain import numbers, phrases, slots
from orchestrator.local.brain.encoder import SentenceEncoder, content
from orchestrator.local.brain.parameter import parameters
from orchestrator.local.brain.ways import is_transfer
from orchestrator.team.functions import CONFIRM

Tool = Mapping[str, Any]
Ranked = list[tuple[float, Tool]]
SUPPORT = 0.15  # weight of the second and third nearest example: one alone may be near by accident
RARE = 0.2  # weight of the words that few of the agent's functions have
FITS = 0.18  # what it adds when the sentence has all that a function needs
NAMED = 0.3  # what it adds when the caller names the colleague they want
NO_QUESTION = 0.1  # what an answer lacks when nothing is asked, or when it is the caller's own matter, to be looked up
ASKS = re.compile(
    r"\?|^(?:and |so |hello |hi )*(?:what|when|where|which|who|how|can|could|do|does|is|are|may|until)\b", re.IGNORECASE
)
OWN_MATTER = re.compile(r"\b(?:my|mine|our)\b|\d", re.IGNORECASE)
OWN_WORD = 0.1  # what it adds when the sentence has a word of the function's name that no other's name has: "cancel"
UNKNOWN = 0.5  # how much a word counts that no function has
NEAR_VALUE = 0.3  # likeness from which a listed value is taken to be meant, and
VALUE_MARGIN = 0.03  # how far it must be before the next one
LITERAL = 1.0  # likeness from which a sentence is one of a function's own, nearly word for word
PERSON = 0.6  # the same, when both are about speaking to a person
NOTHING_ELSE = 2  # words of meaning in a sentence that only names a colleague
EXAMPLES = re.compile(r"\s*For example: (.+)$", re.DOTALL)
ANSWER = re.compile(r"^Q: (.+?) A: (.+)$", re.MULTILINE)
SPEAK_TO = re.compile(
    r"\b(transfer|connect|put me|put through|speak|talk|pass me|switch|go back|back to|take me|send me|"
    r"some(?:one|body) (?:in|from|at))\b",
    re.IGNORECASE,
)
DEPARTMENT = re.compile(r"\b(department|desk|support|team|office|line)\b", re.IGNORECASE)
SHORT = 4  # words, of which one is a colleague's name: "Billing, please."


class Choices:
    """What one agent can do, and how near a sentence is to it."""

    def __init__(self, encoder: SentenceEncoder, tools: Sequence[Tool], instructions: str) -> None:
        self.tools = tools
        # Compares meanings.
        self._encoder = encoder
        # Question → answer.
        self._known = ANSWER.findall(instructions)

    def ranked(self, text: str, among: Sequence[Tool] | None = None) -> Ranked:
        """Return functions by how much they are meant; the score of a good match is 0.4 to 1.4."""
        text = numbers.written(text)
        tools = self.tools if among is None else among
        rare = self._rare(text)
        scored = [(self._score(text, tool) + RARE * rare.get(str(tool["name"]), 0.0), tool) for tool in tools]
        return sorted(scored, key=lambda pair: -pair[0])

    def small_talk(self, text: str) -> tuple[float, str]:
        """Return how much a sentence is about nothing, and the reply, with `{who}` and `{able}` to fill in."""
        scored = ((self._nearness(text, sayings), reply) for reply, sayings in phrases.SMALL_TALK.items())
        return max(scored, default=(0.0, ""))

    def answer(self, text: str) -> tuple[float, str]:
        """Return how much a known question is asked, and the answer."""
        scores = self._encoder.likeness(text, [question for question, _ in self._known])
        best = max(zip(scores, (answer for _, answer in self._known), strict=True), default=(0.0, ""))
        general = ASKS.search(text) and not OWN_MATTER.search(text)
        return best[0] * (1 + SUPPORT) - (0.0 if general else NO_QUESTION), best[1]

    def nearest(self, text: str, values: Sequence[str]) -> int | None:
        """Return which of the values a text means; None when it is not clear."""
        ranked = sorted(zip(self._encoder.likeness(text, values), range(len(values)), strict=True), reverse=True)
        if not ranked or ranked[0][0] < NEAR_VALUE:
            return None
        clear = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= VALUE_MARGIN
        return ranked[0][1] if clear else None

    def is_literal(self, text: str, but: Tool) -> bool:
        """Return whether a text is what callers say for another function, or asks for a person where there is one."""
        for tool in self.tools:
            person = is_transfer(tool) and "person" in content(text) & vocabulary(tool)
            near = max(self._encoder.likeness(text, prototypes(tool)), default=0.0)
            if tool["name"] != but["name"] and near >= (PERSON if person else LITERAL):
                return True
        return False

    def _score(self, text: str, tool: Tool) -> float:
        score = self._nearness(text, prototypes(tool))
        if names(text, tool):
            score += NAMED
        others = (content(phrases.plain(str(one["name"]))) for one in self.tools if one is not tool)
        if (content(phrases.plain(str(tool["name"]))) - frozenset().union(*others)) & content(text):
            score += OWN_WORD
        needed = [parameter for parameter in parameters(tool) if parameter.required]
        if needed and len(slots.fill(needed, text)) == len(needed):
            score += FITS
        return score

    def _nearness(self, text: str, others: Sequence[str]) -> float:
        """Return the likeness to the nearest, and a little of the next two."""
        best = sorted(self._encoder.likeness(text, others), reverse=True)
        nearest, more = best[:1], best[1:3]
        return (nearest[0] if nearest else 0.0) + (SUPPORT * sum(more) / len(more) if more else 0.0)

    def _rare(self, text: str) -> dict[str, float]:
        """Return, for each function, its share of the text's words, rare words counting more."""
        own = {str(tool["name"]): vocabulary(tool) for tool in self.tools}
        said = content(text)
        weight: dict[str, float] = {}
        for word in said:
            having = sum(word in words for words in own.values())
            weight[word] = math.log(1 + len(own) / having) if having else UNKNOWN * math.log(1 + len(own))
        total = sum(weight.values()) or 1.0
        return {name: sum(weight[word] for word in said & words) / total for name, words in own.items()}


def is_destructive(tool: Tool) -> bool:
    """Return whether the caller must agree first."""
    return CONFIRM in str(tool.get("description"))


def names(text: str, tool: Tool) -> bool:
    """Return whether the caller asks for the colleague that a transfer leads to, by name."""
    if not is_transfer(tool) or not content(phrases.plain(str(tool["name"]))) & content(text):
        return False
    return bool(SPEAK_TO.search(text)) or len(text.split()) <= SHORT


def only_names(text: str) -> bool:
    """Return whether a sentence says nothing but whom the caller wants: "Transfer me to billing, please."."""
    if len(text.split()) <= SHORT and DEPARTMENT.search(text):
        return True
    return bool(SPEAK_TO.search(text)) and len(content(SPEAK_TO.sub("", text))) <= NOTHING_ELSE


def is_about_speaking(tool: Tool) -> bool:
    """Return whether a function is for callers who want to speak to somebody: taking a message."""
    return any(SPEAK_TO.search(text) for text in prototypes(tool))


def prototypes(tool: Tool) -> Sequence[str]:
    """Return sentences that stand for a function: its description, and what callers say for it."""
    return _prototypes(str(tool["name"]), str(tool.get("description") or ""))


@lru_cache(maxsize=512)
def _prototypes(name: str, described: str) -> tuple[str, ...]:
    described = described.replace(CONFIRM, "").strip()
    found = EXAMPLES.search(described)
    examples = re.findall(r'"([^"]+)"', found.group(1)) if found else []
    about = EXAMPLES.sub("", described)
    about = re.sub(r"^(?:Hand the caller over to \S+\.|Ask \S+ while the caller stays with you\.) ?", "", about)
    parts = re.split(r"(?<=\.)\s+|: ", about.replace("Use it for: ", ""))
    lists = [item for part in parts if part.count(",") > 1 for item in part.rstrip(".").split(", ")]
    return tuple(text for text in (about, *parts[1:], *lists, phrases.plain(name), *examples) if text)


@lru_cache(maxsize=512)
def _vocabulary(sentences: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*(content(sentence) for sentence in sentences))


def vocabulary(tool: Tool) -> frozenset[str]:
    """Return the words of a function that carry meaning."""
    return _vocabulary(prototypes(tool))
