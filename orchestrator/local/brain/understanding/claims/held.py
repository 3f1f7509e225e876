"""What a caller changes of values that were read back to them: "eleven would be easier", "only two children".

Every value that words can be is a claim, however the change is worded; what was learnt says how likely it is. What is
held already is no change, and of two values of one parameter the first is likelier: a reason follows what is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import SequenceMatcher
from typing import Any

import numpy as np

from orchestrator.local.brain.language import length
from orchestrator.local.brain.learned.meaning import NEVER, Likely
from orchestrator.local.brain.understanding import counts, dates, numbers, slots, times
from orchestrator.local.brain.understanding.claims import values as learnt_values
from orchestrator.local.brain.understanding.claims.shares import Claim, shared_out
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind, is_dated, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.readers import READERS, listing
from orchestrator.local.brain.understanding.utterance import Context, Utterance

MOST = 3  # values of one parameter in a text
# How much likelier a value is that a rule reads, or that is said first; how much less likely one of another form.
RULE, FIRST, SHAPE = 2.0, 1.0, 8.0
LISTED = 6.0  # how much likelier another one of the listed values is that a caller names and does not ask about
DENIED = 4.0  # how much likelier a value is in the place of one that is taken back
LOOSELY = -4.0  # how likely the first thing may be that a caller changes who corrects something
MEANT = 0.45  # likeness from which words that were found mean a listed value
ALIKE = 0.6  # likeness of two spellings of one name
IDENTIFYING, COUNTS = (Kind.CODE, Kind.PHONE), (Kind.COUNT, Kind.AMOUNT)
NUMBERED = (*COUNTS, Kind.CODE)
BY_RULE = (*COUNTS, Kind.FLAG, Kind.CHOICE)  # of which words around tell whether they are the value
NAMES = (Kind.NAME, Kind.ADDRESS, Kind.PLACE)  # values of which one word may be wrong
WEEK = timedelta(days=7)
FEW_WORDS = 2  # most words of a number of a house: "number fourteen"
SIGNS, NUMBER = re.compile(r"[\W_]+"), re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a caller says about values that were read back to them."""

    text: str
    wrong: str  # what they take back; "" when that is not said
    corrects: bool  # whether they correct something, as far as that was learnt
    asks: bool = False  # whether they ask something
    right: str = ""  # what comes in the place of what they take back


def changed(wanted: Sequence[Parameter], answer: Answer, held: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Return the values that a caller gives in the place of those held; {} where nothing was learnt of values."""
    if context.learnt is None:
        return {}
    plain, text = replace(context, nearest=None), _without_wrong(answer)
    free = context.learnt(answer.text, context.beside, "")
    own = {
        one.name: _likelier(free[one.name], context.learnt(answer.text, context.beside, one.name)[one.name])
        for one in wanted
    }
    definite = [one for one in wanted if slots.is_definite(one)]
    kept = replace(answer, text=text)
    claims = {one.name: list(_claims(one, kept, own[one.name], held, context)) for one in definite}
    numbered = {one.name: own[one.name] for one in definite if kind_of(one) in slots.NUMBERED}
    for name in [one.name for one in definite if kind_of(one) is Kind.CODE]:  # "three thousand five hundred" is a limit
        some = [(one, (one.start, one.end)) for one in claims[name]]
        claims[name] = [one for one, place in some if not learnt_values.is_anothers(place, name, numbered, "")]
    loose = [one for one in wanted if not slots.is_definite(one)]
    for one in slots.loose_claims(loose, slots.left(definite, text, plain), text, plain):
        claims.setdefault(one.parameter, []).append(one)
    kinds = {one.name: kind_of(one) for one in wanted}
    denied = {name for name in claims if name in held and _names(answer.wrong, held[name])}
    fitting = {
        name: [_fitted(one, kinds[name], held.get(name), answer.wrong) for one in some] for name, some in claims.items()
    }
    for name in denied:
        fitting[name] = [replace(one, likelier=one.likelier + DENIED) for one in fitting[name]]
    return _chosen(
        fitting, held, [name for name, kind in kinds.items() if kind is not Kind.FREE], corrects=answer.corrects
    )


def _chosen(
    claims: Mapping[str, Sequence[Claim]], held: Mapping[str, Any], loosely: Sequence[str], *, corrects: bool
) -> dict[str, Any]:
    """Return the likeliest changes; of a caller who corrects something, the first may be less likely."""
    said_again = [[one for one in some if _is_held(one, held)] for some in claims.values()]
    new = [_first_ahead([one for one in some if not _is_held(one, held)]) for some in claims.values()]
    found = [one for one in shared_out([*said_again, *new]) if not _is_held(one, held)]
    if not found and corrects:
        likelier = [
            [replace(one, likelier=one.likelier - LOOSELY) for one in some if one.parameter in loosely]
            for some in (*said_again, *new)
        ]
        found = [one for one in shared_out(likelier) if not _is_held(one, held)]
        found = sorted(found, key=lambda one: -one.likelier)[:1]
    kept: dict[str, Any] = {}
    for one in sorted(found, key=lambda one: -one.likelier):
        if not any(_within(one.value, other) for other in kept.values()):  # two are hardly changed to the same
            kept[one.parameter] = one.value
    return kept


def _first_ahead(claims: Sequence[Claim]) -> list[Claim]:
    """Return claims of one parameter of which the first is likelier: what follows it is perhaps a reason."""
    first = min((one.start for one in claims), default=0)
    return [replace(one, likelier=one.likelier + FIRST * (one.start == first)) for one in claims]


def _is_held(claim: Claim, held: Mapping[str, Any]) -> bool:
    """Return whether a value is the one that is held, or a part of it."""
    if claim.parameter not in held:
        return False
    old = held[claim.parameter]
    loose = isinstance(old, str) and isinstance(claim.value, str) and _plain(claim.value) in _plain(old)
    return bool(claim.value == old or loose)


def _within(value: Any, other: Any) -> bool:
    return not isinstance(value, bool) and f" {value} ".casefold() in f" {other} ".casefold()


def _plain(value: str) -> str:
    return SIGNS.sub(" ", value).casefold()


def _without_wrong(answer: Answer) -> str:
    """Return a text with what the caller takes back made blank, so that the other words keep their places."""
    text = answer.text
    first = text.find(answer.right) if answer.right else -1
    for found in re.finditer(rf"(?<![\w-]){re.escape(answer.wrong)}(?![\w-])", text) if answer.wrong else ():
        if not first <= found.start() < first + len(answer.right):  # "not three, half past three"
            text = f"{text[: found.start()]}{' ' * len(found[0])}{text[found.end() :]}"
    return text


def _likelier(one: Likely, other: Likely) -> Likely:
    """Return how likely words are a value, whether or not the caller takes what was read back for a question for it."""
    return replace(one, likelier=np.maximum(one.likelier, other.likelier))


def _names(words: str, old: Any) -> bool:
    """Return whether words name a value, or a part of it: "twelve" of "12 Mill Lane"."""
    said = {*numbers.written(words).casefold().split()}
    plain = f"{old:g}" if isinstance(old, float) else str(old)
    return bool(said & {*plain.casefold().split()})


def _claims(
    one: Parameter, answer: Answer, likely: Likely, held: Mapping[str, Any], context: Context
) -> Iterator[Claim]:
    """Yield everything in a text that can be the value of a parameter with values of a form."""
    kind, plain, text = kind_of(one), replace(context, nearest=None), answer.text
    if kind is Kind.MOMENT:
        yield from _moments(one, text, likely, str(held.get(one.name, "")), context)
        return
    rule = Utterance(one, text, answer=False, context=plain, said=text)
    value, rest = READERS[kind](rule)
    place = learnt_values.removed(rule, rest)
    beside = kind in NUMBERED and _is_of_another(rule, *place, held.get(one.name))
    if value is not None and not beside and not slots.refusal(one, value):
        value = _like(value, text[slice(*place)], held.get(one.name), context.today) if kind is Kind.DAY else value
        more = LISTED if kind is Kind.CHOICE and not answer.asks else RULE * (kind in BY_RULE)
        yield _claim(one, value, place, likely, more)
    if kind is Kind.DAY and (birthday := slots.changed_birthday(one, text, held, context)):
        yield _claim(one, *birthday, likely, RULE)
    if kind in IDENTIFYING and one.name in held and content(one.words) & content(text):
        yield from _parts(one, text, likely, str(held[one.name]))
    if kind is Kind.CHOICE and value is None and (meant := _meant(one, text, likely, context)):
        yield meant
    rest = text
    for _ in range(MOST if kind not in (Kind.FLAG, Kind.CHOICE) else 0):
        bare = Utterance(one, rest, answer=True, context=plain, said=text)
        value, rest = READERS[kind](bare)
        if value is None:
            return
        start, end = learnt_values.removed(bare, rest)
        beside = kind in NUMBERED and _is_of_another(bare, start, end, held.get(one.name))
        if (start, end) != place and not beside and not slots.refusal(one, value):
            value = _like(value, text[start:end], held.get(one.name), context.today) if kind is Kind.DAY else value
            yield _claim(one, value, (start, end), likely)


def _parts(one: Parameter, text: str, likely: Likely, old: str) -> Iterator[Claim]:
    """Yield a number of which some digits are said anew: "the last digits of the telephone number are 7799"."""
    for run in numbers.find(text):
        if slots.FEWEST_DIGITS <= len(run.digits) < len(old) and run.digits.isdigit() and old.isdigit():
            yield _claim(one, slots.mended(old, run.digits), (run.start, run.end), likely)


def _claim(one: Parameter, value: Any, place: tuple[int, int], likely: Likely, more: float = 0.0) -> Claim:
    """Return a claim to the words at a place or, where a reader has left them, to the likeliest ones."""
    start, end = place
    if start == end:
        best = next(iter(likely.best(1)), None)
        start, end, score = (best.start, best.end, best.likelier) if best else (0, 0, NEVER)
    else:
        score = likely.near(start, end)
    return Claim(one.name, value, start, end, score + more, by_rule=bool(more))


def _meant(one: Parameter, text: str, likely: Likely, context: Context) -> Claim | None:
    """Return the listed value that is meant by the likeliest words: "the one with berries"."""
    best = next(iter(likely.best(1)), None)
    if best is None or best.likelier <= 0 or context.nearest is None:
        return None
    found = context.nearest(text[best.start : best.end], listing(one), MEANT)
    return None if found is None else Claim(one.name, one.choices[found], best.start, best.end, best.likelier)


def _moments(one: Parameter, text: str, likely: Likely, old: str, context: Context) -> Iterator[Claim]:
    """Yield a day with a time of which the day, the time, or both are said."""
    day, _, clock = old.partition("T")
    if not clock:
        return
    days = dates.find(text, context.today)
    clocks = [
        time for time in times.find(text, bare=True)
        if all(time.end <= found.start or found.end <= time.start for found in days)
    ]  # fmt: skip
    said_days = [
        (_like(found.value.isoformat(), text[found.start : found.end], day, context.today), found.start, found.end)
        for found in days
    ] or [(day, 0, 0)]
    about = f"{context.about} {text}"
    said_clocks = [(found.resolved(about), found.start, found.end) for found in clocks] or [(clock, 0, 0)]
    for on, *of_day in said_days:
        for at, *of_clock in said_clocks:
            places = [place for place in (of_day, of_clock) if place[1]]
            if places:
                likelier = min(likely.near(*place) for place in places)
                start, end = min(place[0] for place in places), max(place[1] for place in places)
                yield Claim(one.name, f"{on}T{at}", start, end, likelier)


def _is_of_another(utterance: Utterance, start: int, end: int, old: Any) -> bool:
    """Return whether a number is that of a day or a time, counts something else, or is far too long."""
    if is_dated(utterance.parameter):
        return False
    said, today = utterance.said, utterance.context.today
    if kind_of(utterance.parameter) is Kind.CODE:
        return any(counts.counts_another(utterance, one) for one in numbers.apart(said) if start <= one.start < end)
    found = [(one.start, one.end) for one in dates.find(said, today)] + [
        (one.start, one.end) for one in times.find(said)
    ]
    if any(begin < end and start < stop for begin, stop in found):
        return True
    long = max(counts.SHORT_ENOUGH, len(str(old)) + 1)
    return any(
        len(one.digits) > long or counts.counts_another(replace(utterance, text=said), one)
        for one in numbers.apart(said) if one.start < end and start < one.end
    )  # fmt: skip


def _like(value: str, words: str, old: Any, today: date) -> str:
    """Return a day of which only a part is said with the month or the year of the old one, in the past if that was."""
    if not isinstance(old, str) or not slots.ISO.fullmatch(old):
        return value
    before = date.fromisoformat(old)
    found = dates.in_month_of(words, before, today)
    if found and (found.value >= today or before < today):
        return found.value.isoformat()
    said = dates.find(words, today)
    if before < today and said and said[0].dated and not dates.find(words, today, past=True):
        return f"{before.year}{value[4:]}"  # "on the eighteenth of June"
    ahead = date.fromisoformat(value) - today
    if before < today and timedelta(0) < ahead <= WEEK:
        return (date.fromisoformat(value) - WEEK).isoformat()
    return value


def _fitted(claim: Claim, kind: Kind, old: Any, wrong: str) -> Claim:
    """Return a claim with the whole new value where only a part of it was said, and likelier if it is of that form."""
    if old is None:
        return claim
    if kind in IDENTIFYING:
        return _formed(claim, str(old))
    runs = numbers.apart(str(claim.value))  # "80, eight zero"
    lone = len({one.digits for one in runs}) == 1 and length(str(claim.value)) <= FEW_WORDS * len(runs)
    if kind is Kind.ADDRESS and lone:
        return replace(claim, value=NUMBER.sub(runs[0].digits, str(old), count=1))
    short = len(str(claim.value).split()) <= len(wrong.split())
    if kind in NAMES and wrong and short and wrong.casefold() in str(old).casefold():
        new = re.sub(re.escape(wrong), lambda _: str(claim.value), str(old), flags=re.IGNORECASE)
        return replace(claim, value=new)
    if kind is Kind.NAME and isinstance(old, str):
        return replace(claim, value=_respelled(str(claim.value), old))
    return claim


def _formed(claim: Claim, old: str) -> Claim:
    """Return a claim to a number that identifies something: it is hardly shorter than the old one."""
    value, digits = SIGNS.sub("", str(claim.value)), "".join(NUMBER.findall(old))
    if len(value) == len(SIGNS.sub("", old)):
        return replace(claim, likelier=claim.likelier + RULE)
    if value.isdigit() and len(value) == len(digits) and digits in old:
        return replace(claim, value=old.replace(digits, value), likelier=claim.likelier + RULE)
    return replace(claim, likelier=claim.likelier - SHAPE * (len(value) < len(SIGNS.sub("", old))))


def _respelled(value: str, old: str) -> str:
    """Return a name of which one word was said anew: "Maude" for "Maud Perry"."""
    words = old.split()
    if len(words) < 2 or len(value.split()) != 1:
        return value
    near = [SequenceMatcher(None, word.casefold(), value.casefold()).ratio() for word in words]
    if max(near) < ALIKE:
        return value
    words[near.index(max(near))] = value
    return " ".join(words)
