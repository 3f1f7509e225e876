"""The MCP servers of a scripted session: what the service lists, asks and calls."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.testing import McpCall, Reply, mcp, say
from orchestrator.testing.script import Script
from tests.testing.client import SessionClient, kinds

SERVER = {"type": "mcp", "server_label": "crm", "server_url": "https://crm.example.com/mcp"}
ASKS = [
    "response.output_item.added",
    "conversation.item.added",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
CALLS = ["conversation.item.added", "response.mcp_call.in_progress"]


def session(*replies: Reply, unlisted: bool = False, **server: Any) -> SessionClient:
    """A session with a server, which has two tools; the opening events are all there."""
    script = Script()
    script.servers["crm"] = ("find", "refund")
    script.faults.unlisted = ("crm",) if unlisted else ()
    for reply in replies:
        script.add("front", reply)
    return SessionClient(script, tools=[{**SERVER, **server}])


def requested(client: SessionClient) -> str:
    """Let the model want to call something; returns the id of the question."""
    events = client.send("response.create")
    assert kinds(events)[-6:-1] == ASKS
    item = events[-3]["item"]
    assert item["type"] == "mcp_approval_request"
    return str(item["id"])


def answer(client: SessionClient, request: str, **fields: Any) -> list[dict[str, Any]]:
    """Answer a question."""
    item = {"type": "mcp_approval_response", "approval_request_id": request, **fields}
    return client.send("conversation.item.create", item=item)


def test_tools_are_listed_once() -> None:
    """Those that are allowed; again only when the server is another one."""
    client = session(allowed_tools=["find"])
    (listed,) = [event["item"] for event in client.opening if event["type"] == "conversation.item.done"]
    assert [tool["name"] for tool in listed["tools"]] == ["find"]
    assert kinds(client.opening)[-1] == "mcp_list_tools.completed"

    again = client.send(
        "session.update", session={"type": "realtime", "tools": [{**SERVER, "allowed_tools": ["find"]}]}
    )
    assert kinds(again) == ["session.updated"]


def test_a_server_may_not_be_reached() -> None:
    """It has no tools then."""
    assert kinds(session(unlisted=True).opening)[-1] == "mcp_list_tools.failed"


def test_a_server_needs_a_label_and_an_address() -> None:
    """As with the service, the whole update is refused."""
    client = session()
    (error,) = client.send("session.update", session={"type": "realtime", "tools": [{"type": "mcp"}]})

    assert error["error"]["param"] == "session.tools[0]"


def test_a_call_waits_for_a_yes() -> None:
    """Then it is made, and its result is an item; there is one answer to a question."""
    client = session(Reply([say("Let me see."), mcp("crm", "find", "Ada", who="me")]))
    request = requested(client)
    events = answer(client, request, approve=True)

    assert kinds(events)[-4:] == [*CALLS, "response.mcp_call.completed", "conversation.item.done"]
    item = events[-1]["item"]
    assert (item["output"], item["approval_request_id"], item["arguments"]) == ("Ada", request, '{"who": "me"}')
    (error,) = answer(client, request, approve=True)
    assert error["error"]["param"] == "item.approval_request_id"
    assert client.session.hosted.answers == [(True, "")]


def test_what_is_refused_is_not_called() -> None:
    """The reason is known to the model."""
    client = session(Reply([mcp("crm", "refund")]))
    events = answer(client, requested(client), approve=False, reason="not today")

    assert kinds(events) == ["conversation.item.added", "conversation.item.done"]
    assert client.session.hosted.answers == [(False, "not today")]


@pytest.mark.parametrize(
    ("called", "last"),
    [
        (
            McpCall("crm", "find", "{}", error={"type": "tool_execution_error", "message": "no"}),
            "conversation.item.done",
        ),
        (McpCall("crm", "find", "{}", unreported=True), "response.mcp_call.completed"),
        (McpCall("crm", "find", "{}", held=True), "response.mcp_call.in_progress"),
    ],
)
def test_a_call_can_go_wrong(called: McpCall, last: str) -> None:
    """It fails, its result is not reported, or it never ends."""
    client = session(Reply([called]))

    assert kinds(answer(client, requested(client), approve=True))[-1] == last


def test_a_session_may_not_want_to_be_asked() -> None:
    """Then a tool is called at once."""
    client = session(Reply([mcp("crm", "find", "Ada")]), require_approval="never")

    assert "response.mcp_call.completed" in kinds(client.send("response.create"))
