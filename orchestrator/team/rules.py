"""Rules that hold in every call: proven on the graph before the first call, and enforced by the core in every call.

AGENT before AGENT              the second gets the caller, or is consulted, only after the first has had the caller
TOOL at most N per call         the tool runs N times in a call; further function calls are refused
TOOL needs VARIABLE             the tool does not run before the variable is set
VARIABLE stays in AGENT, AGENT  no other agent learns it: not from instructions, arguments, tools or the conversation
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema


@dataclass(frozen=True, slots=True)
class Before:
    """`first before then`: agents."""

    first: str
    then: str

    def __str__(self) -> str:
        return f"{self.first} before {self.then}"


@dataclass(frozen=True, slots=True)
class AtMost:
    """`tool at most times per call`."""

    tool: str
    times: int

    def __str__(self) -> str:
        return f"{self.tool} at most {self.times} per call"


@dataclass(frozen=True, slots=True)
class Needs:
    """`tool needs variable`."""

    tool: str
    variable: str

    def __str__(self) -> str:
        return f"{self.tool} needs {self.variable}"


@dataclass(frozen=True, slots=True)
class StaysIn:
    """`variable stays in agents`."""

    variable: str
    agents: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.variable} stays in {', '.join(self.agents)}"


Rule = Before | AtMost | Needs | StaysIn
WORD = r"([A-Za-z_][\w-]*)"
BEFORE = re.compile(rf"{WORD} before {WORD}")
AT_MOST = re.compile(rf"{WORD} at most (\d{{1,6}}) per call")
NEEDS = re.compile(rf"{WORD} needs {WORD}")
STAYS_IN = re.compile(rf"{WORD} stays in ({WORD}(, ?{WORD})*)")
FORMS = "AGENT before AGENT; TOOL at most N per call; TOOL needs VARIABLE; VARIABLE stays in AGENT, AGENT"
SCHEMA = {
    "type": "string",
    "description": FORMS,
    "pattern": f"^({'|'.join(each.pattern for each in (BEFORE, AT_MOST, NEEDS, STAYS_IN))})$",
}
SIMILAR = 0.75  # similarity from which a word is probably a misspelling of one of the grammar
NUMBERS = {"once": 1, "twice": 2, "thrice": 3, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
BETWEEN = {"in", "with", "and", "or", "only", "at"}  # words that may stand between the names of agents


def parse(text: str) -> Rule:
    """Parse a rule; raises ValueError for any other text."""
    words = " ".join(text.split())
    if found := BEFORE.fullmatch(words):
        return Before(found[1], found[2])
    if found := AT_MOST.fullmatch(words):
        return AtMost(found[1], int(found[2]))
    if found := NEEDS.fullmatch(words):
        return Needs(found[1], found[2])
    if found := STAYS_IN.fullmatch(words):
        return StaysIn(found[1], tuple(re.split(", ?", found[2])))
    raise ValueError("not a valid rule")


def likely(text: str) -> str:
    """Return the rule that an invalid text was probably meant to be, or ""."""
    words = [word.strip("`'\".,;:") for word in text.replace(",", " ").split()]
    guess = _guess(words[0], [word.lower() for word in words[1:]], words[1:]) if len(words) > 1 else ""
    try:
        parse(guess)
    except ValueError:
        return ""
    return guess


def _guess(first: str, lower: list[str], words: list[str]) -> str:
    """Build the rule that a text comes closest to, from its first word and the words after it."""
    times = next((NUMBERS.get(word, word) for word in lower if word.isdigit() or word in NUMBERS), None)
    several = bool({"and", "or"} & set(lower))
    if _like(lower, "before") is not None:
        return "" if several else f"{first} before {words[-1]}"
    if _like(lower, "after") is not None:
        return "" if several else f"{words[-1]} before {first}"
    if times is not None:
        return f"{first} at most {times} per call"
    if _like(lower, "needs", "requires") is not None:
        return "" if several else f"{first} needs {words[-1]}"
    at = _like(lower, "stays", "stay", "only")
    agents = [] if at is None else [word for word in words[at + 1 :] if word.lower() not in BETWEEN]
    return f"{first} stays in {', '.join(agents)}"


def _like(words: list[str], *meant: str) -> int | None:
    """Return the index of the first word that was probably meant as one of some."""
    return next((at for at, word in enumerate(words) if get_close_matches(word, meant, 1, SIMILAR)), None)


def _parse(value: Any) -> Rule:
    if isinstance(value, Rule):
        return value
    if not isinstance(value, str):
        raise ValueError("not a valid rule")
    return parse(value)


RuleText = Annotated[Rule, PlainValidator(_parse), WithJsonSchema(SCHEMA)]
