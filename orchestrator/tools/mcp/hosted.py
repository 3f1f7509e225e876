"""MCP servers whose client is the provider of the model (`hosted: true`): what its sessions are told of them.

A session gets the server, and not its tools: the provider lists and calls these. It asks before each call, and the core
answers by the rules of the team; see `orchestrator/core/tools/hosted.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from orchestrator.errors import ToolError
from orchestrator.team.tools import McpRef, McpServer
from orchestrator.tools.call_view import CallView
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.tool import Tool

PREFIX = "mcp:"  # begins what an entry is called among the tools of an agent: no function can be called so
PATTERN = "*?["  # a name with one of these is a pattern
OURS = {  # what an entry can say only of tools that this process runs
    "own_name": "name",
    "timeout": "timeout",
    "idempotent": "idempotent",
    "result": "result",
    "sets": "sets",
}


class HostedTool(Tool):
    """What an agent may call of a server, by name or pattern; the provider runs it."""

    kind = "hosted"

    def __init__(self, label: str, name: str | None, ref: McpRef, spec: McpServer) -> None:
        called = f"{PREFIX}{label}/{name}" if name else f"{PREFIX}{label}"
        hidden: dict[str, Any] = {argument: {} for argument in ref.hide}
        super().__init__(called, ref.description, {"type": "object", "properties": hidden}, ref)
        # The name of the server, and what the file says of it.
        self.label, self.spec = label, spec
        # The tool, or a pattern; None: all that it has.
        self.tool = name

    def definition(self) -> dict[str, Any]:
        """Return the server as a tool of the Realtime session object."""
        known: dict[str, Any] = {"type": "mcp", "server_label": self.label, "server_url": self.spec.url}
        if self.spec.headers:
            known["headers"] = dict(self.spec.headers)
        if self.tool is not None and not is_pattern(self.tool):
            known["allowed_tools"] = [self.tool]
        if self.description:
            known["server_description"] = self.description
        return {**known, "require_approval": "always"}

    def _read(self, arguments: str) -> dict[str, Any]:
        raise ToolError(f"{self.name} is called by the provider of the model; it cannot be run here.", ran=False)

    async def _invoke(self, values: dict[str, Any], call: CallView) -> Any:
        raise AssertionError("its arguments are refused")


def is_pattern(name: str) -> bool:
    """Return whether a name stands for several tools."""
    return any(sign in name for sign in PATTERN)


def hosted_tools(ref: McpRef, spec: McpServer, entry: Entry) -> list[Tool]:
    """Return what an entry lets the provider call; raises `InvalidReference`, or reports what is wrong."""
    server, agent = ref.server, entry.team.agents[entry.agent]
    if spec.url is None:
        raise InvalidReference(f"the provider cannot start {server!r}, which is a program", "Remove `hosted`.")
    if agent.kind != "voice":
        remedy = "Let a `voice` agent have it, or let this process be the client: remove `hosted`."
        raise InvalidReference(f"a {agent.kind} agent has no provider that calls {server!r}", remedy)
    for field, key in OURS.items():
        if field in ref.model_fields_set:
            remedy = "Remove it, or let this process be the client: remove `hosted`."
            entry.report(f"`{key}` means nothing for tools that the provider calls", remedy, key)
    if ref.tool is not None and spec.allow is not None and not any(fnmatchcase(ref.tool, one) for one in spec.allow):
        remedy = f"Add it to `allow` of {server}, or remove it here."
        raise InvalidReference(f"{server} does not allow {ref.tool!r}", remedy)
    return [HostedTool(server, name, ref, spec) for name in _names(ref, spec, entry)]


def _names(ref: McpRef, spec: McpServer, entry: Entry) -> Iterator[str | None]:
    """Yield the tools, or patterns, of an entry; those that another one of the agent names are that one's."""
    if ref.tool is not None:
        yield ref.tool
        return
    refs = entry.team.agents[entry.agent].tools
    others = {one.tool for one in refs if isinstance(one, McpRef) and one is not ref and one.server == ref.server}
    yield from (name for name in spec.allow or (None,) if name is None or name not in others)
