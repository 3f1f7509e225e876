"""Fills a function's arguments from the caller's words: each parameter's name, type and description select a reader.

A value that was read is removed from the text before the next parameter is read, so that "a table for four at seven
thirty" is four people and half past seven. Nothing is invented: what the caller did not say is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.learned.meaning import Likely
from orchestrator.local.brain.understanding import dates, kinds, names, numbers, times
from orchestrator.local.brain.understanding.acts import acts
from orchestrator.local.brain.understanding.claims import values as learnt_values
from orchestrator.local.brain.understanding.claims.shares import Claim, shared_out
from orchestrator.local.brain.understanding.clauses import SENTENCE, Repaired, repaired
from orchestrator.local.brain.understanding.counts import YEAR
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.readers import READERS, part, tidy
from orchestrator.local.brain.understanding.utterance import Context, Read, Utterance

MOST_ITEMS = 8  # values of one list
ISO = re.compile(r"\d{4}-\d\d-\d\d")
LISTED = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+")
FEWEST_DIGITS = 2  # of a part of a number that is corrected
WANTS, ASKS = Expression("wants"), Expression("asks")
CLAUSE_END = Expression("clause_end")
NUMBERED = (Kind.CODE, Kind.COUNT, Kind.AMOUNT)  # values of which one can stand in an address


def fill(wanted: Sequence[Parameter], text: str, context: Context, *, asked: str = "") -> dict[str, Any]:
    """Return the arguments that a text contains; a bare value counts for the parameter `asked` for."""
    return _filled(wanted, text, context, asked)[0]


def latest(wanted: Sequence[Parameter], text: str, context: Context) -> dict[str, Any]:
    """Return the arguments in a text of which the last sentence counts: "Did I say 28450? It's 28540"."""
    found: dict[str, Any] = {}
    for sentence in SENTENCE.split(text):
        found |= fill(wanted, sentence, context)
    return found


def left(wanted: Sequence[Parameter], text: str, context: Context) -> str:
    """Return what is left of a text without the arguments that it contains."""
    return _filled(wanted, text, context, "")[1]


def another(wanted: Sequence[Parameter], text: str, context: Context) -> str:
    """Return the rest of a text with a second value of the one that is wanted: "are DA11206 and DA11207 ready?"."""
    plain = replace(context, learnt=None)
    more = left(wanted, text, plain)
    return more if len(wanted) == 1 and more != text and fill(wanted, more, plain) else ""


def _filled(wanted: Sequence[Parameter], text: str, context: Context, asked: str) -> tuple[dict[str, Any], str]:
    learnt = context.learnt(text, context.beside or wanted, asked) if context.learnt else None
    by_form = wanted if learnt is None else [one for one in wanted if is_definite(one)]
    likeliest = learnt_values.likeliest(learnt or {}, asked)
    found: dict[str, Any] = {}
    said, places = text, dict[str, tuple[int, int]]()
    for parameter in sorted(by_form, key=lambda one: _turn(one, asked)):
        utterance = _utterance(parameter, text, said, wanted, context, asked)
        likely = learnt.get(parameter.name) if learnt else None
        value, rest = learnt_values.definite(
            utterance, likeliest.get(parameter.name), likely, _reader(utterance, asked)
        )
        if learnt is not None and kind_of(parameter) in NUMBERED and not kinds.is_dated(parameter):
            place = learnt_values.removed(utterance, rest)
            numbered = [one.name for one in by_form if kind_of(one) in NUMBERED and one.name not in found]
            if learnt_values.is_anothers(place, parameter.name, {name: learnt[name] for name in numbered}, asked):
                continue
            if parameter.name != asked:
                places[parameter.name] = place
        text = rest
        if parameter.item is not None and value is not None:
            value, text = _several(utterance.parameter, value, text, context)
        if value is not None and not refusal(parameter, value):
            found[parameter.name] = value
    if learnt is None:
        found |= _left_over([one for one in wanted if one.name not in found], text, context) if asked else {}
        return found, text
    named = {one.name: one for one in (*context.beside, *wanted)}
    for share in _shared(wanted, text, said, learnt, context, asked):
        parameter, value = named[share.parameter], share.value
        if kind_of(parameter) is Kind.ADDRESS:  # the number of a house is no other one
            within = [name for name, place in places.items() if share.start <= place[0] < place[1] <= share.end]
            rather = [name for name in within if learnt[name].near(*places[name]) < share.likelier]
            found = {name: value for name, value in found.items() if name not in rather}
        if parameter.item is not None:
            value, _ = _several(parameter.item, value, text, context)
        if parameter in wanted and not refusal(parameter, value):
            found[parameter.name] = value
            text = text.replace(said[share.start : share.end], " ", 1)
    return found, text


def _utterance(
    parameter: Parameter, text: str, said: str, wanted: Sequence[Parameter], context: Context, asked: str
) -> Utterance:
    one = parameter.item or parameter
    alone = sum(kind_of(other) is kind_of(one) for other in wanted) == 1
    return Utterance(one, text, parameter.name == asked, context, said, alone)


def _reader(utterance: Utterance, asked: str) -> learnt_values.Reader:
    kind = kind_of(utterance.parameter)
    return partial(_whose, asked=asked) if kind is Kind.NAME else READERS[kind]


def words_for(wanted: Sequence[Parameter], text: str, context: Context, least: float, asked: str = "") -> list[Claim]:
    """Return the words that are values of some parameters, at `least` that likely, and of no others."""
    if context.learnt is None or not wanted:
        return []
    eager = {one.name for one in wanted}
    free = context.learnt(text, context.beside, "")
    learnt = {
        name: free[name] if name in eager else one for name, one in context.learnt(text, context.beside, asked).items()
    }
    by_form = [one for one in context.beside if is_definite(one)]
    rest = left(by_form, text, replace(context, nearest=None))
    claims = [
        [replace(one, likelier=one.likelier - least) if one.parameter in eager else one for one in some]
        for some in _claims([one for one in context.beside if not is_definite(one)], rest, text, learnt, context, asked)
    ]
    return [one for one in shared_out(claims) if one.parameter in eager]


def _claims(
    wanted: Sequence[Parameter], text: str, said: str, learnt: Mapping[str, Likely], context: Context, asked: str
) -> list[list[Claim]]:
    """Return of each parameter what may be its value, where nearly any words can be one."""
    found: list[list[Claim]] = []
    for one in wanted:
        utterance = _utterance(one, text, said, wanted, context, asked)
        own = learnt_values.claims(utterance, learnt[one.name], _reader(utterance, asked))
        found.append(_as_told(own, utterance))
    return found


def loose_claims(wanted: Sequence[Parameter], text: str, said: str, context: Context) -> list[Claim]:
    """Return what may be the values of parameters that take nearly any words, in what other readers have left."""
    if context.learnt is None:
        return []
    learnt = context.learnt(said, context.beside, "")
    return [one for some in _claims(wanted, text, said, learnt, context, "") for one in some]


def _shared(
    wanted: Sequence[Parameter], text: str, said: str, learnt: Mapping[str, Likely], context: Context, asked: str
) -> list[Claim]:
    """Return the words that are values which nearly any words can be; the text is what other readers have left."""
    beside = {one.name: one for one in (*context.beside, *wanted) if not is_definite(one)}
    claims = _claims(list(beside.values()), text, said, learnt, context, asked)
    least = {name: learnt_values.least(one, asked) for name, one in beside.items()}
    found = shared_out([replace(one, likelier=one.likelier - least[one.parameter]) for one in some] for some in claims)
    if asked and (text != said or any(one.parameter == asked for one in found)):
        found += _beside(wanted, claims, found, asked)
    return found


def _beside(
    wanted: Sequence[Parameter], claims: Sequence[Sequence[Claim]], found: Sequence[Claim], asked: str
) -> list[Claim]:
    """Return what is said beside an answer, for a reason: the only value that is open and can be it."""
    taken = {one.parameter for one in found}
    free = [one for one in wanted if is_free(one) and one.name != asked]
    open_ones = [one for one in free if one.name not in taken and (one.required or len(free) == 1)]
    if len(open_ones) != 1:
        return []
    rivals = [
        one for some in claims for one in some
        if one.parameter == open_ones[0].name and not any(map(one.clashes, found))
        and (one.by_rule or one.likelier >= learnt_values.NONE)
    ]  # fmt: skip
    likely = max((one.likelier for one in rivals), default=learnt_values.NONE) > learnt_values.NONE
    if likely:
        return [max(rivals, key=lambda one: (one.by_rule, one.likelier))]
    telling = open_ones[0].hints(*learnt_values.TELLING)
    wishes = [
        one for some in claims for one in some
        if telling and one.parameter == open_ones[0].name
        and (WANTS.search(str(one.value)) or ASKS.search(str(one.value)))
    ]  # fmt: skip
    return [max(wishes, key=lambda one: one.end - one.start)] if wishes else []


def _left_over(open_ones: Sequence[Parameter], text: str, context: Context) -> dict[str, Any]:
    """Return a name that stands by itself in an answer, beside other values, where only one value can be a name."""
    loose = [one for one in open_ones if one.required and kind_of(one) in kinds.LOOSE]
    wanted = [one for one in loose if not one.hints("own_words", "topic", "message", "any_question")]
    if len(wanted) != 1:
        return {}
    for clause in CLAUSE_END.pattern.split(text):
        value = names.alone(tidy(clause, context.words), context.words)
        if value and not acts(clause, context.words) and not content(value) <= context.vocabulary:
            return {wanted[0].name: part(value, wanted[0])}
    return {}


def _as_told(claims: Sequence[Claim], utterance: Utterance) -> list[Claim]:
    """Return what may be a name, without those that the caller says to be another's: "this is Ada Wu" is no pet."""
    another = kinds.is_anothers(utterance.parameter, utterance.context.beside)
    told = names.introduced(utterance.said, utterance.context.words, _bearers(utterance)) if another is not None else []
    found: list[Claim] = []
    for claim in claims:
        own = [one.own for one in told if one.name.start < claim.end and claim.start < one.name.end]
        if not own:
            found.append(claim)
        elif another not in own:
            found.append(replace(claim, likelier=max(claim.likelier, 0.0) + learnt_values.CUED))
    return found


def _bearers(utterance: Utterance) -> list[str]:
    """Return the words for who or what can have a name, by a function's parameters."""
    choices = [str(value) for one in utterance.context.beside for value in one.choices]
    return [kinds.bearer(utterance.parameter), *choices]


def _whose(utterance: Utterance, asked: str) -> Read:
    """Read a name: of those that the caller says to be theirs, or another's, the right one; else one like any other."""
    parameter, beside = utterance.parameter, utterance.context.beside
    another = kinds.is_anothers(parameter, beside)
    if another is None:
        return READERS[Kind.NAME](utterance)
    told = names.introduced(utterance.said, utterance.context.words, _bearers(utterance))
    text = utterance.text
    for one in told:
        said = utterance.said[one.name.start : one.name.end]
        if one.own is not another:
            return part(one.name.value, parameter), utterance.text.replace(said, " ", 1)
        text = text.replace(said, " ", 1)
    if parameter.name != asked and any(one.name == asked and kind_of(one) is Kind.NAME for one in beside):
        return None, utterance.text  # a bare name is the answer
    value, rest = READERS[Kind.NAME](replace(utterance, text=text, answer=utterance.answer and not told))
    return value, (utterance.text if value is None else rest)


def _several(one: Parameter, first: Any, text: str, context: Context) -> tuple[list[Any], str]:
    """Return all values of a list: the first one, and those in the rest of the text."""
    kind = kind_of(one)
    if kind is Kind.FREE or (kind in kinds.LOOSE and context.learnt):
        return [value for value in LISTED.split(tidy(str(first), context.words)) if value], text
    values, said = [first], replace(context, nearest=None)
    while len(values) < MOST_ITEMS:
        value, text = READERS[kind](Utterance(one, text, answer=False, context=said, said=text))
        if value is None or value in values:
            break
        values.append(value)
    return values, text


def read(wanted: Sequence[Parameter], text: str, context: Context, *, asked: str = "") -> dict[str, Any]:
    """Return the arguments that a text contains; of two versions in it the corrected one counts."""
    repair = repaired(text, context.words)
    if repair is None:
        return fill(wanted, text, context, asked=asked)
    whole = [one for one in wanted if context.learnt and not is_definite(one)]  # which of two is right was learnt
    wanted = [one for one in wanted if one not in whole]
    return _repaired(wanted, text, repair, context, asked) | fill(whole, text, context, asked=asked)


def _repaired(wanted: Sequence[Parameter], text: str, repair: Repaired, context: Context, asked: str) -> dict[str, Any]:
    before = fill(wanted, repair.before, context)
    right = fill(wanted, repair.right, context, asked=asked) or other_digits(wanted, repair.right, before)
    right |= same_month(wanted, repair.right, before, context)
    return before | right if right else fill(wanted, text, context, asked=asked)


def same_month(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return a day of which only the number was corrected."""
    for one in wanted:
        if kind_of(one) is Kind.DAY and (old := ISO.fullmatch(str(before.get(one.name)))):
            found = dates.in_month_of(text, date.fromisoformat(old.group()), context.today)
            return {one.name: found.value.isoformat()} if found else {}
    return {}


def changed_birthday(
    parameter: Parameter, text: str, before: Mapping[str, Any], context: Context
) -> tuple[str, tuple[int, int]] | None:
    """Return a birthday of which only the year, or all but the year, is said anew, and where; None when it is not."""
    old = ISO.fullmatch(str(before.get(parameter.name)))
    if not old or not kinds.is_past(parameter) or dates.find(text, context.today, past=True):
        return None
    day = date.fromisoformat(old.group())
    days = [one for one in dates.find(text, context.today) if one.dated]
    rivals = [one for one in context.beside if one is not parameter and kind_of(one) in (Kind.DAY, Kind.MOMENT)]
    if not rivals:  # "the eighteenth", of whatever month
        days = days or list(filter(None, [dates.in_month_of(text, day, context.today)]))
    if len(days) == 1:
        return f"{day.year}{days[0].value.isoformat()[4:]}", (days[0].start, days[0].end)
    years = [run for run in numbers.find(text) if YEAR.fullmatch(run.digits)]
    return (f"{years[0].digits}{old.group()[4:]}", (years[0].start, years[0].end)) if len(years) == 1 else None


def other_digits(wanted: Sequence[Parameter], text: str, before: Mapping[str, Any]) -> dict[str, Any]:
    """Return a code with letters of which only the digits were corrected: "DE 551, no, 515"."""
    runs = [run.digits for run in numbers.find(text)]
    for one in wanted:
        code = str(before.get(one.name, "")) if kind_of(one) is Kind.CODE else ""
        digits = "".join(filter(str.isdigit, code))
        if len(runs) == 1 and len(runs[0]) == len(digits) < len(code) and digits in code:
            return {one.name: code.replace(digits, runs[0])}
        number = str(before.get(one.name, "")) if kind_of(one) in (Kind.CODE, Kind.PHONE) else ""
        whole = {len(str(value)) for value in before.values()}
        if (
            len(runs) == 1
            and len(runs[0]) not in whole
            and number.isdigit()
            and FEWEST_DIGITS <= len(runs[0]) < len(number)
        ):
            return {one.name: mended(number, runs[0])}
    return {}


def _turn(parameter: Parameter, asked: str) -> tuple[int, bool, bool, bool]:
    """Return when a parameter is read: by kind, the one asked for first, then the more particular of two alike."""
    particular = kinds.ends(parameter) or kinds.is_past(parameter) or kinds.counts_people(parameter)
    kind = kind_of(parameter)
    if kind is Kind.CODE and parameter.name == asked:
        kind = Kind.PHONE  # the number that was asked for is no telephone's
    return kinds.ORDER.index(kind), parameter.name != asked, not particular, kinds.counts_anything(parameter)


def mended(number: str, part: str) -> str:
    """Return a number with a part of it said anew in the place that differs least from it; of two, the last."""
    places = range(len(number) - len(part), -1, -1)
    at = min(places, key=lambda place: sum(one != other for one, other in zip(number[place:], part, strict=False)))
    return number[:at] + part + number[at + len(part) :]


def taken_over(wanted: Sequence[Parameter], had: Sequence[Parameter], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of one function that serve another: by name, or as the only ones of their kind."""
    found: dict[str, Any] = {}
    for one in wanted:
        kind = kind_of(one)
        alike = [other for other in had if kind_of(other) is kind and other.name in values]
        rivals = [other for other in wanted if kind_of(other) is kind]
        same = [other for other in alike if other.name == one.name]
        if kind is Kind.FREE and (not same or one.named("own_words", "topic", "message")):
            continue  # what was said about one matter is not said about another
        if same or (len(alike) == len(rivals) == 1):
            found[one.name] = values[(same or alike)[0].name]
    return found


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
    pattern = parameter.pattern
    if pattern and isinstance(value, str) and not re.search(pattern, value):
        return "of another form"
    return ""


def is_definite(parameter: Parameter) -> bool:
    """Return whether a parameter accepts only certain words, so that no other answer is taken for its value."""
    return kind_of(parameter) not in kinds.LOOSE


def is_free(parameter: Parameter) -> bool:
    """Return whether a parameter takes any words: a message."""
    return kind_of(parameter) is Kind.FREE
