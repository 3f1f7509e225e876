"""Values where it was learnt to find their words.

What nearly any words can be (names, places, addresses, the caller's own words) is what was found, as a clerk would
write it: names with capitals and as they were spelled, without "please" behind them. For values of a form, what was
found says where to read them, and that there is none.
"""

from __future__ import annotations

from dataclasses import replace

from orchestrator.local.brain.language import length, widened
from orchestrator.local.brain.learned.meaning import Value
from orchestrator.local.brain.understanding import kinds, names
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.known_values import known_value
from orchestrator.local.brain.understanding.readers import READERS, example, part, tidy
from orchestrator.local.brain.understanding.utterance import Read, Utterance

LEAST = 0.0  # how much likelier a value must be than none: a logarithm
NONE = -2.0  # how likely it may be at least for words of the right form to count
FEW_WORDS = 4  # most words of a value that is a thing, and no clause
POINTED = (Kind.CODE, Kind.COUNT, Kind.MOMENT, Kind.EMAIL, Kind.PHONE)  # first read in the words that were found
ANYWHERE = (Kind.CHOICE, Kind.FLAG)  # read wherever they are said, or only meant


def value(utterance: Utterance, learnt: Value | None) -> Read:
    """Return the value that was found, as it is written, and the text without it."""
    kind = kind_of(utterance.parameter)
    if kind in kinds.LOOSE:
        return _loose(utterance, learnt, kind)
    if learnt is None or kind in ANYWHERE:
        return READERS[kind](utterance)
    words = utterance.said[learnt.start : learnt.end]
    if learnt.likelier > LEAST and kind in POINTED and words in utterance.text:
        read, _ = READERS[kind](replace(utterance, text=words, answer=True))
        if read is not None:
            return read, utterance.text.replace(words, " ", 1)
    return (None, utterance.text) if learnt.likelier < NONE else READERS[kind](utterance)


def _loose(utterance: Utterance, learnt: Value | None, kind: Kind) -> Read:
    if kind in (Kind.NAME, Kind.PLACE) and (known := known_value(utterance)):
        return known
    if learnt is None or learnt.likelier < LEAST:
        return None, utterance.text
    said, start, end = utterance.said, learnt.start, learnt.end
    if kind is Kind.NAME:
        name = names.written(said, start, end, utterance.context.words)
        return part(name.value, utterance.parameter), _without(utterance, name.start, name.end)
    words = said[start:end].strip(" .,!?")
    if kind is Kind.FREE:
        words = example(utterance.parameter, words) or words
        words = widened(tidy(words, utterance.context.words) if length(words) <= FEW_WORDS else words)
    return words or None, _without(utterance, start, end)


def _without(utterance: Utterance, start: int, end: int) -> str:
    """Return what is left for other readers: some have taken their values already."""
    return utterance.text.replace(utterance.said[start:end], " ", 1)
