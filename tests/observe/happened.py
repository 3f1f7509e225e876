"""Facts of a call as tests tell them, each with times and fields as a real call has them; all can be changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.observe.facts import (
    Answered,
    CallerTurn,
    Consulted,
    Fact,
    FirstAudio,
    HandedOver,
    Happened,
    Inferred,
    Interrupted,
    Opening,
    Outcome,
    PersonWaited,
    Refused,
    Said,
    SessionHeld,
    ToolRan,
)

START, END = 1.0, 1.5


def turn(start: float = START, end: float = END, agent: str = "front", item_id: str = "i", **more: Any) -> CallerTurn:
    """Let the caller speak, without words."""
    return CallerTurn(start=start, end=end, agent=agent, item_id=item_id, **{"over": False, **more})


def spoke(number: int, start: float, end: float, agent: str, words: str, *, over: bool = False) -> list[Fact]:
    """Let the caller speak, with words."""
    item = f"item_caller_{number}"
    said = Said(start=end + 0.3, end=end + 0.3, who="caller", text=words, item_id=item)
    return [turn(start, end, agent, item, over=over), said]


def inferred(start: float = START, end: float = END, agent: str = "front", **more: Any) -> Inferred:
    """Let a model generate a response."""
    given = {"session": agent, "response_id": "r", "status": "completed", "error": None, **more}
    return Inferred(start=start, end=end, agent=agent, **given)


def heard(start: float = START, end: float = END, agent: str = "front", **more: Any) -> Answered:
    """Let an agent be heard, without words."""
    given = {"response_id": "r", "asked": start, "status": "completed", "cut": False, "heard": True, **more}
    return Answered(start=start, end=end, agent=agent, **given)


def answered(
    number: int, asked: float, times: tuple[float, float], agent: str, words: str, *, cut: bool = False
) -> list[Fact]:
    """Let an agent answer, with words and tokens."""
    response, (start, end) = f"resp_{number}", times
    middle, status = (start + end) / 2, "cancelled" if cut else "completed"
    tokens = {"input": 420 + 60 * number, "output": 90}
    return [
        Said(start=middle, end=middle, who=agent, text=words, item_id="", response_id=response),
        inferred(asked, middle, agent, response_id=response, status=status, tokens=tokens, cost=0.004),
        heard(start, end, agent, response_id=response, asked=asked, status=status, cut=cut),
    ]


def waited(start: float, end: float, agent: str = "front", response_id: str = "r") -> FirstAudio:
    """Let the caller wait for an answer."""
    return FirstAudio(start=start, end=end, agent=agent, response_id=response_id)


def interrupted(start: float = START, end: float = END, agent: str = "front", response_id: str = "r") -> Interrupted:
    """Let the caller interrupt an agent."""
    return Interrupted(start=start, end=end, agent=agent, response_id=response_id)


def handed(
    source: str = "front",
    target: str = "billing",
    start: float = START,
    end: float = END,
    reason: str | None = "an invoice",
    **more: Any,
) -> HandedOver:
    """Hand the caller over."""
    given = {"warm": True, "outcome": Outcome.COMPLETED, **more}
    return HandedOver(start=start, end=end, source=source, target=target, reason=reason, **given)


def refused(start: float = START, agent: str = "front", name: str = "refund", **more: Any) -> Refused:
    """Let a rule refuse a function call."""
    given = {"rule": "needs", "reason": "a PIN first", **more}
    return Refused(start=start, end=start, agent=agent, name=name, **given)


def ran(
    name: str = "find",
    start: float = START,
    end: float = END,
    agent: str = "front",
    arguments: Mapping[str, Any] | None = None,
    output: str = "12.50",
    **more: Any,
) -> ToolRan:
    """Run a tool."""
    given = {"call_id": f"call_{name}", "outcome": Outcome.COMPLETED, **more}
    written = json.dumps(arguments or {})
    return ToolRan(start=start, end=end, agent=agent, name=name, arguments=written, output=output, **given)


def asked(start: float = START, end: float = END, agent: str = "front", to: str = "planner", **more: Any) -> Consulted:
    """Let an agent ask another one."""
    return Consulted(start=start, end=end, agent=agent, to=to, **{"outcome": Outcome.COMPLETED, **more})


def held(
    agent: str = "front",
    start: float = START,
    opened: float = START,
    end: float = END,
    opening: Opening = Opening.WARM,
    **more: Any,
) -> SessionHeld:
    """Hold a session."""
    given = {"session": agent, "fate": "closed", **more}
    return SessionHeld(start=start, end=end, agent=agent, opened=opened, opening=opening, **given)


def awaited(start: float = START, end: float = END, agent: str = "operator", **more: Any) -> PersonWaited:
    """Let the caller wait for a person."""
    return PersonWaited(start=start, end=end, agent=agent, **{"outcome": Outcome.COMPLETED, **more})


def announced(name: str, start: float = START, **fields: Any) -> Happened:
    """Announce anything else."""
    return Happened(start=start, end=start, name=name, fields=fields)
