"""What has happened in a call, as tests compare it: made of the facts of its timeline."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from orchestrator.observe.facts import CallBegan, CallEnded, Fact, HandedOver, Outcome, Refused, Said, ToolRan

CALLER = "caller"


class ToolCall(NamedTuple):
    """A tool that ran: its name, the arguments that it was called with, and what the model was told."""

    name: str
    arguments: dict[str, Any]
    result: str


class Handoff(NamedTuple):
    """A handoff that succeeded: from which agent to which, and why, as far as the agent has said so."""

    source: str
    target: str
    reason: str


def calls(facts: Sequence[Fact]) -> list[ToolCall]:
    """Return the tools that ran, those that failed too, in order."""
    return [ToolCall(one.name, _arguments(one.arguments), one.output) for one in facts if isinstance(one, ToolRan)]


def handoffs(facts: Sequence[Fact]) -> list[Handoff]:
    """Return the handoffs that succeeded, in order."""
    done = (one for one in facts if isinstance(one, HandedOver) and one.outcome is Outcome.COMPLETED)
    return [Handoff(one.source, one.target, one.reason or "") for one in done]


def refused(facts: Sequence[Fact]) -> list[str]:
    """Return the kinds of rules that refused a function call, in order."""
    return [one.rule for one in facts if isinstance(one, Refused)]


def said(facts: Sequence[Fact]) -> str:
    """Return what the team said."""
    return " ".join(one.text for one in facts if isinstance(one, Said) and one.who != CALLER)


def transcript(facts: Sequence[Fact]) -> str:
    """Return the call as a person reads it, a line for each thing that happened."""
    return "\n".join(line for fact in sorted(facts, key=_at) for line in _lines(fact))


def _lines(fact: Fact) -> Iterator[str]:
    match fact:
        case CallBegan():
            yield f"{_time(fact)}  {fact.agent} has the caller"
        case Said():
            yield f"{_time(fact)}  {fact.who}: {fact.text}"
        case ToolRan():
            yield f"{_time(fact)}  {fact.agent} → {fact.name}({fact.arguments}) → {fact.output}"
        case Refused():
            yield f"{_time(fact)}  {fact.agent} → {fact.name}: refused ({fact.rule}): {fact.reason}"
        case HandedOver(outcome=Outcome.COMPLETED):
            yield f"{_time(fact)}  {fact.source} → {fact.target}{f': {fact.reason}' if fact.reason else ''}"
        case HandedOver():
            yield f"{_time(fact)}  {fact.source} → {fact.target}: {fact.outcome}: {fact.fault}"
        case CallEnded():
            yield f"{_time(fact)}  the call is over ({fact.ending}): {fact.reason}"


def _at(fact: Fact) -> float:
    """Return when it happened; of what takes long, when it began."""
    return fact.start if isinstance(fact, HandedOver | ToolRan) else fact.end


def _time(fact: Fact) -> str:
    return f"{_at(fact):7.2f}"


def _arguments(text: str) -> dict[str, Any]:
    """Return arguments as a model wrote them; what is no JSON object stands under `…`."""
    try:
        read = json.loads(text or "{}")
    except ValueError:
        read = text
    return read if isinstance(read, dict) else {"…": read}
