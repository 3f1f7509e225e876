"""The examples from which `local` learns: invented teams, what their callers say, and what that means.

`data/` has a file for each team, an object a line: first the team, then its callers' sentences.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.local.brain.language import normalized
from orchestrator.local.brain.learned.meaning import Doing, Pending
from orchestrator.local.brain.understanding import numbers
from orchestrator.local.brain.understanding.encoder import neutral

DATA = Path(__file__).parent / "data"
AGENT = "agent:"  # stands before the name of an agent whose matter a sentence is, but no function's
PARAMETERS = re.compile(r"\n\s*(?:Args|Parameters|Returns|:param)\b")
SENTENCE = re.compile(r"\n|(?<=\.)\s")
WANTS = (Doing.REQUEST, Doing.QUESTION, Doing.COMPLAIN)  # what is about a function
# What is about no function, unless the caller was asked for something.
IDLE = (Doing.SMALL_TALK, Doing.THANKS, Doing.GOODBYE, Doing.WHO, Doing.REPEAT, Doing.UNCLEAR)


@dataclass(frozen=True)
class Sentence:
    """What a caller says, and what it means."""

    said: str
    pending: Pending
    doing: Doing
    meant: frozenset[str]  # functions, or an agent


@dataclass(frozen=True)
class Example:
    """A team and its callers' sentences."""

    name: str
    candidates: Mapping[str, Sequence[str]]  # functions and agents → how they may be described, the usual way first
    owner: Mapping[str, str]  # candidate → agent
    sentences: Sequence[Sentence]


def examples(folder: Path = DATA) -> list[Example]:
    """Read all examples."""
    return [example(path.read_text("utf-8")) for path in sorted(folder.glob("*.jsonl"))]


def example(lines: str) -> Example:
    """Read one team."""
    team, *said = [json.loads(line) for line in lines.splitlines() if line.strip()]
    candidates = {name: _function(name, about) for name, about in team["functions"].items()}
    owner = {name: agent for agent, about in team["agents"].items() for name in about["functions"]}
    for agent, about in team["agents"].items():
        candidates[AGENT + agent] = _agent(agent, about["description"])
        owner[AGENT + agent] = agent
    return Example(team["team"], candidates, owner, [_sentence(one) for one in said])


def _sentence(entry: Mapping[str, Any]) -> Sentence:
    asked = str(entry["pending"] or "").partition(":")[0]
    pending = {"": Pending.NOTHING, "ask": Pending.VALUE, "confirm": Pending.YES}[asked]
    meant = frozenset(name for name in (entry["target"], *entry.get("others", ())) if name)
    said = neutral(numbers.written(normalized(entry["said"])))
    return Sentence(said.lower(), pending, Doing(entry["act"]), meant)


def _function(name: str, about: Mapping[str, Any]) -> Sequence[str]:
    called, needs = _words(name), ", ".join(map(_words, about["parameters"]))
    whole = " ".join(PARAMETERS.split(about["doc"])[0].split())
    first = SENTENCE.split(about["doc"].strip())[0]
    described = (f"{called}: {whole} ({needs})", f"{called}: {whole}", whole, f"{called}: {first} ({needs})")
    return [neutral(one) for one in described]


def _agent(name: str, described: str) -> Sequence[str]:
    return [neutral(f"{_words(name)}: {described}"), neutral(described)]


def _words(name: str) -> str:
    return name.replace("_", " ")
