"""Fills a function's arguments from the caller's words: each parameter's name, type and description select a reader.

A value that was read is removed from the text before the next parameter is read, so that "a table for four at seven
thirty" is four people and half past seven. Nothing is invented: what the caller did not say is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from orchestrator.local.brain.language import length
from orchestrator.local.brain.understanding import dates, kinds, numbers, times
from orchestrator.local.brain.understanding.clauses import Repaired, repaired
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.readers import READERS, Context, Utterance

LONGEST_BARE = 3  # words of a correction that is nothing but a value
BARE = (Kind.NAME, Kind.CODE, Kind.TIME, Kind.COUNT, Kind.AMOUNT, Kind.ADDRESS)
NAMES = (Kind.NAME, Kind.ADDRESS, Kind.PLACE)  # values of which one word may be wrong


def fill(wanted: Sequence[Parameter], text: str, context: Context, *, asked: str = "") -> dict[str, Any]:
    """Return the arguments that a text contains; a bare value counts for the parameter `asked` for."""
    found: dict[str, Any] = {}
    said = text
    for parameter in sorted(wanted, key=lambda one: _turn(one, asked)):
        utterance = Utterance(parameter, text, answer=parameter.name == asked, context=context, said=said)
        value, text = READERS[kind_of(parameter)](utterance)
        if value is not None and not refusal(parameter, value):
            found[parameter.name] = value
    return found


def read(wanted: Sequence[Parameter], text: str, context: Context, *, asked: str = "") -> dict[str, Any]:
    """Return the arguments that a text contains; of two versions in it the corrected one counts."""
    repair = repaired(text, context.words)
    if repair is None:
        return fill(wanted, text, context, asked=asked)
    right = fill(wanted, repair.right, context, asked=asked)
    return fill(wanted, repair.before, context) | right if right else fill(wanted, text, context, asked=asked)


def _turn(parameter: Parameter, asked: str) -> tuple[int, bool, bool]:
    """Return when a parameter is read: by kind, the one asked for first, then the more particular of two alike."""
    particular = kinds.ends(parameter) or kinds.is_past(parameter) or kinds.counts_people(parameter)
    return kinds.ORDER.index(kind_of(parameter)), parameter.name != asked, not particular


def corrected(
    wanted: Sequence[Parameter], repair: Repaired, before: dict[str, Any], context: Context
) -> dict[str, Any]:
    """Return the arguments that a correction changes: the one that was denied, else those that it has values for."""
    denied = [
        one for one in wanted
        if repair.wrong and one.name in before and _says(repair.wrong, str(before[one.name]), one, context)
    ]  # fmt: skip
    if denied:
        return _denied(denied[0], repair, str(before[denied[0].name]), context)
    values = fill(wanted, repair.right, context)
    if values or length(repair.right) > LONGEST_BARE:
        return values
    # A bare name or number in the place of one that was given.
    given = (one for one in wanted if one.name in before and kind_of(one) in BARE)
    bare = (fill([one], repair.right, context, asked=one.name) for one in given)
    return next((found for found in bare if found), {})


def _denied(parameter: Parameter, repair: Repaired, old: str, context: Context) -> dict[str, Any]:
    """Return what comes in the place of a value that was denied; of a name perhaps only one word."""
    values = fill([parameter], repair.right, context, asked=parameter.name)
    new = str(values.get(parameter.name, ""))
    if (
        kind_of(parameter) in NAMES
        and repair.wrong.lower() in old.lower()
        and len(new.split()) <= len(repair.wrong.split())
    ):
        return {parameter.name: re.sub(re.escape(repair.wrong), lambda _: new, old, flags=re.IGNORECASE)}
    return values


def _says(text: str, value: str, parameter: Parameter, context: Context) -> bool:
    """Return whether words name a value."""
    plain = replace(context, nearest=None)
    if str(fill([parameter], text, plain, asked=parameter.name).get(parameter.name)) == value:
        return True
    return bool({*text.lower().split()} & {*value.lower().split()})


def is_begun(parameter: Parameter, text: str, context: Context) -> bool:
    """Return whether a text has the beginning of a value: some digits, or a birthday without its year."""
    kind = kind_of(parameter)
    if kind is Kind.CODE and parameter.length:
        return any(len(run.digits) < parameter.length for run in numbers.find(text))
    if kind is Kind.DAY and kinds.is_past(parameter):
        return any(day.dated for day in dates.find(text, context.today))
    if kind is Kind.MOMENT:
        return bool(dates.find(text, context.today) or times.find(text))
    return kind is Kind.PHONE and bool(numbers.find(text))


def refusal(parameter: Parameter, value: Any) -> str:
    """Return why a value is not allowed, as "at most 8"; "" when it is."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        least, most = parameter.schema.get("minimum"), parameter.schema.get("maximum")
        if least is not None and value < least:
            return f"at least {least}"
        if most is not None and value > most:
            return f"at most {most}"
    pattern = parameter.schema.get("pattern")
    if pattern and isinstance(value, str) and not re.search(str(pattern), value):
        return "of another form"
    return ""


def is_definite(parameter: Parameter) -> bool:
    """Return whether a parameter accepts only certain words, so that no other answer is taken for its value."""
    return kind_of(parameter) not in kinds.LOOSE


def is_free(parameter: Parameter) -> bool:
    """Return whether a parameter takes any words: a message."""
    return kind_of(parameter) is Kind.FREE
