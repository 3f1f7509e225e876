"""MCP servers that a client wants the service to call (`{"type": "mcp", …}` among its tools): not served here.

They must not cost the client the rest of its session object: the rest is taken, and for each server the client is told
what the protocol has for one whose tools could not be listed. Sans-I/O.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.protocol.checks import missing, text
from orchestrator.protocol.tools import function_tool

LABEL = text(64, shortest=1)


def hosted(tool: Any, path: str) -> bool:
    """Return whether a tool, or a choice of one, is of an MCP server; raises `CallerError` for one without a label."""
    if not isinstance(tool, Mapping) or tool.get("type") != "mcp":
        return False
    if "server_label" not in tool:
        missing(f"{path}.server_label")
    LABEL(tool["server_label"], f"{path}.server_label")
    return True


def taken_out(session: Any) -> tuple[Any, tuple[str, ...]]:
    """Return a session object without MCP servers, and their labels; anything else about it is not checked."""
    if not isinstance(session, Mapping):
        return session, ()
    rest = dict(session)
    if hosted(session.get("tool_choice"), "session.tool_choice"):
        del rest["tool_choice"]
    tools = session.get("tools")
    if not isinstance(tools, list):
        return rest, ()
    servers = {at: tool for at, tool in enumerate(tools) if hosted(tool, f"session.tools[{at}]")}
    if servers:
        for at, tool in enumerate(tools):
            if at not in servers:
                function_tool(tool, f"session.tools[{at}]")  # here, where its place is still known
        rest["tools"] = [tool for at, tool in enumerate(tools) if at not in servers]
    return rest, tuple(dict.fromkeys(str(tool["server_label"]) for tool in servers.values()))


def without_credentials(session: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checked session object that says of each MCP server only its label."""
    if "tools" not in session:
        return dict(session)
    kept = ("type", "server_label")
    tools = [{key: one[key] for key in kept} if one["type"] == "mcp" else one for one in session["tools"]]
    return {**session, "tools": tools}


def failed(item_ids: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield the events for servers whose tools are not listed, each by the id of its item."""
    for item_id in item_ids:
        for state in ("in_progress", "failed"):
            yield {"type": f"mcp_list_tools.{state}", "item_id": item_id}


def item(item_id: str, label: str) -> dict[str, Any]:
    """Return the item of a server: clients ask for it as soon as they hear of it."""
    return {"id": item_id, "type": "mcp_list_tools", "server_label": label, "tools": []}
