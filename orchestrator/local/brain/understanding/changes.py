"""What a caller changes of what they have said: a value, a part of one, or more of the same."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from orchestrator.local.brain.language import length
from orchestrator.local.brain.understanding import dates, numbers, times
from orchestrator.local.brain.understanding.claims.shares import Claim
from orchestrator.local.brain.understanding.clauses import Repaired
from orchestrator.local.brain.understanding.counts import counts_it
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.slots import (
    CLAUSE_END,
    changed_birthday,
    fill,
    is_definite,
    is_free,
    latest,
    other_digits,
    same_month,
    words_for,
)
from orchestrator.local.brain.understanding.utterance import Context, Utterance

LONGEST_BARE = 3  # words of a correction that is nothing but a value
BARE = (Kind.NAME, Kind.CODE, Kind.TIME, Kind.COUNT, Kind.AMOUNT, Kind.ADDRESS)
NAMES = (Kind.NAME, Kind.ADDRESS, Kind.PLACE)  # values of which one word may be wrong


def corrected(
    wanted: Sequence[Parameter], repair: Repaired, before: dict[str, Any], context: Context
) -> dict[str, Any]:
    """Return the arguments that a correction changes: the one that was denied, else those that it has values for."""
    denied = [
        one for one in wanted
        if kind_of(one) is not Kind.MOMENT and repair.wrong and one.name in before
        and _says(repair.wrong, str(before[one.name]), one, context)
    ]  # fmt: skip
    if denied:
        return _denied(denied[0], repair, str(before[denied[0].name]), context)
    said = replace(context, nearest=None)
    definite = [one for one in wanted if not is_free(one)]
    values = fill(definite, repair.right, said)
    first = fill(definite, CLAUSE_END.pattern.split(repair.right)[0], said)  # "three, my sister needs one as well"
    values |= {one.name: first[one.name] for one in definite if kind_of(one) is Kind.COUNT and one.name in first}
    values |= changed_moments(wanted, repair.right, before, context)
    values |= changed_birthdays(wanted, repair.right, before, context)
    values = values or other_digits(wanted, repair.right, before)
    values |= same_month(wanted, repair.right, before, context)
    if values or length(repair.right) > LONGEST_BARE:
        return values
    # A bare name or number in the place of one that was given.
    is_time = bool(times.find(repair.right) or dates.find(repair.right, context.today))
    given = (one for one in wanted if one.name in before and kind_of(one) in BARE)
    given = (one for one in given if not is_time or kind_of(one) not in NAMES)
    bare = (fill([one], repair.right, context, asked=one.name) for one in given)
    return next((found for found in bare if found), {})


def changed(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the values in a text that are other ones than before; a part of a name or a message is none."""
    values = latest(wanted, text, context) | changed_moments(wanted, text, before, context)
    loose = {one.name for one in wanted if not is_definite(one)}
    old = {name: str(value).casefold() for name, value in before.items()}
    return {
        name: value for name, value in values.items()
        if before.get(name) != value and not (name in loose and str(value).casefold() in old.get(name, ""))
    }  # fmt: skip


def added(
    given: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context, least: float, asked: str = ""
) -> dict[str, Any]:
    """Return values in the caller's own words with what a text adds to them: "there's a wardrobe as well"."""
    free = [one for one in given if is_free(one) and one.name in before and one.name != asked]
    told = [
        claim for claim in words_for(free, text, context, least, asked)
        if not _is_known(claim, str(before[claim.parameter]), context)
    ]  # fmt: skip
    if not told:
        return {}
    best = max(told, key=lambda claim: claim.likelier)
    old = before[best.parameter]
    return {best.parameter: [*old, best.value] if isinstance(old, list) else f"{old}, {best.value}"}


def _is_known(claim: Claim, old: str, context: Context) -> bool:
    """Return whether words say no more than a value that was given, or than what the function is."""
    return not content(str(claim.value)) - content(old) - context.vocabulary


def changed_moments(
    wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Return days with a time of which only the day, or only the time, is another now: "then rather Tuesday"."""
    found: dict[str, Any] = {}
    for one in wanted:
        day, _, clock = str(before.get(one.name, "")).partition("T")
        if kind_of(one) is not Kind.MOMENT or not clock:
            continue
        days, clocks = dates.find(text, context.today), times.find(text)
        if days or clocks:
            day = days[-1].value.isoformat() if days else day
            clock = clocks[-1].resolved(f"{context.about} {text}") if clocks else clock
            found[one.name] = f"{day}T{clock}"
    return found


def changed_birthdays(
    wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    """Return birthdays of which only a part is another now: "sorry, she was born in 2019"."""
    found = {one.name: changed_birthday(one, text, before, context) for one in wanted if kind_of(one) is Kind.DAY}
    return {name: birthday[0] for name, birthday in found.items() if birthday}


def later_counts(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return numbers that are said again, with what they count, and are others than those that were understood."""
    numbered = [one for one in wanted if kind_of(one) is Kind.COUNT and one.name in before]
    found: dict[str, Any] = {}
    for one in numbered:
        said = Utterance(one, text, answer=False, context=replace(context, nearest=None), said=text)
        runs = [run for run in numbers.apart(text) if counts_it(said, run)]
        if len(runs) == 1:
            found |= fill([one], text[runs[0].start :], replace(context, nearest=None))
    return found


def later_day(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the day of a function that takes only one, where another was said after it."""
    days = [one for one in wanted if kind_of(one) is Kind.DAY]
    if len(days) != 1 or days[0].name not in before:
        return {}
    return fill(days, text, replace(context, nearest=None))


def fuller(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return names and addresses of which more is said than before: "Almond Court", then "27 Almond Court"."""
    given = [one for one in wanted if kind_of(one) in NAMES and isinstance(before.get(one.name), str)]
    values = fill(given, text, context)
    return {
        name: value for name, value in values.items()
        if value != before[name] and f" {before[name]} ".casefold() in f" {value} ".casefold()
    }  # fmt: skip


def restated(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return values in the caller's own words that are said again by name: "the medicine is ramipril"."""
    named = [
        one for one in wanted if one.name in before and not is_definite(one)
        and re.search(rf"\b{re.escape(one.words)}(?: is|'s| was|:) ", text, re.IGNORECASE)
    ]  # fmt: skip
    return {name: value for name, value in fill(named, text, context).items() if value != before[name]}


def _denied(parameter: Parameter, repair: Repaired, old: str, context: Context) -> dict[str, Any]:
    """Return what comes in the place of a value that was denied; of a name perhaps only one word."""
    values = fill([parameter], repair.right, context, asked=parameter.name)
    values = values or fill([parameter], repair.after, context, asked=parameter.name)
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
