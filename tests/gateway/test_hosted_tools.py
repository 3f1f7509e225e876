"""MCP servers among a client's tools: taken out, and reported."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.gateway.hosted_tools import failed, item, taken_out, without_credentials
from tests.wire import validate

MCP = {"type": "mcp", "server_label": "deepwiki", "server_url": "https://mcp.example/sse", "authorization": "s3cret"}
OWN = {"type": "function", "name": "lookup"}


def test_p73_the_rest_is_taken() -> None:
    """P73: tools of one's own, and everything else, stay; each server is named once."""
    session = {"type": "realtime", "tools": [MCP, OWN, {**MCP, "server_label": "other"}, MCP], "instructions": "x"}
    rest, servers = taken_out({**session, "tool_choice": {"type": "mcp", "server_label": "deepwiki"}})

    assert rest == {"type": "realtime", "tools": [OWN], "instructions": "x"}
    assert servers == ("deepwiki", "other")


@pytest.mark.parametrize("session", [{"type": "realtime"}, {"tools": None}, {"tools": 7}, 7, None, [MCP]])
def test_p73_without_servers_nothing_changes(session: Any) -> None:
    """P73: what is wrong with it is found by the check of the session object."""
    assert taken_out(session) == (session, ())


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"tools": [OWN, {"type": "mcp"}]}, "session.tools[1].server_label"),
        ({"tools": [{"type": "mcp", "server_label": 7}]}, "session.tools[0].server_label"),
        ({"tools": [{"type": "mcp", "server_label": "x" * 65}]}, "session.tools[0].server_label"),
        ({"tools": [MCP, {"type": "function"}]}, "session.tools[1].name"),
        ({"tool_choice": {"type": "mcp"}}, "session.tool_choice.server_label"),
    ],
)
def test_p73_mistakes_have_the_callers_place(session: dict[str, Any], param: str) -> None:
    """P73: not that of the list without the servers."""
    with pytest.raises(CallerError) as refused:
        taken_out(session)
    assert refused.value.param == param


def test_p73_what_the_client_is_told() -> None:
    """P73: that listing the tools began and failed, for each server, in the protocol's events."""
    events = list(failed(("item_1", "item_2")))

    for event in events:
        validate({**event, "event_id": "event_1"})
    assert [event["type"] for event in events] == ["mcp_list_tools.in_progress", "mcp_list_tools.failed"] * 2
    assert [event["item_id"] for event in events] == ["item_1", "item_1", "item_2", "item_2"]
    validate({"type": "conversation.item.retrieved", "event_id": "event_1", "item": item("item_1", "one")})


def test_p73_a_client_secret_keeps_no_credentials() -> None:
    """P73: only the label, by which the failure is reported when the call begins."""
    kept = without_credentials({"type": "realtime", "tools": [MCP, OWN]})

    assert kept["tools"] == [{"type": "mcp", "server_label": "deepwiki"}, OWN]
    assert without_credentials({"type": "realtime"}) == {"type": "realtime"}
