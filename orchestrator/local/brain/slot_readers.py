"""Readers of one value each: they find it in a text, and return what is left of the text for the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.local.brain import clock, numbers
from orchestrator.local.brain.parameter import Parameter

Read = tuple[Any, str]
Nearest = Callable[[str, Sequence[str]], int | None]
TITLE = r"(?:mister |mr\.? |mrs\.? |ms\.? |miss |doctor |dr\.? )?"
NAME_CUE = re.compile(
    r"(?:my name is|name is|name's|under the name(?: of)?|in the name of|i am|i'm|this is|it's|it is|call me|for)\s+"
    r"(?!back\b)"
    rf"{TITLE}((?:(?-i:[A-Z])[\w'’-]*\s?){{1,3}})",
    re.IGNORECASE,
)
TYPED_NAME = re.compile(
    rf"(?:my name is|name is|name's)\s+{TITLE}"
    r"((?!(?:and|not|please)\b)[\w'’-]+(?:\s(?!(?:and|please|i|my|the)\b)[\w'’-]+)?)",
    re.IGNORECASE,
)
SPELLED = re.compile(r"(?<!['’])\b(?:(?:double )?[A-Za-z]\b[\s.,-]+){2,}(?:double )?[A-Za-z]\b(?!')", re.IGNORECASE)
NO_NAMES = """
    i a an the it yes no my mr mrs order table tomorrow today monday tuesday wednesday thursday friday saturday sunday
    calling having looking not sorry just really still very
"""
NOT_A_NAME = frozenset(NO_NAMES.split())
PLACE = re.compile(r"\b(?:to|into|in|at|for|from)\s+((?:[A-Z][\w'’-]+\s?){1,3})")
LEAD = re.compile(
    r"^(?:(?:well|so|um|uh|okay|yes|yeah|sure|please|hi|hello)[,.]?\s+)*"
    r"(?:(?:it's|it is|that's|that is|this is|the \w+ is|my \w+ is|my name is|i am|i'm)\s+)?",
    re.IGNORECASE,
)
MESSAGE = re.compile(
    r"\b(?:message|tell (?:him|her|them|somebody|someone)|let (?:him|her|them) know|saying)(?:,? that|:)?\s+"
    r"((?:i|my|we|our|the|he|she|it|they)\b.{6,})",
    re.IGNORECASE,
)
OWN_WORDS = ("problem", "issue", "complaint", "question", "topic", "reason", "symptom")
YES = re.compile(
    r"\b(yes|yeah|yep|yup|sure|correct|right|exactly|please do|go ahead|of course|absolutely|ok|okay|do it|"
    r"that's it|that is it|confirm(?:ed)?|perfect|fine)\b",
    re.IGNORECASE,
)
NO = re.compile(r"\b(no|nope|nah|not|don't|do not|never|wrong|stop|incorrect)\b", re.IGNORECASE)
# What a yes or a no begins with decides: "yes, I don't want it any more" is a yes.
OPENING = re.compile(r"^(?:(?:oh|well|um|uh|hmm|and|so)[,.]?\s+)*(\w+(?:'\w+)?)", re.IGNORECASE)
COUNT_CUE = r"(?:people|persons?|guests?|adults|of us|seats|nights|pieces|items|times|copies)"
LONG_ENOUGH = 3  # digits of a number that is taken for an identifier without being asked for
SHORT_ENOUGH = 3  # digits of a number that is taken for a count


@dataclass(frozen=True, slots=True)
class Said:
    """What a reader works on."""

    parameter: Parameter
    text: str
    answer: bool  # the text answers the question for this parameter
    nearest: Nearest | None = None  # finds a listed value that is meant

    def without(self, start: int, end: int) -> str:
        """Return the text without what was read."""
        return f"{self.text[:start]} {self.text[end:]}"


def choice(said: Said) -> Read:
    """Read one of the listed values: said as it is, or, where one is needed, the one that is meant."""
    values = said.parameter.choices
    plain = [str(value).replace("_", " ").replace("-", " ") for value in values]
    for value, words in zip(values, plain, strict=True):
        if match := re.search(rf"\b{re.escape(words)}s?\b", said.text, re.IGNORECASE):
            return value, said.without(*match.span())
    if said.nearest is not None and said.parameter.required and said.text:
        found = said.nearest(said.text, plain)
        return (None if found is None else values[found]), said.text
    return None, said.text


def time(said: Said) -> Read:
    """Read a time of day."""
    found = clock.find_time(said.text, bare=said.answer)
    return (found.value, said.without(found.start, found.end)) if found else (None, said.text)


def day(said: Said) -> Read:
    """Read a day."""
    found = clock.find_day(said.text)
    return (found.value, said.without(found.start, found.end)) if found else (None, said.text)


def identifier(said: Said) -> Read:
    """Read the digits of a number that names something; the longest, or the one that is as long as it must be."""
    pattern, length = said.parameter.schema.get("pattern"), said.parameter.length
    runs = [(run.digits.replace(".", ""), run) for run in numbers.find(said.text)]
    if pattern and not length:
        runs = [entry for entry in runs if re.fullmatch(pattern, entry[0])] or (runs if said.answer else [])
    runs = [entry for entry in runs if len(entry[0]) >= (1 if said.answer else LONG_ENOUGH)]
    if not runs:
        return None, said.text
    digits, run = max(runs, key=lambda entry: (len(entry[0]) == length, len(entry[0])))
    return digits, said.without(run.start, run.end)


def amount(said: Said) -> Read:
    """Read an amount of money."""
    runs = numbers.find(said.text)
    return _number(said, runs[0]) if runs else (None, said.text)


def count(said: Said) -> Read:
    """Read how many; what stands before "people" rather than another number."""
    runs = [run for run in numbers.find(said.text) if said.answer or len(run.digits) <= SHORT_ENOUGH]
    for run in runs:
        after, before = said.text[run.end :].lower(), said.text[: run.start].lower()
        if re.match(rf"\s*{COUNT_CUE}\b", after) or re.search(r"\b(for|of|with|are|party of)\s*$", before):
            return _number(said, run)
    return _number(said, runs[0]) if runs else (None, said.text)


def _number(said: Said, run: numbers.Spoken) -> Read:
    value = float(run.digits)
    whole = said.parameter.kind != "number" or value == int(value)
    return (int(value) if whole else value), said.without(run.start, run.end)


def flag(said: Said) -> Read:
    """Read a yes or a no, where it was asked for."""
    return (agreement(said.text) if said.answer else None), said.text


def agreement(text: str) -> bool | None:
    """Return whether a text says yes or no; None when it says neither."""
    first = OPENING.search(text.strip())
    for said in (first.group(1) if first else "", text):
        if NO.search(said):
            return False
        if YES.search(said):
            return True
    return None


def name(said: Said) -> Read:
    """Read a name: spelled, after "my name is", or, where it was asked for, what is said."""
    if match := SPELLED.search(said.text):
        return _letters(match.group(0)), said.without(*match.span())
    for cue in (NAME_CUE, TYPED_NAME):
        for match in cue.finditer(said.text):
            own = said.parameter.hints("caller's?", "your", "customer's?") and match.group(0).lower().startswith("for")
            found = match.group(1).strip(" .,")
            if found.split()[0].lower() not in NOT_A_NAME and not own:
                return found, said.without(*match.span(1))
    if not said.answer:
        return None, said.text
    return bare(said.text) or None, ""


def _letters(text: str) -> str:
    """Join a name that was spelled: "M I double L E R"."""
    doubled = re.sub(r"\bdouble ([a-z])\b", r"\1\1", text, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z]", "", doubled).title()


def place(said: Said) -> Read:
    """Read where to: a name after "to" or "in"."""
    for match in PLACE.finditer(said.text):
        if clock.find_day(match.group(1)) is None and match.group(1).strip().lower() not in NOT_A_NAME:
            found = match.group(1).strip(" .,")
            return found, said.without(*match.span(1))
    return (bare(said.text) or None, "") if said.answer else (None, said.text)


def free(said: Said) -> Read:
    """Read the caller's own words: a message, a problem."""
    if said.answer:
        return bare(said.text) or None, ""
    if said.parameter.hints("message", "note") and (match := MESSAGE.search(said.text)):
        return match.group(1).strip(), said.without(*match.span())
    if said.parameter.required and said.parameter.hints(*OWN_WORDS) and len(said.text.split()) > SHORT_ENOUGH:
        return said.text.strip(), ""
    return None, said.text


def bare(text: str) -> str:
    """Return an answer without "well, it's"."""
    return LEAD.sub("", text.strip()).strip(" .,!?")
