"""From an entry of `tools:` to its tools."""

from __future__ import annotations

from orchestrator.team import Team
from orchestrator.team.tools import McpRef
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.mcp.hosted import hosted_tools, is_pattern
from orchestrator.tools.tool import Tool


def mcp_tools(ref: McpRef, entry: Entry) -> list[Tool]:
    """Return the tools of an entry; raises `InvalidReference`, or reports what is wrong with the entry."""
    spec = entry.team.mcp_servers.get(ref.server)
    if spec is not None and spec.hosted:
        return hosted_tools(ref, spec, entry)
    raise InvalidReference("tools of this kind are not there yet", "Remove it.")


def known_names(team: Team, agent: str) -> list[str]:
    """Return the names that an agent's tools of servers are known to have: those that the file has in full."""
    found: dict[str, None] = {}
    for ref in team.agents[agent].tools:
        if isinstance(ref, McpRef):
            spec = team.mcp_servers.get(ref.server)
            whole = [one for one in (spec.allow if spec and spec.allow else ()) if not is_pattern(one)]
            found |= dict.fromkeys(ref.names or whole)
    return list(found)
