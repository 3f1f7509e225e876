"""Coverage of a conversation: what a team can do, and what of it the tests have taken.

A *point* is one thing that can happen: a handoff, a caller given back, a consult, a message, a tool, a need or a rule
that refuses, a model to fall back on. It is taken when the timeline of a call shows it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.core.away.events import Status
from orchestrator.core.permission import Rule as Reason
from orchestrator.observe.facts import Consulted, Fact, HandedOver, Happened, Outcome, PersonWaited, Refused, ToolRan
from orchestrator.team import Handoff as Edge
from orchestrator.team import Team
from orchestrator.team.functions import consult_name, message_name, transfer_name
from orchestrator.team.rules import AtMost, Before, Needs, Rule, StaysIn


class Kind(StrEnum):
    """What kind of thing can happen, in the words of a report."""

    HANDOFF = "handoffs"
    BACK = "given back"
    CONSULT = "consults"
    MESSAGE = "messages"
    TOOL = "tools"
    NEED = "needs"
    RULE = "rules"
    FALLBACK = "fallbacks"


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that can happen in a call with the team."""

    kind: Kind
    agent: str  # of whom it can; "" for a rule
    what: str  # to whom, which tool, the rule …

    def __str__(self) -> str:
        match self.kind:
            case Kind.HANDOFF | Kind.BACK | Kind.MESSAGE:
                return f"{self.agent} → {self.what}"
            case Kind.CONSULT:
                return f"{self.agent} asks {self.what}"
            case Kind.RULE:
                return self.what
        return f"{self.agent}: {self.what}"


def points(team: Team, tools: Mapping[str, Collection[str]]) -> list[Point]:
    """Return all that can happen; `tools` are the names of each agent's tools."""
    found = [point for name in team.agents for point in _of_agent(team, name, tools.get(name, ()))]
    return [*dict.fromkeys(found), *(Point(Kind.RULE, "", str(rule)) for rule in team.rules)]


def _of_agent(team: Team, name: str, tools: Collection[str]) -> Iterator[Point]:
    agent = team.agents[name]
    for edge in team.edges(name):
        yield Point(Kind.HANDOFF, name, edge.to)
        yield from (Point(Kind.NEED, name, f"{edge.to} needs {needed}") for needed in edge.needs)
    if agent.wait is not None:
        yield Point(Kind.HANDOFF, name, agent.wait.then)
    yield from (Point(Kind.BACK, edge.to, name) for edge in _lent(team, name))
    yield from (Point(Kind.CONSULT, name, edge.to) for edge in agent.consult)
    yield from (Point(Kind.MESSAGE, name, edge.to) for edge in agent.messages)
    yield from (Point(Kind.TOOL, name, tool) for tool in tools)
    yield from (Point(Kind.FALLBACK, name, model) for model in agent.fallback)


def _lent(team: Team, name: str) -> Iterator[Edge]:
    """Yield the edges whose target can give the caller back, where it has no way of its own to do so."""
    for edge in team.edges(name):
        if edge.returns and name not in {own.to for own in team.edges(edge.to)}:
            yield edge


def taken(team: Team, timeline: Iterable[Fact]) -> set[Point]:
    """Return what happened in a call."""
    found: set[Point] = set()
    known: set[str] = set()  # variables that were set
    for fact in timeline:
        match fact:
            case HandedOver(outcome=Outcome.COMPLETED):
                found |= {Point(kind, fact.source, fact.target) for kind in (Kind.HANDOFF, Kind.BACK)}
                found |= _hidden(team, fact.target, known)
            case PersonWaited(outcome=Outcome.FAILED):
                wait = team.agents[fact.agent].wait
                found |= {Point(Kind.HANDOFF, fact.agent, wait.then)} if wait is not None else set()
            case Consulted(outcome=Outcome.COMPLETED):
                found.add(Point(Kind.CONSULT, fact.agent, fact.to))
            case ToolRan():
                found.add(Point(Kind.TOOL, fact.agent, fact.name))
                known |= set(fact.variables)
            case Refused():
                found |= _refused(team, fact)
            case Happened(name="variables.set"):
                known |= set(fact.fields["values"])
            case Happened(name="session.fallback"):
                found.add(Point(Kind.FALLBACK, str(fact.fields["agent"]), str(fact.fields["model"])))
            case Happened(name="transfer.started"):
                found.add(Point(Kind.HANDOFF, str(fact.fields["from"]), str(fact.fields["to"])))
            case Happened(name="transfer.ended") if fact.fields["status"] != Status.COMPLETED:
                wait = team.agents[str(fact.fields["to"])].wait
                found |= {Point(Kind.HANDOFF, str(fact.fields["to"]), wait.then)} if wait is not None else set()
            case Happened(name="message.sent"):
                found.add(Point(Kind.MESSAGE, str(fact.fields["from"]), str(fact.fields["to"])))
    return found


def _refused(team: Team, fact: Refused) -> set[Point]:
    """Return the rules and needs because of which a function call was refused: those that the model was told of."""
    edges = [edge for edge in team.edges(fact.agent) if edge.function == fact.name and fact.rule == Reason.NEEDS]
    named = ((edge.to, variable) for edge in edges for variable in edge.needs if _tells(fact, variable))
    needs = {Point(Kind.NEED, fact.agent, f"{to} needs {variable}") for to, variable in named}
    return needs | {Point(Kind.RULE, "", str(rule)) for rule in team.rules if _refuses(rule, fact)}


def _refuses(rule: Rule, fact: Refused) -> bool:
    match rule:
        case Before(first=first, then=then):
            ways = (transfer_name(then), consult_name(then))
            return fact.rule == Reason.BEFORE and fact.name in ways and _tells(fact, first)
        case AtMost(tool=tool):
            return fact.rule == Reason.AT_MOST and fact.name == tool
        case Needs(tool=tool, variable=variable):
            return fact.rule == Reason.NEEDS and fact.name == tool and _tells(fact, variable)
    return False


def _tells(fact: Refused, name: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", fact.reason or "") is not None


def _hidden(team: Team, agent: str, known: Collection[str]) -> set[Point]:
    """Return the rules that kept something from an agent that got the caller."""
    kept = (rule for rule in team.rules if isinstance(rule, StaysIn) and rule.variable in known)
    return {Point(Kind.RULE, "", str(rule)) for rule in kept if agent not in rule.agents}


@dataclass(frozen=True, slots=True)
class Coverage:
    """What can happen in calls with a team, and how many of some calls have taken it."""

    counts: Mapping[Point, int]

    @property
    def percent(self) -> float:
        """How much of it was taken; 100 where nothing can happen."""
        return 100 * sum(map(bool, self.counts.values())) / len(self.counts) if self.counts else 100.0

    @property
    def untaken(self) -> list[Point]:
        """What no call has taken."""
        return [point for point, count in self.counts.items() if not count]

    @property
    def untaken_edges(self) -> set[tuple[str, str]]:
        """The edges that no call has taken: who has the function, and its name."""
        names = {Kind.HANDOFF: transfer_name, Kind.CONSULT: consult_name, Kind.MESSAGE: message_name}
        return {(point.agent, names[point.kind](point.what)) for point in self.untaken if point.kind in names}

    def table(self) -> str:
        """Describe it for people: how much of each kind, and what was not taken."""
        lines = [f"coverage {self.percent:.0f} %"]
        for kind in Kind:
            own = [point for point in self.counts if point.kind is kind]
            missing = [str(point) for point in self.untaken if point.kind is kind]
            if own:
                note = f"  not taken: {', '.join(missing)}" if missing else ""
                lines.append(f"  {kind:<11}{len(own) - len(missing):>3} of {len(own)}{note}")
        return "\n".join(lines)


def cover(team: Team, tools: Mapping[str, Collection[str]], timelines: Sequence[Iterable[Fact]]) -> Coverage:
    """Count for all that can happen the calls in which it did."""
    calls = [taken(team, timeline) for timeline in timelines]
    return Coverage({point: sum(point in call for call in calls) for point in points(team, tools)})
