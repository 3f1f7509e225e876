"""What happens to the agents' tools beside their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NONE: Mapping[str, Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True)
class ToolsChanged:
    """Servers list other tools than before, or can be reached again; also what they list when the call begins.

    `tools`: agent → the name of each tool that it has of servers → the source of it, under which the rules of the call
    say what holds for it. `changed`: the agents whose tools are not what they were. `missing`: the servers of which
    nobody knows any tool.
    """

    tools: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: NONE)
    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolProgressed:
    """A tool says that it is still at it."""

    call_id: str


ToolEvent = ToolsChanged | ToolProgressed
