"""What the caller has just said, as far as words alone tell."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.local.brain.language import Expression, Language, length
from orchestrator.local.brain.understanding import clauses
from orchestrator.local.brain.understanding.acts import Act, acts, agreement, only
from orchestrator.local.brain.understanding.clauses import Repaired

INQUIRIES = Expression("inquiries")
EXCLAMATION = 2  # most words of "Oh my!"
PLEASANTRIES = (Act.AFFIRM, Act.THANKS, Act.GREETING, Act.WAIT)


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the caller."""

    text: str
    acts: frozenset[Act]
    question: bool  # whether it asks something
    repair: Repaired | None  # how it corrects itself, or what was said before
    agreed: bool | None  # yes, no, or neither
    core: str  # the text without sentences before the last ones that are nothing but "Great." or "Oh, hello!"
    words: Language

    def only(self, *kinds: Act) -> bool:
        """Return whether it does one of these things and says nothing else."""
        return only(self.text, kinds, self.words)


def hear(text: str, words: Language) -> Heard:
    """Return what a text tells."""
    return Heard(
        text=text,
        acts=acts(text, words),
        question=clauses.is_question(text, words),
        repair=None if INQUIRIES.search(text.strip()) else clauses.repaired(text, words),
        agreed=agreement(text, words),
        core=without_pleasantries(text, words),
        words=words,
    )


def without_pleasantries(text: str, words: Language) -> str:
    """Return a text without the sentences at its beginning that say nothing: "Oh good. And the other one?"."""
    sentences = clauses.SENTENCE.split(text.strip())
    while len(sentences) > 1 and (only(sentences[0], PLEASANTRIES, words) or length(sentences[0]) <= EXCLAMATION):
        sentences.pop(0)
    return " ".join(sentences)
