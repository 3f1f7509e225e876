"""Readers, each of one kind of value: they find it in a text and return the rest of the text for the other readers."""

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
OF_THE_CALLER = ("caller's?", "your", "customer's?")
OWN_WORDS = ("problem", "issue", "complaint", "question", "topic", "reason", "symptom")
YES = re.compile(
    r"\b(yes|yeah|yep|yup|sure|correct|right|exactly|please do|go ahead|of course|absolutely|ok|okay|do it|"
    r"that's it|that is it|confirm(?:ed)?|perfect|fine)\b",
    re.IGNORECASE,
)
NO = re.compile(r"\b(no|nope|nah|not|don't|do not|never|wrong|stop|incorrect)\b", re.IGNORECASE)
# The first word decides: "yes, I don't want it any more" is a yes.
OPENING = re.compile(r"^(?:(?:oh|well|um|uh|hmm|and|so)[,.]?\s+)*(\w+(?:'\w+)?)", re.IGNORECASE)
COUNT_CUE = r"(?:people|persons?|guests?|adults|of us|seats|nights|pieces|items|times|copies)"
LONG_ENOUGH = 3  # fewest digits of a number that is taken for an identifier without being asked for
SHORT_ENOUGH = 3  # most digits of a number that is taken for a count
FEW_WORDS = 3  # too few to be taken for a problem in the caller's own words


@dataclass(frozen=True, slots=True)
class Utterance:
    """The words in which a reader looks for a parameter's value."""

    parameter: Parameter
    text: str
    answer: bool  # the text is the answer to the question for this parameter
    nearest: Nearest | None = None  # finds the listed value that is meant but not said

    def without(self, start: int, end: int) -> str:
        """Return the text without the part that was read."""
        return f"{self.text[:start]} {self.text[end:]}"


def listed(utterance: Utterance) -> Read:
    """Read one of the listed values: the one that is said or, if the parameter is required, the one that is meant."""
    values = utterance.parameter.choices
    plain = [str(value).replace("_", " ").replace("-", " ") for value in values]
    for value, words in zip(values, plain, strict=True):
        if match := re.search(rf"\b{re.escape(words)}s?\b", utterance.text, re.IGNORECASE):
            return value, utterance.without(*match.span())
    if utterance.nearest is not None and utterance.parameter.required and utterance.text:
        found = utterance.nearest(utterance.text, plain)
        return (None if found is None else values[found]), utterance.text
    return None, utterance.text


def time(utterance: Utterance) -> Read:
    """Read a time of day."""
    found = clock.find_time(utterance.text, bare=utterance.answer)
    return (found.value, utterance.without(found.start, found.end)) if found else (None, utterance.text)


def day(utterance: Utterance) -> Read:
    """Read a day."""
    found = clock.find_day(utterance.text)
    return (found.value, utterance.without(found.start, found.end)) if found else (None, utterance.text)


def identifier(utterance: Utterance) -> Read:
    """Read the digits of a number that identifies something: the one of the required length, else the longest."""
    pattern, length = utterance.parameter.schema.get("pattern"), utterance.parameter.length
    runs = [(run.digits.replace(".", ""), run) for run in numbers.find(utterance.text)]
    if pattern and not length:
        runs = [entry for entry in runs if re.fullmatch(pattern, entry[0])] or (runs if utterance.answer else [])
    runs = [entry for entry in runs if len(entry[0]) >= (1 if utterance.answer else LONG_ENOUGH)]
    if not runs:
        return None, utterance.text
    of_length = [entry for entry in runs if len(entry[0]) == length]
    digits, run = max(of_length or runs, key=lambda entry: len(entry[0]))
    return digits, utterance.without(run.start, run.end)


def amount(utterance: Utterance) -> Read:
    """Read an amount of money."""
    runs = numbers.find(utterance.text)
    return _number(utterance, runs[0]) if runs else (None, utterance.text)


def count(utterance: Utterance) -> Read:
    """Read how many: the number before a word such as "people", else the first."""
    runs = [run for run in numbers.find(utterance.text) if utterance.answer or len(run.digits) <= SHORT_ENOUGH]
    for run in runs:
        after, before = utterance.text[run.end :].lower(), utterance.text[: run.start].lower()
        if re.match(rf"\s*{COUNT_CUE}\b", after) or re.search(r"\b(for|of|with|are|party of)\s*$", before):
            return _number(utterance, run)
    return _number(utterance, runs[0]) if runs else (None, utterance.text)


def _number(utterance: Utterance, run: numbers.Number) -> Read:
    value = float(run.digits)
    whole = utterance.parameter.kind != "number" or value == int(value)
    return (int(value) if whole else value), utterance.without(run.start, run.end)


def flag(utterance: Utterance) -> Read:
    """Read a yes or a no if it was asked for."""
    return (agreement(utterance.text) if utterance.answer else None), utterance.text


def agreement(text: str) -> bool | None:
    """Return whether a text says yes or no; None when it says neither."""
    first = OPENING.search(text.strip())
    for words in (first.group(1) if first else "", text):
        if NO.search(words):
            return False
        if YES.search(words):
            return True
    return None


def name(utterance: Utterance) -> Read:
    """Read a name: spelled, or after "my name is", or any words if it was asked for."""
    if match := SPELLED.search(utterance.text):
        return _letters(match.group(0)), utterance.without(*match.span())
    for cue in (NAME_CUE, TYPED_NAME):
        for match in cue.finditer(utterance.text):
            found = match.group(1).strip(" .,")
            for_another = match.group(0).lower().startswith("for") and utterance.parameter.hints(*OF_THE_CALLER)
            if found.split()[0].lower() not in NOT_A_NAME and not for_another:
                return found, utterance.without(*match.span(1))
    if not utterance.answer:
        return None, utterance.text
    return bare(utterance.text) or None, ""


def _letters(text: str) -> str:
    """Join the letters of a spelled name: "M I double L E R"."""
    doubled = re.sub(r"\bdouble ([a-z])\b", r"\1\1", text, flags=re.IGNORECASE)
    return re.sub(r"[^A-Za-z]", "", doubled).title()


def place(utterance: Utterance) -> Read:
    """Read a place: a name after "to" or "in"."""
    for match in PLACE.finditer(utterance.text):
        if clock.find_day(match.group(1)) is None and match.group(1).strip().lower() not in NOT_A_NAME:
            found = match.group(1).strip(" .,")
            return found, utterance.without(*match.span(1))
    return (bare(utterance.text) or None, "") if utterance.answer else (None, utterance.text)


def free(utterance: Utterance) -> Read:
    """Read the caller's own words: a message, a problem."""
    if utterance.answer:
        return bare(utterance.text) or None, ""
    if utterance.parameter.hints("message", "note") and (match := MESSAGE.search(utterance.text)):
        return match.group(1).strip(), utterance.without(*match.span())
    long_enough = len(utterance.text.split()) > FEW_WORDS
    if utterance.parameter.required and utterance.parameter.hints(*OWN_WORDS) and long_enough:
        return utterance.text.strip(), ""
    return None, utterance.text


def bare(text: str) -> str:
    """Return an answer without "well, it's"."""
    return LEAD.sub("", text.strip()).strip(" .,!?")
