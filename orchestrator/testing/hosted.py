"""The tools of MCP servers that the scripted service calls itself: listed, asked about, called.

Servers are scripted too: nothing is connected to. Approval is asked for before each call, unless the session says
`never`; what is not approved is not called. As with the service, the result of a call is an item of the conversation,
and the client asks for the response that tells of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.testing.items import Conversation, Entry
from orchestrator.testing.script import McpCall, Script

ANSWER = "mcp_approval_response"
Item = dict[str, Any]


def taken_out(session: Any) -> tuple[Any, list[Mapping[str, Any]] | None]:
    """Return a session object without MCP servers, and these; None when it says nothing of tools."""
    if not isinstance(session, Mapping) or not isinstance(session.get("tools"), list):
        return session, None
    servers = [tool for tool in session["tools"] if isinstance(tool, Mapping) and tool.get("type") == "mcp"]
    for at, server in enumerate(servers):
        if not isinstance(server.get("server_label"), str) or not isinstance(server.get("server_url"), str):
            message = "An MCP server needs a label and an address."
            raise CallerError(message, code="missing_required_parameter", param=f"session.tools[{at}]")
    return {**session, "tools": [tool for tool in session["tools"] if tool not in servers]}, servers


def answers(event: Mapping[str, Any]) -> bool:
    """Return whether an event answers whether a tool may be called."""
    item = event.get("item") if event.get("type") == "conversation.item.create" else None
    return isinstance(item, Mapping) and item.get("type") == ANSWER


class HostedServers:
    """The MCP servers of one scripted session."""

    def __init__(self, script: Script, conversation: Conversation) -> None:
        # What the servers have and do.
        self._script = script
        # Where the items go.
        self._conversation = conversation
        # Label → the tool of the session object.
        self.servers: dict[str, Mapping[str, Any]] = {}
        # Calls that wait for an answer: id of the request → the call.
        self.asked: dict[str, McpCall] = {}
        # What was answered, in order: (approved, reason).
        self.answers: list[tuple[bool, str]] = []

    def configure(self, servers: list[Mapping[str, Any]]) -> None:
        """Take the servers of a session object, and list the tools of those that are new."""
        before, self.servers = self.servers, {server["server_label"]: server for server in servers}
        for label, server in self.servers.items():
            if before.get(label) != server:
                self._list(label)

    def _list(self, label: str) -> None:
        names, failed = self._script.servers.get(label, ()), label in self._script.faults.unlisted
        allowed = self.servers[label].get("allowed_tools", names)
        tools = [{"name": name, "input_schema": {"type": "object"}} for name in names if name in allowed]
        entry = self._entry(
            {"type": "mcp_list_tools", "server_label": label, "tools": [] if failed else tools}, "mcpl_"
        )
        self._conversation.emit("mcp_list_tools.in_progress", item_id=entry.id)
        self._conversation.add(entry)
        self._conversation.show(entry, "added", "done")
        self._conversation.emit(f"mcp_list_tools.{'failed' if failed else 'completed'}", item_id=entry.id)

    def _entry(self, item: Item, prefix: str) -> Entry:
        return self._conversation.make_entry({"id": self._conversation.make_id(prefix), **item})

    def request(self, call: McpCall) -> Item:
        """Return the item with which a call is asked for."""
        known = {"server_label": call.server, "name": call.name, "arguments": call.arguments}
        item = {"id": self._conversation.make_id("mcpr_"), "type": "mcp_approval_request", **known}
        self.asked[item["id"]] = call
        return item

    def asks(self, call: McpCall) -> bool:
        """Return whether a call needs an approval."""
        return bool(self.servers.get(call.server, {}).get("require_approval", "always") != "never")

    def answer(self, item: Mapping[str, Any]) -> None:
        """Take an approval, and call the tool; or take a refusal."""
        request_id = item.get("approval_request_id")
        if not isinstance(request_id, str) or request_id not in self.asked:
            message = f"There is no approval request {request_id!r}."
            raise CallerError(message, code="invalid_value", param="item.approval_request_id")
        call = self.asked.pop(request_id)
        entry = self._conversation.make_entry({"id": self._conversation.make_id("mcpa_"), **item})
        self._conversation.add(entry)
        self._conversation.show(entry, "added", "done")
        self.answers.append((bool(item["approve"]), str(item.get("reason", ""))))
        if item["approve"]:
            for _ in self.run(call, request_id):
                pass

    def run(self, call: McpCall, request_id: str | None = None) -> Iterator[None]:
        """Call a tool and emit what comes of it; what is held never ends."""
        known = {"server_label": call.server, "name": call.name, "arguments": "", "approval_request_id": request_id}
        entry = self._entry({"type": "mcp_call", **known, "output": None, "error": None}, "mcp_")
        emit, place = self._conversation.emit, {"item_id": entry.id, "output_index": 0}
        self._conversation.add(entry)
        self._conversation.show(entry, "added")
        yield
        entry.item["arguments"] = call.arguments
        emit("response.mcp_call.in_progress", **place)
        if call.held:
            return
        entry.item |= {"error": dict(call.error)} if call.error else {"output": call.output}
        emit(f"response.mcp_call.{'failed' if call.error else 'completed'}", **place)
        if not call.unreported:
            self._conversation.show(entry, "done")
