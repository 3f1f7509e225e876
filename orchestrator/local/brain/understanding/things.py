"""Values that can be any thing: what a caller names, asks for or has, and what is the matter."""

from __future__ import annotations

from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.understanding import names
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.utterance import Read, Utterance

# A name in the middle of a sentence, and what is had, asked for or named.
NAMED_THING, HAS, IS_THING = Expression("named_thing"), Expression("has_thing"), Expression("is_thing")
WANTED_THING, LEADING_THING = Expression("wanted_thing"), Expression("leading_thing")
STATED = Expression("stated_matter")
SOLD = Expression("sold_thing")
MOST_CLAUSES = 3  # of a problem
CLAUSE_END = Expression("clause_end")


def wanted(utterance: Utterance) -> Read | None:
    """Read what a sentence names or asks for: "do you have Moby Dick?", "I need a hair dryer"."""
    words = utterance.context.words
    person = names.find(utterance.text, words, own=False)
    asked_for = [
        *SOLD.finditer(utterance.text),
        *IS_THING.finditer(utterance.text),
        *WANTED_THING.finditer(utterance.text),
        *LEADING_THING.finditer(utterance.said),
    ]
    for match in (*NAMED_THING.finditer(utterance.text), *asked_for):
        value = match.group(1).strip(" .,!?")
        if person is not None and person.start < match.end(1) and match.start(1) < person.end:
            continue
        if value.lower() in words.not_names or content(value) <= utterance.context.vocabulary:
            continue
        return value, utterance.text.replace(match.group(1), " ")
    return None


def matter(utterance: Utterance) -> str:
    """Return the clauses that say more than what the function is and what other values are."""
    parts = CLAUSE_END.pattern.split(utterance.text.strip(" .,!?"))
    more = [part for part in parts if content(part) - utterance.context.vocabulary and len(part.split()) > 1]
    return ", ".join(more[:MOST_CLAUSES]) if len(parts) > 1 else ""


def had(utterance: Utterance) -> Read | None:
    """Read what a caller has: "my boy's got this horrible cough"."""
    found = HAS.search(utterance.text)
    return (found.group(1).strip(), utterance.without(*found.span(1))) if found else None


def stated(utterance: Utterance) -> str:
    """Return what is said of somebody, or wanted, as a reason: "my dog's been limping", "I'd like a check-up"."""
    vocabulary = utterance.context.vocabulary
    for match in STATED.finditer(utterance.said):
        if content(match.group()) - vocabulary:
            return match.group().strip()
    for match in WANTED_THING.finditer(utterance.said):
        if content(match.group(1)) and not content(match.group(1)) & vocabulary:
            return match.group(1).strip()
    return ""
