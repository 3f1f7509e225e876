"""What the core knows of a tool: nothing of what it does, all of what holds when an agent calls it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from orchestrator.team import Filler
    from orchestrator.team.people import Confirm


class WhenLate(StrEnum):
    """What becomes of an answer when the conversation has gone on since the function call."""

    SILENT = "silent"  # the agent is told, and nobody asks it to speak
    WHEN_IDLE = "when_idle"  # it is asked as soon as nothing else is said
    INTERRUPT = "interrupt"  # what is being said is cut, and it is asked at once


@dataclass(frozen=True, slots=True)
class ToolRule:
    """What holds for one tool of an agent."""

    filler: Filler | None = None  # what is said when it takes long
    approval: Confirm | None = None  # how a person must agree before it runs
    idempotent: bool = False  # it can run twice for one function call
    when_late: WhenLate = WhenLate.WHEN_IDLE
    hidden: frozenset[str] = frozenset()  # arguments whose values nobody is shown


PLAIN = ToolRule()
ToolRules = Mapping[str, Mapping[str, ToolRule]]  # agent → tool → what holds for it
SOURCE = "mcp:"  # begins what stands for all tools that a server lists, in the place of a tool's name


class Described(Protocol):
    """A tool that can be asked what holds for it."""

    @property
    def name(self) -> str: ...
    @property
    def filler(self) -> Filler | None: ...
    @property
    def approval(self) -> Confirm | None: ...
    @property
    def idempotent(self) -> bool: ...
    @property
    def when_late(self) -> str: ...
    @property
    def hidden(self) -> frozenset[str]: ...


def rules_of(tools: Mapping[str, Iterable[Described]]) -> ToolRules:
    """Return what holds for the tools of each agent."""
    return {agent: {tool.name: rule_of(tool) for tool in own} for agent, own in tools.items()}


def rule_of(tool: Described) -> ToolRule:
    """Return what holds for a tool."""
    return ToolRule(tool.filler, tool.approval, tool.idempotent, WhenLate(tool.when_late), tool.hidden)


def apart(rules: ToolRules) -> tuple[ToolRules, ToolRules]:
    """Return what holds for tools, and apart from it what holds for all that sources list."""
    own = {agent: {name: rule for name, rule in each.items() if not is_source(name)} for agent, each in rules.items()}
    sources = {agent: {name: rule for name, rule in each.items() if is_source(name)} for agent, each in rules.items()}
    return own, sources


def is_source(name: str) -> bool:
    """Return whether a name stands for what a server lists; no tool can have it."""
    return name.startswith(SOURCE)
