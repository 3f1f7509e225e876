"""What happened in a call, in the words that people use of calls. Past tense, frozen, no behaviour.

All times are seconds since the call began. The facts of a call, in the order in which they were known, are its
*timeline*: `as_json` writes one for the command line, the REST API and the pages. What is said in them is masked where
it leaves the process.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from orchestrator.core.memory.shared import FIRST


class Outcome(StrEnum):
    """How something ended."""

    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"  # the caller interrupted it, or it was no longer wanted
    OPEN = "open"  # it has not ended: only of a call that goes on, in what is told so far


class Opening(StrEnum):
    """What a session was when it was first needed."""

    ACTIVE = "active"  # opened for the caller, who waited for it
    WARM = "warm"  # opened before it was needed
    CONSULT = "consult"  # opened for one question


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that happened; a mark has one time, everything else begins and ends."""

    start: float
    end: float
    seat: str = FIRST


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBegan(Fact):
    """A caller joined, and an agent has them."""

    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Fact):
    """The call is over for this caller; `start` is when it began."""

    ending: str
    reason: str
    agent: str  # that had the caller last


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerTurn(Fact):
    """The caller spoke, from the start to the end of speech as the agent's session heard it."""

    agent: str
    item_id: str
    over: bool  # an agent was being heard when they began


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Fact):
    """Words, when they were known: of the caller, who may have typed them, or of an agent."""

    who: str  # "caller", or an agent
    text: str
    item_id: str
    response_id: str = ""
    typed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstAudio(Fact):
    """The first sound of an answer reached the caller; `start` is the end of the caller's turn."""

    agent: str
    response_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Fact):
    """An agent was heard: from the first sound to when it was played to its end, or cut."""

    agent: str
    response_id: str
    asked: float  # when the response was created
    status: str  # of the response: completed | cancelled | failed | incomplete
    cut: bool  # the caller interrupted it
    heard: bool  # sound of it reached the caller; otherwise it was text, or function calls alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Inferred(Fact):
    """A model generated a response: from `response.created` to `response.done`."""

    agent: str
    session: str
    response_id: str
    status: str
    error: str | None
    tokens: Mapping[str, int] = field(default_factory=dict)  # `usage`, flat: "input", "output", "input audio cached" …
    cost: float = 0.0  # US dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(Fact):
    """The caller interrupted an agent: from the start of their speech to when the agent fell silent."""

    agent: str
    response_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRan(Fact):
    """A tool ran, from the function call to its output."""

    agent: str
    name: str
    call_id: str
    arguments: str  # JSON text, as the model wrote it
    output: str  # or why it failed
    outcome: Outcome
    variables: Mapping[str, Any] = field(default_factory=dict)  # that it set
    server: str = ""  # the MCP server that has it; "" for any other tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted(Fact):
    """An agent asked another one."""

    agent: str
    to: str
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver(Fact):
    """A handoff: from the function call, or the program's wish, to the next agent's first sound, or to its failure."""

    source: str
    target: str
    reason: str | None  # why it was wanted, as the model said it, or the program; None: not kept
    warm: bool  # the session of the target was open already
    outcome: Outcome
    fault: str | None = ""  # why it failed; None: not kept
    asked: float | None = None  # when the target was asked to speak: what comes before is our own part
    function: str = ""  # that the model called; "": the program wanted it, or nobody else could have the caller
    arguments: str | None = ""  # JSON text, as the model wrote it; None: not kept
    decision: Mapping[str, Any] = field(default_factory=dict)  # of the local router: why, and how likely each way was


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Fact):
    """A rule, a need or a limit of the team forbade a function call."""

    agent: str
    name: str  # of the function
    rule: str  # what kind of rule: "needs", "before", "at most", "handoffs" …
    reason: str | None  # what the model was told; None: not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionHeld(Fact):
    """An agent's session, from its opening to its end; 'start' is when it was asked for."""

    agent: str
    session: str
    opened: float | None  # None: it never was
    opening: Opening
    fate: str  # "closed", "lost", "renewed"; "open" in what is told so far
    code: str = ""  # why it was lost
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonWaited(Fact):
    """The caller waited for a person."""

    agent: str
    outcome: Outcome
    reason: str | None = ""  # why a person was wanted; None: not kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened(Fact):
    """Anything else that is announced in a team: `name` and its fields, as in the `team.*` events."""

    name: str
    fields: Mapping[str, Any]


def as_json(fact: Fact) -> dict[str, Any]:
    """Return a fact as JSON: the name of its class under `fact`, then its fields, times to the millisecond."""
    fields = asdict(fact)
    times = {
        name: round(fields[name], 3) for name in ("start", "end", "asked", "opened") if fields.get(name) is not None
    }
    return {"fact": type(fact).__name__, **fields, **times}
