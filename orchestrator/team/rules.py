"""Rules that hold in every call: proven on the graph before the first one, and enforced by the core in each.

AGENT before AGENT              the second gets the caller, or is asked, only after the first has had them
TOOL at most N per call         N runs in a call; further function calls are refused
TOOL needs VARIABLE             not run before the variable is set
VARIABLE stays in AGENT, AGENT  told to no other agent: not in instructions, arguments, tools or what was said
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema


@dataclass(frozen=True, slots=True)
class Before:
    """`first before then`: agents."""

    first: str
    then: str


@dataclass(frozen=True, slots=True)
class AtMost:
    """`tool at most times per call`."""

    tool: str
    times: int


@dataclass(frozen=True, slots=True)
class Needs:
    """`tool needs variable`."""

    tool: str
    variable: str


@dataclass(frozen=True, slots=True)
class StaysIn:
    """`variable stays in agents`."""

    variable: str
    agents: tuple[str, ...]


Rule = Before | AtMost | Needs | StaysIn
WORD = r"([A-Za-z_][\w-]*)"
BEFORE = re.compile(rf"{WORD} before {WORD}")
AT_MOST = re.compile(rf"{WORD} at most (\d{{1,6}}) per call")
NEEDS = re.compile(rf"{WORD} needs {WORD}")
STAYS_IN = re.compile(rf"{WORD} stays in ({WORD}(, ?{WORD})*)")
FORMS = "AGENT before AGENT; TOOL at most N per call; TOOL needs VARIABLE; VARIABLE stays in AGENT, AGENT"


def parse(text: str) -> Rule:
    """Read a rule; raises ValueError for what is none."""
    words = " ".join(text.split())
    if found := BEFORE.fullmatch(words):
        return Before(found[1], found[2])
    if found := AT_MOST.fullmatch(words):
        return AtMost(found[1], int(found[2]))
    if found := NEEDS.fullmatch(words):
        return Needs(found[1], found[2])
    if found := STAYS_IN.fullmatch(words):
        return StaysIn(found[1], tuple(re.split(", ?", found[2])))
    raise ValueError("not a rule")


def _parse(value: Any) -> Any:
    return parse(value) if isinstance(value, str) else value


RuleText = Annotated[
    Rule,
    BeforeValidator(_parse),
    WithJsonSchema({"type": "string", "description": FORMS}),
]
