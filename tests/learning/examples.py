"""The examples from which `local` learns: invented teams, what their callers say, and what that means.

`data/` has a file for each team, an object a line: first the team, then its callers' sentences. `apart/` has more, from
which nothing was learnt: by them it is judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from orchestrator.local.brain.language import normalized
from orchestrator.local.brain.learned.meaning import Doing, Pending
from orchestrator.local.brain.understanding.encoder import neutral
from orchestrator.local.brain.understanding.meant import described_parameter

DATA, APART = Path(__file__).parent / "data", Path(__file__).parent / "apart"
ONLY_ASKED = "asked"  # of a team whose sentences have the values only of what was asked for
AGENT = "agent:"  # stands before the name of an agent whose matter a sentence is, but no function's
FACT = "fact:"  # stands before the name of what is known without a function
PARAMETERS = re.compile(r"\n\s*(?:Args|Parameters|Returns|:param)\b")
ARTICLE, FEW_WORDS = re.compile(r"^(?:the|an?|some) (?=.)"), 4
SENTENCE = re.compile(r"\n|(?<=\.)\s")
FORMS = {
    "date": "date",
    "time": "time",
    "datetime": "date-time",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
}
WANTS = (Doing.REQUEST, Doing.QUESTION, Doing.COMPLAIN)  # what is about a function
# What is about no function, unless the caller was asked for something.
IDLE = (Doing.SMALL_TALK, Doing.THANKS, Doing.GOODBYE, Doing.WHO, Doing.REPEAT, Doing.UNCLEAR)


@dataclass(frozen=True)
class Sentence:
    """What a caller says, and what it means."""

    said: str
    pending: Pending
    doing: Doing
    meant: frozenset[str]  # functions and facts, or an agent
    asked: str = ""  # the parameter that the caller was asked for: "function.parameter"
    values: Mapping[str, str | None] = field(default_factory=dict)  # parameter → the words that are its value, or none


@dataclass(frozen=True)
class Example:
    """A team and its callers' sentences."""

    name: str
    # Functions, agents and facts → how they may be described, the usual way first.
    candidates: Mapping[str, Sequence[str]]
    owner: Mapping[str, str]  # function or agent → agent; all agents know the facts
    parameters: Mapping[str, Sequence[str]]  # "function.parameter" → how it may be described, the usual way first
    kinds: Mapping[str, str]  # the same → its type
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
    candidates |= {FACT + name: _fact(**about) for name, about in team.get("facts", {}).items()}
    described = {
        f"{name}.{parameter}": _parameter(name, parameter, kind, about["doc"])
        for name, about in team["functions"].items()
        for parameter, kind in about["parameters"].items()
    }
    kinds = {
        f"{name}.{one}": kind for name, about in team["functions"].items() for one, kind in about["parameters"].items()
    }
    whole = team.get("values") != ONLY_ASKED
    sentences = [_sentence(one, kinds if whole else {}) for one in said]
    return Example(team["team"], candidates, owner, described, kinds, sentences)


def _sentence(entry: Mapping[str, Any], parameters: Iterable[str]) -> Sentence:
    kind, _, asked = str(entry["pending"] or "").partition(":")
    pending = {"": Pending.NOTHING, "ask": Pending.VALUE, "confirm": Pending.YES}[kind]
    meant = frozenset(name for name in (entry["target"], *entry.get("others", ())) if name)
    asked = asked if pending is Pending.VALUE else ""
    values: dict[str, str | None] = {}
    if "values" in entry:
        own = [one for one in parameters if one.partition(".")[0] in meant]
        marked = {name: _short(words) for name, words in entry["values"].items()}
        values = {**dict.fromkeys([*own, *filter(None, [asked])]), **marked}
    return Sentence(normalized(entry["said"]), pending, Doing(entry["act"]), meant, asked, values)


def _short(words: str) -> str:
    """Return a value without its article, unless it is a whole clause."""
    return ARTICLE.sub("", words) if len(words.split()) <= FEW_WORDS else words


def _function(name: str, about: Mapping[str, Any]) -> Sequence[str]:
    called, needs = _words(name), ", ".join(map(_words, about["parameters"]))
    whole = " ".join(PARAMETERS.split(about["doc"])[0].split())
    first = SENTENCE.split(about["doc"].strip())[0]
    described = (f"{called}: {whole} ({needs})", f"{called}: {whole}", whole, f"{called}: {first} ({needs})")
    return [neutral(one) for one in described]


def _parameter(function: str, name: str, kind: str, doc: str) -> Sequence[str]:
    found = re.search(rf"^\s*(?::param )?{re.escape(name)}(?: ?\([^)]*\))?:\s*(.+)$", doc, re.MULTILINE)
    about = found.group(1).strip() if found else ""
    choices = re.findall(r"'([^']*)'", kind)
    ways = [
        described_parameter(_words(name), about, FORMS.get(kind, ""), choices, _words(function)),
        described_parameter(_words(name), "", FORMS.get(kind, ""), choices, _words(function)),
        described_parameter(_words(name), about, FORMS.get(kind, ""), choices, ""),
    ]
    return [neutral(one) for one in ways]


def _agent(name: str, described: str) -> Sequence[str]:
    return [neutral(f"{_words(name)}: {described}"), neutral(described)]


def _fact(told: str, asked: str = "") -> Sequence[str]:
    return [neutral(one) for one in ([f"{asked} {told}", asked, told] if asked else [told])]


def _words(name: str) -> str:
    return name.replace("_", " ")
