"""What callers do with a sentence besides wanting something: agree, ask for a repetition, ask for a person."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum

from orchestrator.local.brain.language import Language, length
from orchestrator.local.brain.understanding.clauses import SENTENCE

EXCLAMATION = 2  # most words of "Oh my!"


class Act(Enum):
    """One thing that a sentence does."""

    AFFIRM = "affirm"
    DENY = "deny"
    REPEAT = "repeat"
    HELP = "help"
    WHO = "who"
    PERSON = "person"
    ANGER = "anger"
    THANKS = "thanks"
    GOODBYE = "goodbye"
    GREETING = "greeting"
    WAIT = "wait"
    FORGET = "forget"
    IGNORANT = "ignorant"
    WHY = "why"


PLEASANTRIES = (Act.AFFIRM, Act.THANKS, Act.GREETING, Act.WAIT)


def acts(text: str, language: Language) -> frozenset[Act]:
    """Return what a sentence does."""
    plain = text.strip().replace("’", "'")
    found = {
        act
        for act in Act
        if ((whole := language.whole.get(act.value)) and whole.match(plain))
        or ((within := language.within.get(act.value)) and within.search(plain))
    }
    if Act.WHO in found:
        found.discard(Act.PERSON)
    return frozenset(found)


def agreement(text: str, language: Language) -> bool | None:
    """Return whether a text says yes or no; None when it says neither. The first of its words decides."""
    plain = text.strip().replace("’", "'")
    if language.whole["affirm"].match(plain):
        return True
    yes, no = language.within["affirm"].search(plain), language.within["deny"].search(plain)
    if yes and no:
        return yes.start() < no.start()
    return True if yes else False if no else None


def only(text: str, kinds: Collection[Act], language: Language) -> bool:
    """Return whether a text does one of these things, and nothing else is said in it."""
    found = acts(text, language)
    if not found.intersection(kinds):
        return False
    rest = text.replace("’", "'")
    for act in Act:
        if pattern := language.within.get(act.value):
            rest = pattern.sub(" ", rest)
    rest = language.fillers.sub("", rest.strip(" ,.!?"))
    wholes = (language.whole[act.value] for act in kinds if act.value in language.whole)
    return not rest.strip(" ,.!?") or any(whole.match(text.strip()) for whole in wholes)


def without_pleasantries(text: str, language: Language) -> str:
    """Return a text without what says nothing at its beginning: "Oh good. And the other one?", "Hello, is it …?"."""
    sentences = SENTENCE.split(text.strip())
    while len(sentences) > 1 and (only(sentences[0], PLEASANTRIES, language) or length(sentences[0]) <= EXCLAMATION):
        sentences.pop(0)
    greeting, comma, rest = sentences[0].partition(", ")
    if comma and Act.GREETING in acts(greeting, language) and only(greeting, PLEASANTRIES, language):
        sentences[0] = rest
    return " ".join(sentences)
