"""What the caller has just said, as far as words alone tell."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.local.brain.language import Language
from orchestrator.local.brain.understanding import clauses
from orchestrator.local.brain.understanding.acts import Act, acts, agreement, only
from orchestrator.local.brain.understanding.clauses import Repaired


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the caller."""

    text: str
    acts: frozenset[Act]
    question: bool  # whether it asks something
    repair: Repaired | None  # how it corrects itself, or what was said before
    agreed: bool | None  # yes, no, or neither
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
        repair=clauses.repaired(text, words),
        agreed=agreement(text, words),
        words=words,
    )
