"""Values where it was learnt to find their words.

What nearly any words can be (names, places, addresses, the caller's own words) is what was found, as a clerk would
write it: names with capitals and as they were spelled, without "please" behind them. For values of a form, what was
found says where to read them, and that there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orchestrator.local.brain.language import length, widened
from orchestrator.local.brain.learned.meaning import TAKEN, Value
from orchestrator.local.brain.understanding import kinds, names, times
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.known_values import known_value
from orchestrator.local.brain.understanding.readers import WITHOUT, example, part, tidy
from orchestrator.local.brain.understanding.utterance import Read, Utterance

Reader = Callable[[Utterance], Read]

LEAST = 0.0  # how much likelier a value must be than none: a logarithm
NONE = -4.0  # how likely it may be at least for words of the right form to count
FEW_WORDS = 4  # most words of a value that is a thing, and no clause
CLEAR = 1.0  # from which words are read that would not be read by themselves: "five", for how many minutes
POINTED = (Kind.CODE, Kind.COUNT, Kind.AMOUNT, Kind.EMAIL, Kind.PHONE, Kind.FLAG)  # read in the words that were found
ANYWHERE = (Kind.CHOICE, Kind.FLAG)  # read wherever they are said, or only meant


def value(utterance: Utterance, learnt: Value | None, rule: Reader) -> Read:
    """Return the value that was found, as it is written, and the text without it."""
    kind = kind_of(utterance.parameter)
    if kind in kinds.LOOSE:
        return _loose(utterance, learnt, kind, rule)
    if learnt is None:
        return rule(utterance)
    if utterance.answer and learnt.likelier < NONE and kind not in ANYWHERE:
        return None, utterance.text
    if kind is Kind.CODE and learnt.likelier > LEAST and (found := _pointed(utterance, learnt, rule)):
        return found
    read, rest = rule(utterance)
    if read is None and kind in POINTED and learnt.likelier > CLEAR and (found := _pointed(utterance, learnt, rule)):
        return found
    return read, rest


def _pointed(utterance: Utterance, learnt: Value, rule: Reader) -> Read | None:
    """Read a value in the words that were found; what is said of a flag without a yes or a no is a yes."""
    words = utterance.said[learnt.start : learnt.end]
    of_time = any(one.start < learnt.end and learnt.start < one.end for one in times.find(utterance.said))
    if words not in utterance.text or of_time:  # "at five" is no count
        return None
    read, _ = rule(replace(utterance, text=words, answer=True))
    if read is None and kind_of(utterance.parameter) is Kind.FLAG:
        read = not WITHOUT.search(words)
    return None if read is None else (read, utterance.text.replace(words, " ", 1))


def _loose(utterance: Utterance, learnt: Value | None, kind: Kind, rule: Reader) -> Read:
    if kind in (Kind.NAME, Kind.PLACE) and (known := known_value(utterance)):
        return known
    by_rules = kind is Kind.NAME or utterance.parameter.hints("message", "any_question")
    if by_rules and learnt is not None and TAKEN != learnt.likelier < LEAST:
        return rule(utterance)  # which knows what can be a name, and what begins a message
    if learnt is None or learnt.likelier < (LEAST if utterance.answer else NONE):
        return None, utterance.text
    if learnt.likelier < LEAST:
        return rule(utterance)
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
