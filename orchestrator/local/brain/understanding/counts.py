"""How many, and how much: numbers that count something, and amounts of money."""

from __future__ import annotations

import re

from orchestrator.local.brain.language import Expression, current
from orchestrator.local.brain.understanding import dates, kinds, numbers, times
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.utterance import Read, Utterance

CENTS = Expression("cents")
MEASURED = Expression("measured")
PEOPLE_SAID = Expression("people_said")
ALONE = Expression("alone")
COUPLE = Expression("couple")
UNCOUNTED = Expression("uncounted")
THAT_ONE = Expression("that_one")  # which of several, and not how many
COUNTED_WORD = re.compile(r"[^\W\d_][\w'-]*")
MEASURED_BY = re.compile(r"\b(?:shows|reads|says|in kilo\w+|in \w*met(?:er|re)s)\b")  # what is read off, not counted
YEAR = re.compile(r"(?:19|20)\d\d")  # what a year looks like
SHORT_ENOUGH = 3  # most digits of a number that is taken for a count
CLASSIFIED = 2  # signs behind a number that may say what is counted: "三个晚上"
LASTS = Expression("lasts")  # "half an hour", "two weeks"
# How an author names what lengths of time are counted in, and what each comes to, in minutes or months.
LENGTHS = re.compile(r"\b(minute|hour|day|night|week|month|year)s\b")
MEASURES = {"minute": ("minutes", 1), "hour": ("minutes", 60), "day": ("minutes", 24 * 60),
            "night": ("minutes", 24 * 60), "week": ("minutes", 7 * 24 * 60), "fortnight": ("minutes", 14 * 24 * 60),
            "month": ("months", 1), "year": ("months", 12)}  # fmt: skip
DAYS = re.compile(r"\bdays\b")  # in the name of a parameter, which is English
WEEKS, UNTIL = Expression("weeks_said"), Expression("until")


def amount(utterance: Utterance) -> Read:
    """Read an amount of money: "89 euros 90", but no number of years."""
    runs = [
        run
        for run in numbers.apart(utterance.text)
        if not times.COUNTED_BUT_MONEY.match(utterance.text[run.end :].lstrip()) and not _is_one_of(utterance, run)
    ]
    if len(runs) > 1 and CENTS.match(utterance.text[runs[0].end : runs[1].start]) and len(runs[1].digits) <= 2:
        whole, cents = runs[0].digits, runs[1].digits.zfill(2)
        return float(f"{whole}.{cents}"), utterance.without(runs[0].start, runs[1].end)
    return _number(utterance, runs[0]) if runs else (None, utterance.text)


def count(utterance: Utterance) -> Read:
    """Read how many: the number before the word that is counted, else one that counts nothing else."""
    if kinds.is_dated(utterance.parameter):
        return _dated(utterance)
    people = kinds.counts_people(utterance.parameter)
    if people and (match := ALONE.search(utterance.text)):
        return 1, utterance.without(*match.span())
    if people and (match := COUPLE.search(utterance.text)):
        return 2, utterance.without(*match.span())
    if length := lasting(utterance):
        return length
    if utterance.parameter.hints("nights") and (nights := _nights(utterance)):
        return nights, utterance.text
    if DAYS.search(utterance.parameter.words) and (match := WEEKS.search(utterance.text)):
        return _in_weeks(match), utterance.without(*match.span())
    runs = [
        run
        for run in numbers.apart(utterance.text)
        if utterance.answer
        or len(run.digits) <= SHORT_ENOUGH
        or MEASURED.search(utterance.text[: run.start])
        or counts_it(utterance, run)
    ]
    named = next((run for run in runs if not _is_one_of(utterance, run) and counts_it(utterance, run)), None)
    if named is not None:
        return _number(utterance, named)
    if not runs and (ordinal := _ordinal(utterance)):
        return ordinal
    if not people and (match := _single(utterance)):
        return 1, utterance.without(*match.span())
    lone = [run for run in runs if not _is_one_of(utterance, run) and _counts_nothing(utterance, run)]
    others = [run for run in runs if counts_another(utterance, run)]
    if lone and (utterance.answer or people or (len(lone) == 1 and len(runs) == 1 + len(others))):
        return _number(utterance, lone[0])
    return _number(utterance, runs[0]) if runs and utterance.answer else (None, utterance.text)


def _dated(utterance: Utterance) -> Read:
    """Read a year, or a day of a month: "on the twelfth"."""
    if kinds.is_year(utterance.parameter):
        years = [run for run in numbers.find(utterance.text) if YEAR.fullmatch(run.digits)]
        return _number(utterance, years[0]) if years else (None, utterance.text)
    today = utterance.context.today
    days = [one for one in dates.find(utterance.text, today) if one.dated or dates.in_month_of(one.words, today, today)]
    if days:
        return days[-1].value.day, utterance.without(days[-1].start, days[-1].end)
    runs = [run for run in numbers.find(utterance.text) if utterance.answer and len(run.digits) <= len("31")]
    return _number(utterance, runs[0]) if runs else (None, utterance.text)


def _is_one_of(utterance: Utterance, run: numbers.Number) -> bool:
    """Return whether a number only says which of several: "the second one"."""
    return bool(THAT_ONE.search(utterance.text[: run.end]))


def _after(utterance: Utterance, run: numbers.Number) -> str:
    return utterance.text[run.end :].lstrip(" -").lower()


def counts_it(utterance: Utterance, run: numbers.Number) -> bool:
    """Return whether what stands behind a number is what the parameter counts."""
    after = _after(utterance, run)
    word = COUNTED_WORD.match(after)
    if kinds.counts_anything(utterance.parameter) and word and not times.COUNTED.match(after):
        return True
    if kinds.counts_people(utterance.parameter) and PEOPLE_SAID.match(after):
        return True
    if word and content(word.group(0)) & content(utterance.parameter.about):
        return True
    return not current().spaced and any(sign in utterance.parameter.about for sign in after[:CLASSIFIED])


def _counts_nothing(utterance: Utterance, run: numbers.Number) -> bool:
    """Return whether nothing that is counted stands behind a number: "four of them", "two, please"."""
    after = _after(utterance, run)
    return COUNTED_WORD.match(after) is None or bool(UNCOUNTED.match(after))


def counts_another(utterance: Utterance, run: numbers.Number) -> bool:
    """Return whether a number counts what another parameter of the function is about."""
    word = COUNTED_WORD.match(_after(utterance, run))
    if word is None or _counts_nothing(utterance, run):
        return False
    others = frozenset[str]().union(*(content(one.about) for one in utterance.context.beside))
    return bool(content(word.group(0)) & (others - content(utterance.parameter.about)))


def _single(utterance: Utterance) -> re.Match[str] | None:
    """Return where one thing is said with an article: "a large bin"."""
    if MEASURED_BY.search(utterance.parameter.about):
        return None
    counted = "|".join(map(re.escape, content(utterance.parameter.about))) or "$"
    one = rf"\b(?:{current().words['a']})\s+(?:[^\W\d_]+ )?(?:{counted})\w*\b"
    return re.search(one, utterance.text, re.IGNORECASE)


def _ordinal(utterance: Utterance) -> Read | None:
    """Read a place in a row, with the word for it: "third floor"."""
    counted = content(utterance.parameter.about)
    for at, word in reversed(list(enumerate(current().words["ordinals"], 1))):
        match = re.search(rf"\b(?:{word})(?: (\w+))?", utterance.text, re.IGNORECASE)
        if match and (utterance.answer or content(match.group(1) or "") & counted):
            return at, utterance.without(*match.span())
    return None


def lasting(utterance: Utterance) -> Read | None:
    """Return how many minutes, days, months there are in what is said in other words: "half an hour", "a week"."""
    units = LENGTHS.findall(utterance.parameter.words.lower()) or LENGTHS.findall(utterance.parameter.about)
    if len(set(units)) != 1:
        return None
    for match in LASTS.finditer(utterance.text):
        many = numbers.find(match["many"])
        said, wanted = MEASURES[match["unit"].lower()], MEASURES[units[0]]
        length = (float(many[0].digits) if many else 2 if match["two"] else 1) * said[1] / wanted[1]
        if said[0] == wanted[0] and said != wanted and length == int(length) > 0:
            return int(length), utterance.without(*match.span())
    return None


def _nights(utterance: Utterance) -> int:
    """Return how many nights lie between two days, as "from the 20th to the 23rd", or are in weeks; 0 when unsaid."""
    if match := WEEKS.search(utterance.text):
        return _in_weeks(match)
    days = dates.find(utterance.said, utterance.context.today)
    if len(days) < 2 or not UNTIL.search(utterance.said[: days[1].start]):
        return 0
    return max(0, (days[1].value - days[0].value).days)


def _in_weeks(match: re.Match[str]) -> int:
    """Return how many days or nights are so many weeks."""
    found = numbers.find(match.group(1))
    return 7 * (int(found[0].digits) if found else 1)


def _number(utterance: Utterance, run: numbers.Number) -> Read:
    value = float(run.digits)
    whole = utterance.parameter.kind != "number" or value == int(value)
    return (int(value) if whole else value), utterance.without(run.start, run.end)
