"""What can be under way in a call, as data: function calls, a handoff, a goodbye. Who changes it is another module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

from orchestrator.core.away.events import Status
from orchestrator.core.events import Ending
from orchestrator.core.ids import SessionId
from orchestrator.core.response import Ask
from orchestrator.core.tools.rules import PLAIN, ToolRule, ToolRules

if TYPE_CHECKING:
    from orchestrator.team import Filler
    from orchestrator.team import Handoff as Edge


class Answerer(Enum):
    """Who answers a function call."""

    TOOL = "tool"
    CALLER = "caller"
    HANDOFF = "handoff"
    CONSULT = "consult"
    KEYS = "keys"  # that the agent presses, once what it says is said
    PERSON = "person"  # decides whether a tool runs
    HOSTED = "hosted"  # the provider, which calls the tool of a server


@dataclass(slots=True)
class FunctionCall:
    """A function call that waits for its answer."""

    session: SessionId  # that made it
    call_id: str  # as that session calls it: neither unique nor short with every service
    name: str
    answerer: Answerer
    since: float  # when the model made it
    filler: Filler | None = None  # what is said when it takes long
    orphan: bool = False  # its session is gone, and the next one does not know this id
    passed_over: bool = False  # the caller's application has not answered it, and the agent has gone on
    late: bool = False  # the conversation has gone on since
    spoken: bool = False  # the agent had said something in the same response
    arguments: str = ""  # of a tool: JSON text; keys
    server: str = ""  # of a tool that the provider calls: its label
    item_id: str = ""  # of such a call, once the provider has told of it
    rule: ToolRule = PLAIN  # what held for the tool when it was called
    filled: float = 0.0  # when the filler was said last, or it was called

    @property
    def of_team(self) -> bool:
        """Whether it is the team that answers it."""
        return self.answerer is not Answerer.CALLER

    @property
    def running(self) -> bool:
        """Whether a tool works on it."""
        return self.answerer is Answerer.TOOL


@dataclass(slots=True)
class Run:
    """A tool that ran, or runs, for those who look into the call."""

    agent: str
    name: str
    arguments: str  # JSON text of the model, the beginning of it
    output: str | None = None  # None: it runs


@dataclass(slots=True)
class Functions:
    """The function calls of a call."""

    own: ToolRules  # what each agent can call, whatever servers list
    sources: ToolRules  # agent → where it has tools of servers from → what holds for these
    runs: dict[str, int]  # tool → how often it was begun in the call
    tools: dict[str, Mapping[str, ToolRule]] = field(init=False)  # what each agent can call now
    editions: dict[str, int] = field(default_factory=dict)  # agent → how often its tools have changed
    open: dict[str, FunctionCall] = field(default_factory=dict)  # id of ours → one that waits for its answer
    seen: dict[str, Run] = field(default_factory=dict)  # id of ours → the last `SEEN` of them

    def __post_init__(self) -> None:
        self.tools = dict(self.own)


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the target of a handoff was told."""

    text: str
    covers: int  # lines of the transcript that it tells of


@dataclass(slots=True)
class Handoff:
    """The handoff under way; source and target are agents."""

    source: str
    target: str
    call_id: str | None  # our id of the transfer's function call; None when the program wants the handoff
    edge: Edge
    reason: str
    args: Mapping[str, Any]
    since: float  # when the transfer call came
    asked: bool = False  # the target was asked to take over
    summary: str = ""  # what the source has written about the call
    summary_id: str | None = None  # of the response in which it does
    briefing: Briefing | None = None  # None: the target has not had the caller's audio yet


@dataclass(slots=True)
class Waiting:
    """A caller who waits for a person, while the agent that has them keeps them."""

    handoff: Handoff  # to the person, once they take the call
    taken: bool = False  # the person came by themselves: nobody is asked, and nothing bridges the time
    briefed: bool = False  # whoever takes the call can read what it is about
    in_vain: str = ""  # why no person comes
    hold: tuple[str, str] | None = None  # response and item of the hold sound, while the caller hears it

    @property
    def person(self) -> str:
        """The agent that is the person."""
        return self.handoff.target


@dataclass(slots=True)
class Away:
    """A caller who is connected to somebody outside, or is about to be."""

    handoff: Handoff  # which was wanted
    answered: bool = False  # somebody outside has answered
    status: Status | None = None  # how the telephone call ended
    why: str = ""  # what the agent is told to whom the caller comes back; "" while they are away

    @property
    def target(self) -> str:
        """The agent that is outside."""
        return self.handoff.target


@dataclass(slots=True)
class Goodbye:
    """The end of a call, at one of its limits or because the agent ends it."""

    ending: Ending
    why: str
    ask: Ask | None  # the response that says it; None: what the agent is saying is its goodbye
    done: bool = False  # it was said, or nothing came of it: it is not asked for again
