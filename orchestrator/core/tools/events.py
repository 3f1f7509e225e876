"""What happens to the agents' tools beside their results."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.ids import SessionId

Json = Mapping[str, Any]
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


@dataclass(frozen=True, slots=True)
class HostedAsked:
    """An `mcp_approval_request` item: the provider wants to call a tool of a server, and waits for an answer."""

    session: SessionId
    response_id: str  # "" when the item was reported outside of a response
    item_id: str
    server: str  # its label
    name: str
    arguments: str  # JSON text
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostedReported:
    """An `mcp_call` item, added or done: with a result, or an error, the call is over."""

    session: SessionId
    item_id: str
    request_id: str  # of the `mcp_approval_request` that led to it; "" when the provider does not say
    server: str
    name: str
    over: bool = False
    ok: bool = True
    output: str = ""  # the result, or why there is none
    payload: Json = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostedEnded:
    """`response.mcp_call.completed` or `.failed`: the item with the result comes next."""

    session: SessionId
    item_id: str
    payload: Json = field(default_factory=dict)


ToolEvent = ToolsChanged | ToolProgressed
HostedEvent = HostedAsked | HostedReported | HostedEnded
