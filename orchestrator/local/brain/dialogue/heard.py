"""What the caller has just said, as far as words alone tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from orchestrator.local.brain.language import Expression, Language
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import clauses
from orchestrator.local.brain.understanding.acts import Act, acts, agreement, only, without_pleasantries
from orchestrator.local.brain.understanding.clauses import Repaired

INQUIRIES = Expression("inquiries")
SURE, HARDLY = 0.7, 0.05  # likelihoods from which what was learnt adds an act, and below which it takes one away
CERTAIN = 0.85  # likelihood of a yes that no word of it tells
LEARNT = {
    Act.REPEAT: Doing.REPEAT,
    Act.PERSON: Doing.PERSON,
    Act.WHO: Doing.WHO,
    Act.FORGET: Doing.CANCEL,
    Act.THANKS: Doing.THANKS,
    Act.GOODBYE: Doing.GOODBYE,
}
MIXED = (Act.THANKS, Act.GOODBYE)  # what is often said beside something else, which is then what counts


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
    doings: Mapping[Doing, float] = field(default_factory=dict)  # how likely it does what, where that was learnt

    def surely(self, *doings: Doing) -> bool:
        """Return whether it does one of these, as far as that was learnt."""
        return sum(self.doings.get(one, 0) for one in doings) >= SURE

    def hardly(self, *doings: Doing, below: float = HARDLY) -> bool:
        """Return whether it does none of these, as far as that was learnt."""
        return bool(self.doings) and sum(self.doings[one] for one in doings) < below

    def rather(self, one: Doing, other: Doing) -> bool:
        """Return whether it is likelier to do one thing than another, as far as that was learnt."""
        return self.doings.get(one, 0) > self.doings.get(other, 0)

    def only(self, *kinds: Act) -> bool:
        """Return whether it does one of these things and says nothing else."""
        return only(self.text, kinds, self.words)


def hear(text: str, words: Language, doings: Mapping[Doing, float] | None = None) -> Heard:
    """Return what a text tells; `doings` says how likely it does what, as far as that was learnt."""
    learnt = doings or {}
    return Heard(
        text=text,
        acts=_corrected(acts(text, words), learnt),
        question=clauses.is_question(text, words) or learnt.get(Doing.QUESTION, 0) >= SURE,
        repair=None if INQUIRIES.search(text.strip()) else clauses.repaired(text, words),
        agreed=_agreed(text, words, learnt),
        core=without_pleasantries(text, words),
        words=words,
        doings=learnt,
    )


def not_covered(heard: Heard) -> str:
    """Say that nobody can do what the caller wants, or that nobody knows what they ask."""
    return phrases.CANNOT if heard.rather(Doing.REQUEST, Doing.QUESTION) else phrases.SORRY_UNKNOWN


def _corrected(found: frozenset[Act], doings: Mapping[Doing, float]) -> frozenset[Act]:
    """Return the acts that words tell, without those that it hardly does, and with what it surely does."""
    if not doings:
        return found
    surely = {act for act, doing in LEARNT.items() if doings[doing] >= SURE}
    hardly = {act for act, doing in LEARNT.items() if doings[doing] < HARDLY and act not in MIXED}
    return (found - hardly if max(doings.values()) >= SURE else found) | surely


def _agreed(text: str, words: Language, doings: Mapping[Doing, float]) -> bool | None:
    """Return yes, no, or neither: the words decide, and where they tell nothing what was learnt does, if it is sure."""
    told = agreement(text, words)
    if told and doings and Act.DENY in acts(text, words) and doings[Doing.CONFIRM] < HARDLY:
        return None  # "Good. But no, I don't want that one"
    if told is None and doings:
        return True if doings[Doing.CONFIRM] >= CERTAIN else False if doings[Doing.DENY] >= SURE else None
    return told
