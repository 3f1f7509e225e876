"""The call that a function gets in a unit test: the class that tools are given, made without a call.

    assert find_order("48213", FakeCall(variables={"cancelled": ""})).startswith("Order 48213")

Whatever is refused in a call is refused here with the same exceptions, because it is the same code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from orchestrator.team import Team, load_team
from orchestrator.tools import CallView, Variables

NOTHING: Mapping[str, Any] = {}


class FakeVariables(Variables):
    """The variables of a fake call without a team: those that the test names."""

    UNDECLARED = "Give it to the FakeCall: `variables={…: None}` is one that is not set; or give it the `team`."


class FakeCall(CallView):
    """A call for unit tests of tools, and of the function `before`. All but `variables` is named.

    What the function does with it is read from it afterwards: `variables`; `transfer`, which is None or the pair of
    agent and reason that `hand_over` was given; and `last_words`, which is None unless `end` was called.

    Without a team, a variable that the test does not give is not declared, and the caller can be handed over to every
    agent, or to those of `agents`. With a `team` (a path, or what `load_team` returns) its variables are there with
    their defaults, what the function sets is checked against their declarations, and only its agents exist.
    `tool` is the name of the function, which counts for variables with `set_by`. `agent` is who calls it, by default
    the first agent whose `tools` name it, or else the one that has the caller first: what a rule keeps from that agent,
    the function does not see.

    Raises KeyError for variables and agents that the team does not have, ValueError and TypeError for variables that
    cannot have such values, and `TeamError` if the team cannot be loaded.
    """

    __slots__ = ("_anyone",)

    def __init__(
        self,
        variables: Mapping[str, Any] = NOTHING,
        *,
        team: Team | str | Path | None = None,
        tool: str = "",
        agent: str = "",
        agents: Sequence[str] = (),
        id: str = "sess_test",
        function_call: str = "call_test",
    ) -> None:
        # Whether the caller can be handed over to agents of any name.
        self._anyone = team is None and not agents
        seen: Variables = FakeVariables(variables)
        if team is not None:
            known = team if isinstance(team, Team) else load_team(team)
            agents, agent = tuple(known.agents), agent or _owner(known, tool)
            seen = _seen(known, agent, tool, variables)
        super().__init__(id, agent or next(iter(agents), "front"), seen, function_call, tuple(agents))

    def hand_over(self, agent: str, reason: str = "") -> None:
        """Hand the caller over once the tool has returned, as in a call; `transfer` has it then."""
        if self._anyone and agent not in self.agents:
            self.agents = (*self.agents, agent)
        super().hand_over(agent, reason)


def _owner(team: Team, tool: str) -> str:
    """Return the first agent whose tools name this one, or else the agent that has the caller first."""
    own = (name for name, agent in team.agents.items() if any(tool in ref.names for _, ref in agent.brought()))
    return next(own, team.start)


def _seen(team: Team, agent: str, tool: str, given: Mapping[str, Any]) -> Variables:
    """Return what a tool of an agent sees of the team's variables when these have been set, by whomever."""
    if agent not in team.agents:
        raise KeyError(f"there is no agent {agent!r} in this team; agents: {', '.join(team.agents)}")
    for name, value in given.items():
        if name not in team.variables:
            close = get_close_matches(name, team.variables, 1)
            hint = f"Did you mean {close[0]!r}?" if close else Variables.UNDECLARED
            raise KeyError(f"there is no variable {name!r} in this team. {hint}")
        if value is not None and (fault := team.variables[name].fault(value)):
            raise ValueError(f"variable {name!r} {fault}")
    values = {name: given.get(name, variable.default) for name, variable in team.variables.items()}
    known = {name: value for name, value in values.items() if team.may_know(agent, name)}
    return Variables(known, team.variables, tool)
