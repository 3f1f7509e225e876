"""One loaded and checked state of a team.

A call has one version from its beginning to its end, whatever is edited meanwhile; all who join it have the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from orchestrator.core.state import MEMORY
from orchestrator.core.takeover.checkpoint import Parts
from orchestrator.core.tools.rules import rules_of
from orchestrator.errors import Problem
from orchestrator.gateway.records.keeping import Keeping
from orchestrator.gateway.session import SessionView
from orchestrator.observe.names import Names
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Provider
from orchestrator.records.format.header import TeamHeader
from orchestrator.team import Team, reserved_names
from orchestrator.tools import NO_HOOKS, Hooks, Tool
from orchestrator.tools.mcp.sources import Sources


@dataclass(frozen=True, kw_only=True, eq=False)
class Version:
    """A team with all that its calls need."""

    team: Team
    tools: Mapping[str, tuple[Tool, ...]] = field(default_factory=dict)  # agent → its tools
    sources: Sources = field(default_factory=dict)  # agent → where it has tools of servers from
    hooks: Hooks = NO_HOOKS
    providers: Mapping[str, Provider] = field(default_factory=dict)
    models: Mapping[str, Sequence[Choice]] = field(default_factory=dict)  # agent → its model, then its fallbacks
    files: tuple[Path, ...] = ()  # all that it was read from, the team file first
    hash: str = ""  # of the files: its name among the versions of its team
    warnings: tuple[Problem, ...] = ()
    memory: int = MEMORY  # bytes that one call may keep of what its caller and its agents send
    keeping: Keeping = field(default_factory=Keeping)  # what keeps its calls, once it is served
    since: float = field(default_factory=time.time)  # unix seconds

    @property
    def name(self) -> str:
        """The name of the team."""
        return self.team.name

    @cached_property
    def names(self) -> Names:
        """What metrics and traces call what is served."""
        first = {agent: (choices[0].provider, choices[0].model) for agent, choices in self.models.items()}
        texts = frozenset(name for name, agent in self.team.agents.items() if agent.kind == "text")
        return Names(self.name, first, texts, any(one.secret for one in self.team.variables.values()))

    @cached_property
    def header(self) -> TeamHeader:
        """What the records of all its calls begin with."""
        return TeamHeader(
            self.team,
            team_hash=self.hash,
            models={agent: choices[0].name for agent, choices in self.models.items() if choices},
            rules=rules_of({agent: (*own, *self.sources.get(agent, ())) for agent, own in self.tools.items()}),
            memory=self.memory,
        )

    @cached_property
    def parts(self) -> Parts:
        """What checkpoints of its calls do not say again."""
        own = [tool for tools in self.tools.values() for tool in tools]
        return Parts(self.team, *(tool.filler for tool in own), *(tool.approval for tool in own))

    @cached_property
    def reserved(self) -> frozenset[str]:
        """The names that a caller's own tools cannot have; what servers list goes before these when it comes."""
        tools = {tool.name for own in self.tools.values() for tool in own}
        return frozenset(tools) | reserved_names(self.team).keys()

    def session_view(self, session_id: str, agent: str) -> SessionView:
        """Make the session object that a caller starts with, who is with an agent first."""
        view = SessionView(
            session_id=session_id,
            model=self.name,
            expires_at=int(time.time() + self.team.limits.call.at),
            reserved=self.reserved,
        )
        view.has_caller(self.team.agents[agent].session_fields())
        return view
