"""Values where it was learnt to find their words.

For values of a form (days, codes, one of a list), what was learnt says where to read them, and that there is none. What
nearly any words can be (names, places, addresses, the caller's own words) is shared out among the parameters that take
such values, and written as a clerk would: names with capitals and as they were spelled, without "please" behind them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from orchestrator.local.brain.language import Expression, length, widened
from orchestrator.local.brain.learned.meaning import NEVER, Likely, Value
from orchestrator.local.brain.understanding import kinds, names, numbers, times
from orchestrator.local.brain.understanding.acts import Act, only
from orchestrator.local.brain.understanding.claims.shares import Claim, shared_out
from orchestrator.local.brain.understanding.clauses import SENTENCE
from orchestrator.local.brain.understanding.codes import is_called
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind, kind_of
from orchestrator.local.brain.understanding.known_values import known_value
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.readers import ABOUT, ADDRESS, WITHOUT, example, listing, part, tidy
from orchestrator.local.brain.understanding.utterance import Read, Utterance

Reader = Callable[[Utterance], Read]

DIGIT = re.compile(r"[\s,]*\d")  # behind a name, of a telephone number
SPACE = re.compile(r"(?<=\S) +(?=\S)")
LEAST = 0.0  # how much likelier a value must be than none: a logarithm
NONE, HARDLY = -4.0, -8.0  # how likely it may be at least for words of the right form, or a whole sentence, to count
OPTIONS, BEHIND = 12, 4.0  # words that are considered for each value, and how much less likely than the best
ASKED = 2.0  # how much likelier words are the value that was asked for than another
RATHER = 0.75  # how much likelier a number must be another parameter's than that which could be read first
REMEMBERED = 256  # texts of which it is known what readers have taken
FEW_WORDS = 4  # most words of a value that is a thing, and no clause
CLEAR = 1.0  # from which words are read that would not be read by themselves: "five", for how many minutes
POINTED = (Kind.CODE, Kind.COUNT, Kind.AMOUNT, Kind.EMAIL, Kind.PHONE, Kind.FLAG)  # read in the words that were found
ANYWHERE = (Kind.CHOICE, Kind.FLAG)  # read wherever they are said, or only meant
NUMBERS = (Kind.COUNT, Kind.AMOUNT)
DATED = (Kind.DAY, Kind.TIME, Kind.MOMENT)
UNASKED = -2.2  # how likely the caller's own words may be before anything was asked for: half of them then are right
CUED, SAID = 4.0, 1.0  # how much likelier words are that a rule finds: a name, and anything else
SURELY = 8.0  # the same of words that only one parameter can take: a known value, a message that is announced
TELLING = ("own_words", "topic", "message")  # values that tell something, and are no thing
LONG_ENOUGH = 3  # fewest words of a clause that goes on telling
CLAUSE_END = Expression("clause_end")
FROM, TO = Expression("from_place"), Expression("to_place")
# Likeness from which words mean a listed value, by how likely they are one.
LIKE = ((2.0, 0.3), (LEAST, 0.45), (NONE, 0.6))


def likeliest(learnt: Mapping[str, Likely], asked: str) -> dict[str, Claim]:
    """Return the words that are likeliest each parameter's value, shared out among all."""
    options = {
        name: [Claim(name, None, one.start, one.end, one.likelier) for one in likely.best(OPTIONS)]
        for name, likely in learnt.items()
    }
    favoured = [
        [replace(one, likelier=one.likelier + ASKED * (name == asked)) for one in some if one.likelier > 0]
        for name, some in options.items()
    ]
    shares = {one.parameter: one for one in shared_out(favoured)}
    rest = {
        name: next((one for one in some if not any(map(one.clashes, shares.values()))), Claim(name, None, 0, 0, NEVER))
        for name, some in options.items()
    }
    return rest | shares


def is_anothers(place: tuple[int, int], name: str, rivals: Mapping[str, Likely], asked: str) -> bool:
    """Return whether a number that a rule reads is another parameter's: "a limit of 8000" is no card's four digits."""
    likelier = {one: likely.near(*place) + ASKED * (one == asked) for one, likely in rivals.items()}
    others = [score for one, score in likelier.items() if one != name]
    return place[0] < place[1] and max(others, default=NEVER) > max(NONE, likelier[name] + RATHER)


def definite(utterance: Utterance, learnt: Claim | None, likely: Likely | None, rule: Reader) -> Read:
    """Return the value of a form that is in a text, and the text without it."""
    kind = kind_of(utterance.parameter)
    if learnt is None or likely is None:
        return rule(utterance)
    if kind is Kind.CHOICE:
        return _chosen(utterance, learnt, rule)
    read, rest = rule(utterance)
    if kind is Kind.CODE and is_called(utterance.parameter, utterance.text[: removed(utterance, rest)[0]]):
        return read, rest
    if utterance.answer and learnt.likelier < NONE and kind not in ANYWHERE:
        return (read, rest) if read is not None and _is_day_or_time(utterance, rest, likely) else (None, utterance.text)
    if kind is Kind.CODE and learnt.likelier > LEAST and (found := _pointed(utterance, learnt, rule)):
        start, end = removed(utterance, rest)
        whole = utterance.answer and read is not None and start <= learnt.start and learnt.end <= end
        return (read, rest) if whole else found  # perhaps a part of it was found
    if read is not None and kind in NUMBERS and not utterance.answer and _counts_another(utterance, rest, likely):
        read, rest = None, utterance.text
    if read is not None and kind in NUMBERS and _is_elsewhere(utterance, rest, learnt, likely):
        return _pointed(utterance, learnt, rule) or (read, rest)
    if read is None and kind in POINTED and learnt.likelier > CLEAR and (found := _pointed(utterance, learnt, rule)):
        return found
    return read, rest


def _is_day_or_time(utterance: Utterance, rest: str, likely: Likely) -> bool:
    """Return whether a day or a time answers beside the other, of which the words were found to be either."""
    if kind_of(utterance.parameter) not in DATED:
        return False
    for one in reversed(times.find(rest)):
        rest = f"{rest[: one.start]} {rest[one.end :]}"
    return not content(rest) or likely.near(*removed(utterance, rest)) >= NONE


def _is_elsewhere(utterance: Utterance, rest: str, learnt: Claim, likely: Likely) -> bool:
    """Return whether another number of a text is clearly likelier the value than the one that a rule reads."""
    start, end = removed(utterance, rest)
    apart = learnt.end <= start or end <= learnt.start
    if not apart or start == end or _is_counted(utterance, start):
        return False
    return learnt.likelier > max(NONE, likely.near(start, end) + RATHER)


def _is_counted(utterance: Utterance, start: int) -> bool:
    """Return whether words behind a number say that it is the value: "165 centimetres"."""
    return bool(content(utterance.said[start:].split(", ")[0]) & content(utterance.parameter.about))


def _counts_another(utterance: Utterance, rest: str, likely: Likely) -> bool:
    """Return whether a number is that of a time, or hardly the value: "half past ten", "she'll be ten"."""
    start, end = removed(utterance, rest)
    if any(one.start <= start < one.end for one in times.find(utterance.said)):
        return True
    lone = any(one.end - one.start == end - start for one in numbers.find(utterance.said[start:end]))
    return lone and not _is_counted(utterance, start) and likely.near(start, end) < NONE


def _chosen(utterance: Utterance, learnt: Claim, rule: Reader) -> Read:
    """Return the listed value that is said, or that words mean which were found to be one: "kitten" for a cat."""
    read, rest = rule(replace(utterance, context=replace(utterance.context, nearest=None)))
    if read is not None or utterance.context.nearest is None:
        return read, rest
    words, values = utterance.said[learnt.start : learnt.end], utterance.parameter.choices
    if learnt.likelier > NONE and words in utterance.text:
        least = next(likeness for likely, likeness in LIKE if learnt.likelier > likely)
        found = utterance.context.nearest(words, listing(utterance.parameter), least)
        if found is not None:
            return values[found], utterance.text.replace(words, " ", 1)
    return rule(utterance) if utterance.answer or learnt.likelier > HARDLY else (None, utterance.text)


def _pointed(utterance: Utterance, learnt: Claim, rule: Reader) -> Read | None:
    """Read a value in the words that were found; what is said of a flag without a yes or a no is a yes."""
    words = utterance.said[learnt.start : learnt.end]
    of_time = any(one.start < learnt.end and learnt.start < one.end for one in times.find(utterance.said))
    if words not in utterance.text or of_time:  # "at five" is no count
        return None
    read, _ = rule(replace(utterance, text=words, answer=True))
    if read is None and kind_of(utterance.parameter) is Kind.FLAG:
        read = not WITHOUT.search(CLAUSE_END.pattern.split(utterance.said[: learnt.start])[-1] + words)
    return None if read is None else (read, utterance.text.replace(words, " ", 1))


def _by_way(utterance: Utterance, start: int) -> float:
    """Return how much likelier a place is where a journey begins, or ends, by the word before it: "from", "to"."""
    before = utterance.said[:start].rstrip()
    own, other = (FROM, TO) if kinds.is_origin(utterance.parameter) else (TO, FROM)
    return CUED * (bool(own.search(before)) - bool(other.search(before)))


def claims(utterance: Utterance, likely: Likely, rule: Reader) -> list[Claim]:
    """Return what may be a value that nearly any words can be; `utterance.text` is what other readers have left."""
    kind, name = kind_of(utterance.parameter), utterance.parameter.name
    if kind in (Kind.NAME, Kind.PLACE) and (known := known_value(utterance)):
        return [Claim(name, known[0], *removed(utterance, known[1]), SURELY)]
    by_rule, gone = _by_rule(utterance, likely, rule), _gone(utterance)
    best = likely.best(OPTIONS)
    places = [(_left(utterance, one, gone, likely) if kind is Kind.FREE else one) for one in best]
    read = [_claim(utterance, one) for one in places if one.likelier > best[0].likelier - BEHIND]
    found = [one for one in read if one is not None and not _is_gone(utterance.said, one, gone)]
    for rival in by_rule if kind is Kind.FREE and not utterance.answer else ():
        found = [replace(one, likelier=one.likelier + SAID) if _is_same(one, rival) else one for one in found]
    found += by_rule
    if kind is Kind.FREE and not utterance.answer:
        found = [one for one in found if not _only_names_it(utterance, content(str(one.value)))]
        if utterance.parameter.hints(*TELLING):
            found = [_told_on(utterance, one, gone) for one in found if not _is_person(utterance, str(one.value))]
    if kinds.is_origin(utterance.parameter) or kinds.is_destination(utterance.parameter):
        found = [replace(one, likelier=one.likelier + _by_way(utterance, one.start)) for one in found]
    if kind is Kind.NAME:
        found = [one for one in found if not _is_listed(utterance, content(str(one.value)))]
    return [replace(one, likelier=one.likelier + ASKED * utterance.answer * (one.likelier > 0)) for one in found]


def _is_person(utterance: Utterance, value: str) -> bool:
    """Return whether words only name somebody, which is no reason: "Doctor Lindgren"."""
    return re.fullmatch(rf"(?:{utterance.context.words.titles})\s+\S+(?: [A-Z]\S+)?", value, re.IGNORECASE) is not None


def _told_on(utterance: Utterance, claim: Claim, gone: Sequence[bool]) -> Claim:
    """Return what a caller tells with the clauses that go on about it and are no other values."""
    said, end = utterance.said, claim.end
    sentence = SENTENCE.search(said, end)
    last = sentence.start() if sentence else len(said)
    while (joint := CLAUSE_END.pattern.match(said, end)) and joint.end() < last:
        behind = CLAUSE_END.pattern.search(said, joint.end())
        stop = min(last, behind.start() if behind else last)
        clause = said[joint.end() : stop]
        others = any(gone[joint.end() : stop]) or names.find(clause, utterance.context.words) or ADDRESS.search(clause)
        if others or length(clause) < LONG_ENOUGH or not content(clause) - utterance.context.vocabulary:
            break
        end = stop
    if end == claim.end:
        return claim
    return replace(claim, value=widened(said[claim.start : end].strip(" .,!?")), end=end, clause=True)


def _is_listed(utterance: Utterance, words: frozenset[str]) -> bool:
    """Return whether words are one of the listed values of another parameter: "Doctor Bauer" is no patient."""
    listed = (content(value) for one in utterance.context.beside for value in listing(one))
    return any(words <= value for value in listed) if words else False


def _only_names_it(utterance: Utterance, words: frozenset[str]) -> bool:
    """Return whether words of a request only name values, beside the function's own: "pass on a question"."""
    named = frozenset[str]().union(*(content(one.words) for one in utterance.context.beside))
    if words <= content(utterance.context.about) - content(utterance.parameter.about):  # "a repeat prescription"
        return bool(words)
    return words <= utterance.context.vocabulary | named and bool(words & named)


def _is_gone(said: str, claim: Claim, gone: Sequence[bool]) -> bool:
    """Return whether other readers have taken all words."""
    return all(gone[at] for at in range(claim.start, claim.end) if said[at].isalnum())


def _is_same(one: Claim, other: Claim) -> bool:
    """Return whether two readings are about the same words."""
    return 2 * (min(one.end, other.end) - max(one.start, other.start)) > max(
        one.end - one.start, other.end - other.start
    )


def least(parameter: Parameter, asked: str) -> float:
    """Return how likely words must be to be a value; the caller was `asked` for one, or is not yet."""
    return UNASKED if kind_of(parameter) is Kind.FREE and not asked else LEAST


def _left(utterance: Utterance, value: Value, gone: Sequence[bool], likely: Likely) -> Value:
    """Return what other values leave of words, and how likely that is: "my number is" says nothing."""
    left = _apart(utterance, value, gone)
    return left if left == value else replace(left, likelier=min(value.likelier, likely.at(left.start, left.end)))


def _apart(utterance: Utterance, value: Value, gone: Sequence[bool]) -> Value:
    """Return the longest words without other values at their ends, or beside a comma: "the lamb one, two bags"."""
    said, pieces, start = utterance.said, [(value.start, value.start)], value.start
    for place in _runs(gone, value.start, value.end):
        before, behind = said[start : place[0]].rstrip(), said[place[1] : value.end].lstrip()
        if not before.strip(" ,") or not behind.strip(" ,") or before.endswith(",") or behind.startswith(","):
            pieces.append((start, place[0]))
            start = place[1]
    start, end = max([*pieces, (start, value.end)], key=lambda piece: piece[1] - piece[0])
    while start < end and said[start] in " ,":
        start += 1
    while start < end and said[end - 1] in " ,":
        end -= 1
    return Value(start, end, value.likelier)


def _runs(gone: Sequence[bool], start: int, end: int) -> list[tuple[int, int]]:
    """Return the places between two others that were taken."""
    found: list[tuple[int, int]] = []
    for at in range(start, end):
        if gone[at] and found and found[-1][1] == at:
            found[-1] = (found[-1][0], at + 1)
        elif gone[at]:
            found.append((at, at + 1))
    return found


def _by_rule(utterance: Utterance, likely: Likely, rule: Reader) -> list[Claim]:
    """Return what a rule reads: a name behind "my name is", a message that is announced, a thing that is wanted."""
    kind, words = kind_of(utterance.parameter), utterance.context.words
    if kind is Kind.FREE and not utterance.answer and (name := names.find(utterance.text, words, own=False)):
        utterance = replace(utterance, text=utterance.without(name.start, name.end))
    value, rest = rule(utterance)
    start, end = removed(utterance, rest)
    if value is None or start == end:
        return []
    written = kind in (Kind.PLACE, Kind.ADDRESS) and any(map(str.isupper, str(value)))
    housed = kind is Kind.ADDRESS and ADDRESS.search(str(value)) and any(map(str.isdigit, str(value)))
    if kind is Kind.NAME or (written and not utterance.answer):
        score = likely.near(start, end) + CUED
    elif housed:
        score = likely.at(start, end) + CUED
    elif _is_plain(utterance, value):
        score = SURELY
    elif kind is Kind.FREE and kinds.is_topic(utterance.parameter) and ABOUT.search(utterance.text):
        score = likely.at(start, end) + CUED
    else:
        score = likely.at(start, end) + SAID * (kind is Kind.FREE and not utterance.answer)
    clause = kind is Kind.FREE and length(str(value)) > FEW_WORDS
    if clause and not utterance.answer and not rest.strip(" .,!?"):  # the whole text, with other values in it
        place = _apart(utterance, Value(start, end, score), _gone(utterance))
        start, end, value = place.start, place.end, widened(utterance.said[place.start : place.end].strip(" .,!?"))
    return [Claim(utterance.parameter.name, value, start, end, score, clause, by_rule=True)]


def _is_plain(utterance: Utterance, value: Any) -> bool:
    """Return whether a rule reads what can be nothing else: an example of its author's, a message that is announced."""
    announced = utterance.parameter.hints("message", "any_question") and not utterance.answer
    return announced or value == example(utterance.parameter, utterance.text)


def _claim(utterance: Utterance, found: Value) -> Claim | None:
    """Return the words at a place as the value that they are; None when they cannot be one."""
    parameter, words = utterance.parameter, utterance.context.words
    kind, start, end, likelier = kind_of(parameter), found.start, found.end, found.likelier
    if kind in (Kind.PLACE, Kind.ADDRESS):
        start = names.beginning(utterance.said, start, words)
    if kind is Kind.ADDRESS:
        before, behind = _beside(utterance.said[start:end])
        start, end = start + before, end - behind
    said = utterance.said[start:end].strip(" .,!?")
    if kind is not Kind.FREE and len(SENTENCE.split(said)) > 1:
        return None
    if kind is Kind.NAME:
        if only(said, (Act.GREETING,), words):  # "Hiya"
            return None
        number = DIGIT.search(utterance.said, start, end)
        name = names.written(utterance.said, start, number.start() if number else end, words)
        value = part(name.value, parameter) if name.value else ""
        return Claim(parameter.name, value, name.start, name.end, likelier) if value else None
    clause = kind is Kind.FREE and length(said) > FEW_WORDS
    if kind is Kind.FREE:
        said = example(parameter, said) or said
        said = widened(said if clause else tidy(said, words))
    return Claim(parameter.name, said, start, end, likelier, clause) if said else None


def _beside(said: str) -> tuple[int, int]:
    """Return how many letters before and behind an address say nothing, or its number: "three zero, 30 Mill Lane"."""
    found = ADDRESS.search(said)
    around = (said[: found.start()], said[found.end() :]) if found else ("", "")
    before, behind = (len(one) * _says_nothing(one) for one in around)
    return before, behind


def _says_nothing(text: str) -> bool:
    """Return whether a text has no word of meaning, but perhaps numbers."""
    for number in reversed(numbers.find(text)):
        text = f"{text[: number.start]} {text[number.end :]}"
    return not content(text)


def _gone(utterance: Utterance) -> Sequence[bool]:
    """Return of each letter of what was said whether other readers have taken it."""
    return _missing(utterance.said, utterance.text)


@lru_cache(maxsize=REMEMBERED)
def _missing(said: str, text: str) -> Sequence[bool]:
    left = [True] * len(said)
    for block in SequenceMatcher(None, said, text, autojunk=False).get_matching_blocks():
        left[block.a : block.a + block.size] = [False] * block.size
    for space in SPACE.finditer(said):  # between words that were taken it was taken, too
        left[space.start() : space.end()] = [all(left[at] for at in (space.start() - 1, space.end()))] * len(space[0])
    return left


def removed(utterance: Utterance, rest: str) -> tuple[int, int]:
    """Return the place, in what was said, of the words that a reader has taken out of the text."""
    there, here = _gone(utterance), _gone(replace(utterance, text=rest))
    taken = [at for at, (before, now) in enumerate(zip(there, here, strict=True)) if now and not before]
    return (taken[0], taken[-1] + 1) if taken else (0, 0)
