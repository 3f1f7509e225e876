"""From an entry of `tools:` to its tools."""

from __future__ import annotations

from orchestrator.team.tools import McpRef
from orchestrator.tools.entries import Entry, InvalidReference
from orchestrator.tools.tool import Tool


def mcp_tools(ref: McpRef, entry: Entry) -> list[Tool]:
    """Return the tools of an entry; raises `InvalidReference`, or reports what is wrong with the entry."""
    raise InvalidReference("tools of this kind are not there yet", "Remove it.")
