"""A judge: a language model that says of a whole call whether something is so, and on which words that rests.

A verdict counts only with a quote that was really said; a judge that cannot quote has not decided, and that is a
failure of its own kind. What can be measured is compared first; a call that failed there is not judged at all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.observe.facts import Fact, HandedOver, Said, ToolRan
from orchestrator.trials.personas.model import Model
from orchestrator.trials.results import Failure

INSTRUCTIONS = """\
You judge the transcript of a telephone call. You are given the transcript, then one statement after another. For each
answer with one JSON object and nothing else:
{"holds": true or false, "quote": "words of the transcript, copied exactly, on which this rests"}
Judge only what was said. Where the transcript does not tell, the statement does not hold."""
LONGEST = 40_000  # characters of a transcript; of a longer one the middle is left out
OBJECT = re.compile(r"\{.*\}", re.DOTALL)
LEAST = 3  # characters of a quote


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a judge said of one statement."""

    holds: bool
    quote: str


def transcript(timeline: Iterable[Fact]) -> str:
    """Write down who said what, and what was done."""
    lines = [line for fact in timeline if (line := _line(fact))]
    text = "\n".join(lines)
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]}\n[…]\n{text[-half:]}"


def _line(fact: Fact) -> str:
    match fact:
        case Said():
            return f"{fact.who}: {fact.text}"
        case ToolRan():
            return f"({fact.agent} used {fact.name} {fact.arguments} → {fact.output})"
        case HandedOver():
            return f"({fact.source} handed the caller over to {fact.target}: {fact.outcome})"
    return ""


async def judge(model: Model, statements: Iterable[str], timeline: Iterable[Fact]) -> list[Failure]:
    """Return the statements that do not hold; raises `RealtimeError` when the model does not answer."""
    written = transcript(timeline)
    failures: list[Failure] = []
    asked = f"The transcript:\n{written}\n\nThe statement: "
    for statement in statements:
        answer = await model.ask(asked + statement)
        asked = "The statement: "  # it remembers the transcript
        failures += _failures(statement, read(answer, written))
    return failures


def _failures(statement: str, judgement: Judgement | None) -> list[Failure]:
    if judgement is None:
        note = "the judge gave no verdict that rests on words of the call"
        return [Failure(turn=None, key="judge", expected=statement, got=None, note=note)]
    if judgement.holds:
        return []
    return [Failure(turn=None, key="judge", expected=statement, got=judgement.quote, note="the judge says no")]


def read(answer: str, written: str) -> Judgement | None:
    """Read a verdict; None when it is none, or its quote was not said."""
    found = OBJECT.search(answer)
    try:
        said = json.loads(found[0] if found else "")
        holds, quote = said["holds"], said["quote"]
    except (ValueError, KeyError, TypeError):
        return None
    if not isinstance(holds, bool) or not isinstance(quote, str) or len(quote.strip()) < LEAST:
        return None
    return Judgement(holds, quote) if _plain(quote) in _plain(written) else None


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
