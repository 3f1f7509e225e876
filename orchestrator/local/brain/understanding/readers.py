"""Readers, each of one kind of value: they find it in a text and return the rest of the text for the other readers."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

from orchestrator.local.brain.language import Expression, Language, current, length, widened
from orchestrator.local.brain.understanding import codes, counts, dates, emails, kinds, names, numbers, things, times
from orchestrator.local.brain.understanding.acts import agreement
from orchestrator.local.brain.understanding.clauses import is_question
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind
from orchestrator.local.brain.understanding.known_values import by_sound, known_value
from orchestrator.local.brain.understanding.parameter import Parameter
from orchestrator.local.brain.understanding.utterance import Read, Utterance

Found = TypeVar("Found", dates.Day, times.Time)
PLACE, LOCATED, LOST = Expression("place"), Expression("located"), Expression("lost_thing")
ARTICLE = Expression("article")
DANGLING = Expression("dangling")  # what joined a value to another one that was read: "Vetmedin for"
MESSAGE = Expression("message")
SUCH_AS = Expression("such_as")
RECEIVER = Expression("receiver")
ABOUT = Expression("about")
ADDRESS = Expression("address")
PLUS = Expression("plus")
AS_WORDS = Expression("as_words")
LISTED = ",| {or} | {and} "
SINCE, OLD_DAY = Expression("since"), Expression("old_day")
IMPOSSIBLE, NIGHTS = Expression("impossible"), Expression("nights_said")
WEEK = timedelta(days=7)
PHONE_LENGTH = 6  # fewest digits of a telephone number
FLAG_LEAD = re.compile(r"^(?:with|wants?|needs?|is|has|have|includes?) ", re.IGNORECASE)  # of an identifier
INFLECTED = "(?:e?d|ing|s|y|ly)?"  # "deliver" in "please have it delivered"
AHEAD = frozenset({"book", "change", "extend"})  # what is done lies ahead: nothing is booked for yesterday
WITH, WITHOUT, CLAUSE_END = Expression("with_it"), Expression("without_it"), Expression("clause_end")
FEW_WORDS = 3  # too few to be taken for a problem in the caller's own words
UNTIL = Expression("until")
FOLLOWS = Expression("follows")  # "and express?", about what was just done


def listed(utterance: Utterance) -> Read:
    """Read one of the listed values: the one that is said or, if it is asked for, the one that is meant."""
    values = utterance.parameter.choices
    plain = listing(utterance.parameter)
    said = utterance.text.replace("-", " ")
    for at in sorted(range(len(values)), key=lambda index: -len(plain[index])):
        if match := re.search(bounded(f"{re.escape(plain[at])}(?:s)?"), said, re.IGNORECASE):
            return values[at], utterance.without(*match.span())
    if heard := by_sound(utterance, said, plain):
        return values[plain.index(heard[0])], utterance.text.replace(heard[1], " ")
    if all(isinstance(value, int) for value in values):
        if (lasting := counts.lasting(utterance)) and lasting[0] in values:
            return lasting
        return next(((int(run.digits), utterance.without(run.start, run.end)) for run in numbers.find(utterance.text)
                     if run.digits.isdigit() and int(run.digits) in values), (None, utterance.text))  # fmt: skip
    words = content(utterance.text)
    meant = [at for at, value in enumerate(plain) if content(value) and content(value) <= words]
    if len(meant) == 1:
        return values[meant[0]], utterance.text
    if described := [at for at, value in enumerate(plain) if _is_described(utterance, value)]:
        return values[described[0]], utterance.text
    nearest = utterance.context.nearest
    if nearest is not None and utterance.parameter.required and utterance.text.strip():
        found = nearest(utterance.text, plain)
        return (None if found is None else values[found]), utterance.text
    return None, utterance.text


def _is_described(utterance: Utterance, value: str) -> bool:
    """Return whether a caller says what the author describes a listed value by: "the brown one is organic"."""
    about = str(utterance.parameter.schema.get("description") or "")
    by = re.search(rf"(\w+) ones?(?: is| are|:| =)? {re.escape(value)}\b", about, re.IGNORECASE)
    by = by or re.search(rf"\b{re.escape(value)} \((\w+)\)", about, re.IGNORECASE)
    return by is not None and re.search(bounded(re.escape(by[1])), utterance.text, re.IGNORECASE) is not None


def listing(parameter: Parameter) -> list[str]:
    """Return the listed values as words."""
    return [str(value).replace("_", " ").replace("-", " ") for value in parameter.choices]


def day(utterance: Utterance) -> Read:
    """Read a day."""
    found = _day(utterance)
    if found is None:
        return _after_nights(utterance), utterance.text
    if kinds.lies_behind(utterance.parameter) and timedelta() < found.value - utterance.context.today <= WEEK:
        found = replace(found, value=found.value - WEEK)  # "since Friday"
    return _written(found, utterance.parameter), utterance.without(found.start, found.end)


def _after_nights(utterance: Utterance) -> str | None:
    """Return the end of a stay of which the beginning and the nights are said: "two nights from Friday"."""
    days = dates.find(utterance.said, utterance.context.today) if kinds.ends(utterance.parameter) else []
    if len(days) != 1 or not (nights := NIGHTS.search(utterance.said)):
        return None
    counted = numbers.find(nights["n"])
    length = (int(counted[0].digits) if counted else 1) * (7 if nights["week"] else 1)
    return (days[0].value + timedelta(days=length)).isoformat()


def _day(utterance: Utterance) -> dates.Day | None:
    past = kinds.is_past(utterance.parameter)
    found = dates.find(utterance.text, utterance.context.today, past=past)
    if AHEAD & content(utterance.context.about) and not past:
        found = [day for day in found if day.value >= utterance.context.today]
    return _side(utterance, [day for day in found if not _is_beside(utterance, utterance.text[: day.start])])


def _is_beside(utterance: Utterance, before: str) -> bool:
    """Return whether a day is not that of what is to be done: "limping since Sunday", "we are down for Friday"."""
    about = content(utterance.context.about)
    since = AHEAD & about and not kinds.is_past(utterance.parameter) and SINCE.search(before)
    old = "change" in about and kinds.ends(utterance.parameter) and OLD_DAY.search(before)
    return bool(since or old or IMPOSSIBLE.search(before))


def _side(utterance: Utterance, found: Sequence[Found]) -> Found | None:
    """Return the beginning or the end of what is said, "from Friday to Sunday", as the parameter wants it."""
    if not found:
        return None
    ends = kinds.ends(utterance.parameter)
    if utterance.alone or utterance.answer:
        return found[-1] if ends else found[0]
    last = UNTIL.search(utterance.text[: found[-1].start])
    if ends:
        return found[-1] if len(found) > 1 or last else None
    return found[0] if not UNTIL.search(utterance.text[: found[0].start]) else None


def _written(found: dates.Day, parameter: Parameter) -> str:
    if not kinds.takes_words(parameter):
        return found.value.isoformat()
    plain = found.words.removeprefix(f"{current().words['the']} ")
    months = current().lines["months"]
    return f"{found.value.day} {months[found.value.month - 1]}".lower() if AS_WORDS.search(plain) else found.words


def time(utterance: Utterance) -> Read:
    """Read a time of day."""
    found = _side(utterance, times.find(utterance.text, bare=utterance.answer))
    if found is None:
        return None, utterance.text
    about = f"{utterance.context.about} {utterance.parameter.about} {utterance.text}"
    return found.resolved(about), utterance.without(found.start, found.end)


def month(utterance: Utterance) -> Read:
    """Read the name of a month."""
    months = "|".join(utterance.context.words.lines["months"])
    match = re.search(bounded(months), utterance.text, re.IGNORECASE)
    return (match.group(0).capitalize(), utterance.without(*match.span())) if match else (None, utterance.text)


def moment(utterance: Utterance) -> Read:
    """Read a day with a time."""
    found = _day(utterance)
    if found is None:
        return None, utterance.text
    rest = utterance.without(found.start, found.end)
    clock = times.find(rest, bare=utterance.answer)
    if not clock:
        return None, utterance.text
    value = f"{found.value.isoformat()}T{clock[0].resolved(f'{utterance.context.about} {utterance.text}')}"
    return value, f"{rest[: clock[0].start]} {rest[clock[0].end :]}"


def email(utterance: Utterance) -> Read:
    """Read an e-mail address, as written or as spoken."""
    found = emails.find(utterance.text)
    return (found.value, utterance.without(found.start, found.end)) if found else (None, utterance.text)


def phone(utterance: Utterance) -> Read:
    """Read a telephone number."""
    runs = [
        run
        for run in numbers.find(utterance.text)
        if len(run.digits) >= PHONE_LENGTH
        and not utterance.text[: run.start][-1:].isalpha()  # "SW90117340" identifies something else
        and not _is_announced_as_another(utterance, run.start)
    ]
    if not runs:
        return None, utterance.text
    run = max(runs, key=lambda one: len(one.digits))
    plus = "+" if PLUS.search(utterance.text[: run.start].rstrip()) else ""
    return plus + run.digits.replace(".", ""), utterance.without(run.start, run.end)


def _is_announced_as_another(utterance: Utterance, start: int) -> bool:
    """Return whether a number is named as that of another parameter: "application number 2044186" is no telephone's."""
    codes_beside = (one for one in utterance.context.beside if kinds.is_identifier(one))
    called = "|".join(re.escape(word) for one in codes_beside for word in content(one.words) - content("number id"))
    announced = re.compile(rf"\b(?:{called})\w*(?: number| code| no)?(?: is|'s|:)?,?\s*$", re.IGNORECASE)
    return bool(called) and announced.search(utterance.text[:start]) is not None


def address(utterance: Utterance) -> Read:
    """Read a street with a house number, or any short answer."""
    if match := ADDRESS.search(utterance.text):
        return match.group(0).strip(), utterance.without(*match.span())
    if not utterance.answer:
        return None, utterance.text
    first = tidy(utterance.text, utterance.context.words).split(",")[0].strip()
    return first or None, utterance.text.replace(first, " ")


def flag(utterance: Utterance) -> Read:
    """Read a yes or a no if it was asked for, or "with breakfast", "I don't need a towel"."""
    words = utterance.context.words
    own = re.escape(FLAG_LEAD.sub("", utterance.parameter.words))
    if match := re.search(rf"\b{own}{INFLECTED}\b", utterance.text, re.IGNORECASE):
        clause = CLAUSE_END.pattern.split(utterance.text[: match.start()])[-1]
        said = WITH.search(clause) or WITHOUT.search(clause) or FOLLOWS.match(utterance.text)
        if said or not is_question(utterance.text, words):
            return not WITHOUT.search(clause), utterance.without(*match.span())
    for clause in CLAUSE_END.pattern.split(utterance.text):  # "leave it at the door"
        if len(about := content(utterance.parameter.words)) > 1 and about <= content(clause):
            return not WITHOUT.search(clause), utterance.text.replace(clause, " ", 1)
    return (agreement(utterance.text, words) if utterance.answer else None), utterance.text


def name(utterance: Utterance) -> Read:
    """Read a name: spelled, or after "my name is", or any words that can be one if it was asked for."""
    if known := known_value(utterance):
        return known
    if utterance.parameter.hints("receiver") and (match := RECEIVER.search(utterance.text)):
        return match.group(1).strip(), utterance.without(*match.span())
    own = not utterance.parameter.hints("of_the_caller")
    words = utterance.context.words
    found = names.find(utterance.text, words, own=own) or names.standing(utterance.text, words)
    if found is not None and not content(found.value) <= utterance.context.vocabulary:
        return part(found.value, utterance.parameter), utterance.without(found.start, found.end)
    if not utterance.answer:
        return None, utterance.text
    bare = names.bare(utterance.text, utterance.context.words)
    if not bare or content(bare) <= utterance.context.vocabulary:
        return None, utterance.text
    return part(bare, utterance.parameter), ""


def part(value: str, parameter: Parameter) -> str:
    """Return of a whole name what a parameter takes: all, the first, or the last name."""
    first, last = parameter.hints("first_name"), parameter.hints("last_name")
    if first is last or parameter.hints("whole_name"):
        return value
    return value.split()[0] if first else value.split()[-1]


def place(utterance: Utterance) -> Read:
    """Read a place: a name after "to" or "in"."""
    if known := known_value(utterance):
        return known
    for match in LOCATED.finditer(utterance.text) if utterance.parameter.hints("located") else ():
        found = match.group(1).strip(" .,")
        if not dates.find(found, utterance.context.today) and not times.find(found):
            return found, utterance.without(*match.span())
    located = utterance.parameter.hints("located") and not utterance.answer
    for match in PLACE.finditer(utterance.text):
        found = match.group(1).strip(" .,")
        if located and found[:1].islower() and not match.group(0).lower().startswith(("to ", "into ")):
            continue  # "stuck at the side of the road"
        if not dates.find(found, utterance.context.today) and found.lower() not in utterance.context.words.not_names:
            return found, utterance.without(*match.span(1))
    if not utterance.answer:
        return None, utterance.text
    return tidy(utterance.text, utterance.context.words) or None, ""


def free(utterance: Utterance) -> Read:
    """Read the caller's own words: a message, a problem, one of the values that the description gives as examples."""
    parameter, text = utterance.parameter, utterance.text
    if known := example(parameter, text):
        return known, re.sub(bounded(re.escape(known)), " ", text, count=1, flags=re.IGNORECASE)
    if parameter.hints("message") and (match := MESSAGE.search(text)) and not (utterance.answer and match.start()):
        return widened(next(filter(None, match.groups())).strip(" .")), utterance.without(*match.span())
    if (
        parameter.required
        and not parameter.hints("own_words", "topic", "message")
        and (found := things.wanted(utterance))
    ):
        return found
    if utterance.answer and (content(text) or numbers.find(text)):
        few = length(text) <= FEW_WORDS + 1
        return (tidy(text, utterance.context.words) if few else _spoken(utterance)) or None, ""
    if parameter.required and not parameter.hints("message") and (match := LOST.search(text)):
        return match.group(1).strip(), utterance.without(*match.span())
    if parameter.required and parameter.hints("topic") and parameter.hints("amiss"):
        return things.stated(utterance) or None, text
    if kinds.is_topic(parameter) and (match := ABOUT.search(text)):
        return match.group(1).strip(), utterance.without(*match.span())
    if parameter.hints("topic"):
        return None, text
    if parameter.hints("ailment") and (ailment := things.had(utterance)):
        return ailment
    says_more = content(text) - utterance.context.vocabulary - content(current().words["beside_numbers"])
    if parameter.required and parameter.hints("own_words") and length(text) > FEW_WORDS and says_more:
        return things.matter(utterance) or _spoken(utterance), ""
    return None, text


def _spoken(utterance: Utterance) -> str:
    """Return the caller's own words, without "well, um" or "my name is Ada Wu" before them."""
    said = (utterance.said or utterance.text).strip()
    name = names.find(said, utterance.context.words, own=False)
    if name is not None and content(said[: name.start]) <= content("name") and content(said[name.end :]):
        behind = f" {said[name.end :].lstrip(' .,;!?')}"
        joint = CLAUSE_END.pattern.match(behind)  # "and"
        said = behind[joint.end() if joint else 0 :]
    return widened(utterance.context.words.hesitations.sub("", said.strip()).strip(" .,!?"))


def example(parameter: Parameter, text: str) -> str:
    """Return the value in a text that a description gives as an example: "such as balayage or cut"; "" for none."""
    found = SUCH_AS.search(str(parameter.schema.get("description") or ""))
    if found is None:
        return ""
    values = [
        ARTICLE.sub("", value.strip(" .\"'")) for value in re.split(LISTED.format(**current().lines), found.group(1))
    ]
    values = sorted(filter(None, values), key=len, reverse=True)
    return next((one for one in values if re.search(bounded(re.escape(one)), text, re.IGNORECASE)), "")


def tidy(text: str, words: Language) -> str:
    """Return an answer without "well, it's a" before and "please" behind it."""
    plain = words.fillers.sub("", text.strip()).strip(" .,!")
    return DANGLING.sub("", ARTICLE.sub("", names.PLEASE.sub("", plain)).strip(" .,!?")).strip(" .,!?")


def bounded(expression: str) -> str:
    """Return an expression for whole words, where the language has spaces between them."""
    return rf"\b(?:{expression})\b" if current().spaced else expression


READERS: Mapping[Kind, Callable[[Utterance], Read]] = {
    Kind.CHOICE: listed, Kind.EMAIL: email, Kind.MOMENT: moment, Kind.DAY: day, Kind.TIME: time, Kind.MONTH: month,
    Kind.PHONE: phone, Kind.CODE: codes.identifier, Kind.AMOUNT: counts.amount, Kind.COUNT: counts.count,
    Kind.FLAG: flag, Kind.NAME: name, Kind.PLACE: place, Kind.ADDRESS: address, Kind.FREE: free,
}  # fmt: skip
