"""Whether something may happen: what the team file demands before, what its limits and the moment allow.

Nothing here changes anything. `given` are values that a function call brings along: they count as if they were set.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from orchestrator.core import wording
from orchestrator.core.away.events import Reach
from orchestrator.core.memory.variables import NOTHING
from orchestrator.core.state import Phase, State

if TYPE_CHECKING:
    from orchestrator.team import Handoff as Edge
    from orchestrator.team import Value

Json = Mapping[str, Any]
UNSAID = (None, "", "null")  # how models leave out an argument


class Rule(StrEnum):
    """Why a function call is refused, in one word: what kind of rule, limit or mistake it is."""

    NEEDS = "needs"  # a variable is not set
    BEFORE = "before"  # another agent comes first
    AT_MOST = "at most"  # the tool has run as often as it may
    HANDOFFS = "handoffs"  # the caller was handed over too often
    PING_PONG = "ping-pong"  # the caller has just come from there
    OUTSIDE = "outside"  # the caller cannot be connected by telephone
    OCCUPIED = "occupied"  # another caller is with the agent
    WAITING = "waiting"  # the caller waits for this person already
    ENDING = "ending"  # the call ends
    CONSULTS = "consults"  # too many questions at once, or too deep
    MESSAGES = "messages"  # too many that nobody has read, or back and forth
    ARGUMENTS = "arguments"  # they are missing or wrong
    UNKNOWN = "unknown"  # there is no such function
    UNWANTED = "unwanted"  # the caller does not wait for it


class Forbidden(ValueError):
    """A function call is not allowed now; its text is for the model."""

    def __init__(self, rule: Rule, reason: str) -> None:
        super().__init__(reason)
        # What kind of rule it is.
        self.rule = rule


class Obstacle(NamedTuple):
    """What keeps an agent from having the caller, as half a sentence."""

    rule: Rule
    words: str

    def __str__(self) -> str:
        return self.words


def rule_of(error: ValueError) -> Rule:
    """Return why a function call was refused; what is not forbidden could not be read."""
    return error.rule if isinstance(error, Forbidden) else Rule.ARGUMENTS


def unset(call: State, agent: str, given: Json = NOTHING) -> list[str]:
    """Return the variables that the agent's instructions need and nobody has set."""
    mentioned = sorted(call.team.agents[agent].mentions)
    return [name for name in mentioned if call.variables.get(name) is None and given.get(name) is None]


def too_early(call: State, agent: str, given: Json = NOTHING) -> Obstacle | None:
    """Say what must come before an agent (rule `A before B`, variables that its instructions need), if anything."""
    if missed := [first for first in call.team.before(agent) if first not in call.route.visited]:
        return Obstacle(Rule.BEFORE, wording.BEFORE_AGENTS.format(agents=", ".join(missed)))
    names = unset(call, agent, given)
    return Obstacle(Rule.NEEDS, wording.BEFORE_KNOWN.format(names=", ".join(names))) if names else None


def unmet(call: State, agent: str, names: Iterable[str], what: str, given: Json = NOTHING) -> dict[str, Any] | None:
    """Return what to tell a model whose call needs variables that are not set; None when all are.

    `call_first` names the function that leads to the first of them, if this agent has one; `ask_for` lists those that
    the caller can say.
    """
    missing = [name for name in names if not call.variables.met(name, given)]
    if not missing:
        return None
    ways = [way(call, agent, name) for name in missing]
    facts = [wording.NEEDS.format(what=what, names=", ".join(missing)), *(words for words, _ in ways)]
    told: dict[str, Any] = {"error": " ".join(facts)}
    if first := next((function for _, function in ways if function), None):
        told["call_first"] = first
    if ask_for := [name for name in missing if call.team.variables[name].set_by is None]:
        told["ask_for"] = ask_for
    return told


def way(call: State, agent: str, name: str) -> tuple[str, str | None]:
    """Say how a variable comes to be set, and by which function of this agent it is nearer."""
    tool, tools = call.team.variables[name].set_by, call.functions.tools
    if tool is None:
        return wording.ASK_FOR.format(name=name), None
    if tool in tools[agent]:
        return wording.SET_BY.format(name=name, tool=tool), tool
    having = [other for other in tools if tool in tools[other]]
    if not having:  # but the team's `before`
        return wording.SET_BEFORE.format(name=name), None
    edge = next((edge for edge in call.team.edges(agent) if edge.to in having), None)
    if edge is None:
        return wording.SET_BY_OTHER.format(name=name, tool=tool, agents=", ".join(having)), None
    return wording.SET_BEHIND.format(name=name, tool=tool, agent=edge.to), edge.function


def arguments(text: str) -> dict[str, Any]:
    """Read the arguments of a function call; raises ValueError with what is wrong."""
    try:
        args = json.loads(text or "{}", parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise ValueError(wording.NOT_JSON) from None
    args = {} if args in UNSAID else args
    if not isinstance(args, dict):
        raise ValueError(wording.NOT_JSON)
    return args


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse(text: str, edge: Edge, known: Mapping[str, Value]) -> dict[str, Any]:
    """Read a transfer's arguments; raises ValueError with what is wrong."""
    args = arguments(text)
    missing = [name for name in edge.args if args.get(name) in UNSAID]
    args = {name: value for name, value in args.items() if value not in UNSAID and name in {*known, "reason"}}
    wrong = (f"{name} {fault}" for name in known if name in args and (fault := known[name].fault(args[name])))
    faults = f"Missing: {', '.join(missing)}" if missing else "; ".join(wrong)
    if faults:
        raise ValueError(wording.ASK_FIRST.format(faults=faults, function=edge.function))
    return args


def permit(call: State, edge: Edge, given: Json) -> None:
    """Check what the team allows; raises `Forbidden` with the reason."""
    if call.caller.goodbye is not None:
        raise Forbidden(Rule.ENDING, wording.CALL_ENDS)
    if call.route.waiting is not None and call.route.waiting.person == edge.to:
        raise Forbidden(Rule.WAITING, wording.WAITS_ALREADY.format(person=edge.to))
    ours = edge.to not in call.team.persons and edge.to not in call.team.outsiders
    if call.route.hops >= call.team.limits.handoffs and ours:
        raise Forbidden(Rule.HANDOFFS, wording.TOO_MANY_HANDOFFS)
    back = call.route.back.get(call.route.active) == edge.to  # whoever was sent for something may come back with it
    if edge.to == call.route.previous and not call.route.turn_since and not back:
        raise Forbidden(Rule.PING_PONG, wording.JUST_CAME.format(agent=edge.to))
    if early := unable(call, edge.to, given):
        raise Forbidden(early.rule, wording.CANNOT_TAKE_OVER.format(agent=edge.to, early=early))


def unable(call: State, agent: str, given: Json = NOTHING) -> Obstacle | None:
    """Say why an agent cannot get the caller now: too early, out of reach, or it has another one; None when it can."""
    if agent in call.team.outsiders and call.caller.reach is Reach.NOBODY:
        number = str(call.team.agents[agent].transfer).removeprefix("tel:")
        return Obstacle(Rule.OUTSIDE, wording.NOT_FROM_HERE.format(number=number))
    occupied = call.shared.holder(agent) not in (None, call) and agent not in call.team.persons  # persons are many
    return too_early(call, agent, given) or (Obstacle(Rule.OCCUPIED, wording.OCCUPIED) if occupied else None)


def refusal(call: State, agent: str) -> str | None:
    """Return why the program cannot move the caller to an agent now; None when it can."""
    able = [name for name, one in call.team.agents.items() if one.kind != "text"]
    if agent not in able:
        return f"There is no agent {agent!r} in this team that can have the caller. Agents: {', '.join(able)}."
    if call.route.handoff is not None:
        return f"The caller is already being handed over to {call.route.handoff.target!r}."
    if agent == call.route.active:
        return f"The caller is already with {agent!r}."
    if call.phase is not Phase.TALKING:
        return "The call is being connected. Try again in a moment."
    if call.caller.goodbye is not None:
        return "The call is ending."
    early = unable(call, agent)
    return wording.CANNOT_TAKE_OVER.format(agent=agent, early=early) if early else None
