"""What the caller has said in the call, to this agent or another one, and a patient clerk does not ask for again.

A new matter needs values, of which some were said before it began: the caller's own name, the name of whom or what they
call for, an answer to the very question that this agent would ask, and what they told since the last matter was done.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from orchestrator.local.brain.dialogue import patterns
from orchestrator.local.brain.language import Expression, normalized
from orchestrator.local.brain.port import Item
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import kinds, names, numbers, slots
from orchestrator.local.brain.understanding.codes import is_called
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.readers import part
from orchestrator.local.brain.understanding.utterance import Context
from orchestrator.protocol.items import words

LASTING = (Kind.NAME, Kind.PHONE, Kind.EMAIL, Kind.CODE, Kind.ADDRESS)  # values that stay the same in a call
CLEAR, CERTAIN = 1.0, 4.0  # how much likelier than none it must be, and a name that nobody asked for: logarithms
REMEMBERED = 8  # lines of the caller's in which a number is looked for that identifies them
LOOKED_BACK = 3  # sentences in which the thing is looked for that "it" stands for
REFERRING = Expression("referring")
# Values that are about the matter in hand: those of the last one are not those of the next.
PASSING = (Kind.DAY, Kind.TIME, Kind.MOMENT, Kind.CHOICE, Kind.CODE)
TOLD = ("own_words", "topic", "message", "any_question")  # what is no thing, which could be named before
INQUIRIES = Expression("inquiries")  # "until when are you open on Saturdays?" is about no matter
DIALLED = re.compile(r"[0+]")  # how a number begins that is surely a telephone's
LETTERS = re.compile(r"[A-Za-z]")
OWN_NAME = re.compile(r"\b(?:your|the) (?:full |last |first )?name\?$")
ASKED_NAME = re.compile(r"\bname of the (\w+)\?$")
Line = tuple[bool, str]  # whether the caller said it, and what


def lines(items: Sequence[Item]) -> list[Line]:
    """Return what was said in the call as far as this agent knows: to it, and to others as briefings tell."""
    found: list[Line] = []
    for item in items:
        if item.get("role") == "system":
            found += patterns.said_lines(words(item))
        elif item.get("role") in ("user", "assistant") and words(item):
            found.append((item.get("role") == "user", normalized(words(item))))
    return found


def since_done(said: Sequence[Line]) -> list[str]:
    """Return what the caller has said since the last matter was done."""
    ends = (phrases.ANYTHING_ELSE, phrases.ELSE)
    done = max((at for at, (caller, text) in enumerate(said) if not caller and text.endswith(ends)), default=-1)
    return [text for caller, text in said[done + 1 :] if caller]


def recollected(wanted: Sequence[Parameter], said: Sequence[Line], context: Context) -> dict[str, Any]:
    """Return values for what a function needs that were said before in the call."""
    found = _told(wanted, said, context)
    for one in wanted:
        if one.required and _is_thing(one) and (thing := _referred_to(one, said, context)):
            found[one.name] = thing
        if not one.required or kind_of(one) not in LASTING or one.name in found:
            continue
        is_name = kind_of(one) is Kind.NAME
        value = _answered(one, said, context) or (_named(one, said, context) if is_name else None)
        value = value or _stated(one, said, context, CERTAIN if is_name else CLEAR)
        if value and value not in found.values():
            found[one.name] = value
    return found


def _told(wanted: Sequence[Parameter], said: Sequence[Line], context: Context) -> dict[str, Any]:
    """Return what the caller has told of the matter in hand; the newest counts."""
    passing = {one.name for one in wanted if one.required and kind_of(one) in PASSING}
    things = [one for one in wanted if one.required and slots.is_free(one) and not one.named(*TOLD)]
    found: dict[str, Any] = {}
    for text in since_done(said):
        if INQUIRIES.search(text):
            continue
        if passing:
            here = context if context.learnt else replace(context, nearest=None)
            values = slots.read(wanted, text, here)
            found |= {name: value for name, value in values.items() if name in passing}
        named = [one for one in slots.words_for(things, text, context, CLEAR) if not one.clause]
        found |= {one.parameter: one.value for one in named}
    return found


def _answered(one: Parameter, said: Sequence[Line], context: Context) -> Any:
    """Return what the caller answered last when somebody asked for the same."""
    asked, own = phrases.question(one), kind_of(one) is Kind.NAME and kinds.may_be_speaker(one)
    for (caller, question), (answers, answer) in reversed(list(pairwise(said))):
        if not caller and answers and (question.endswith(asked) or (own and _asks_for_the_caller(question))):
            found = slots.read([one], answer, context, asked=one.name)
            if found:
                return found[one.name]
    return None


def _stated(one: Parameter, said: Sequence[Line], context: Context, least: float) -> Any:
    """Return what the caller told lately without being asked: "my number is 51290"."""
    learnt = context.learnt
    if learnt is None:
        return None
    for text in [text for caller, text in said if caller][: -1 - REMEMBERED : -1]:
        found = slots.fill([one], text, context).get(one.name)
        if found is None or (kind_of(one) is Kind.PHONE and not DIALLED.match(found)):
            continue
        likely = learnt(text, context.beside, "")[one.name]
        formed = one.pattern and LETTERS.search(str(found))  # nothing else looks like it
        runs = [run for run in numbers.find(text) if kinds.is_identifier(one) and run.digits == str(found)]
        named = any(is_called(one, text[: run.start]) for run in runs)  # "room 512"
        if formed or named or any(best.likelier >= least for best in likely.best(1)):
            return found
    return None


def _asks_for_the_caller(question: str) -> bool:
    """Return whether a question is for the name of who calls, whatever they are called: the customer, the owner."""
    asked = ASKED_NAME.search(question)
    return OWN_NAME.search(question) is not None or (asked is not None and kinds.speaks(asked[1]))


def _is_thing(one: Parameter) -> bool:
    return kind_of(one) is Kind.FREE and not one.hints("own_words", "topic", "message", "any_question")


def _referred_to(one: Parameter, said: Sequence[Line], context: Context) -> Any:
    """Return what the caller spoke of last before they said "it" or "those"."""
    told = [text for caller, text in said if caller]
    if context.learnt is None or not told or not REFERRING.search(told[-1]):
        return None
    for text in told[-1 - LOOKED_BACK : -1][::-1]:
        likely = context.learnt(text, context.beside, "").get(one.name)
        if likely is not None and any(best.likelier >= CLEAR for best in likely.best(1)):
            return slots.fill([one], text, context).get(one.name)
    return None


def _named(one: Parameter, said: Sequence[Line], context: Context) -> str | None:
    """Return the caller's own name for what is theirs, and that of whom they call for, if there is only one."""
    told = [name for caller, text in said if caller for name in names.introduced(text, context.words)]
    another = kinds.is_anothers(one, context.beside)
    if another is None:
        another = not kinds.may_be_speaker(one)
    fitting = list(dict.fromkeys(name.name.value for name in told if name.own is not another))
    if not fitting or (another and len(fitting) > 1):
        return None
    return part(fitting[-1], one)
