"""Calls in which the provider calls the tools of an MCP server itself, over real sockets: our rules hold there too."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.testing import McpCall, Reply, ScriptedConnection, call, mcp, say
from tests.calls import CallerClient, Desk, desk

SERVER = """mcp_servers:
  crm:
    url: https://crm.example.com/mcp
    hosted: true
    headers: {{Authorization: "Bearer a-token-of-the-crm"}}
    allow: [find_customer, refund]
"""
TEAM = (
    """
team: helpdesk
providers: {{service: {{url: "{url}"}}}}
variables: {{account: null}}
"""
    + SERVER
    + """
rules: [refund needs account, find_customer at most 1 per call]
agents:
  front:
    model: service/front
    instructions: Help.
    tools: [mcp:crm, tools.py]
    handoffs: [billing]
  billing: {{model: service/billing, instructions: Solve., handoffs: [front]}}
"""
)
TOOLS = '''
def identify(call) -> str:
    """Find out who calls."""
    call.variables["account"] = "123456"
    return "It is Ada."
'''
LISTED = {"crm": ("find_customer", "refund")}


def answered(connection: ScriptedConnection) -> list[tuple[bool, str]]:
    """Return how the provider's questions were answered."""
    return connection.session.hosted.answers


async def begun(at: Desk, caller: CallerClient, *replies: Reply) -> ScriptedConnection:
    """Let the caller type something, to which front gives some replies, one after the other."""
    at.service.script.servers.update(LISTED)
    for reply in replies:
        at.service.script.add("front", reply)
    connection = await at.service.session("front")
    await caller.type("Find Ada.")
    return connection


async def test_a_session_is_told_of_the_server_and_always_asked() -> None:
    """With its address and headers, all tools that the file allows, and an approval before each call."""
    async with desk(TEAM, TOOLS) as at, at.caller():
        connection = await at.service.session("front")
        await connection.wait_for("session.update")

        (update,) = connection.of("session.update")[:1]
        (server,) = [tool for tool in update["session"]["tools"] if tool["type"] == "mcp"]
        assert server == {
            "type": "mcp",
            "server_label": "crm",
            "server_url": "https://crm.example.com/mcp",
            "headers": {"Authorization": "Bearer a-token-of-the-crm"},
            "allowed_tools": ["find_customer", "refund"],
            "require_approval": "always",
        }


async def test_a_call_is_allowed_made_and_told_of() -> None:
    """The client sees the call by the protocol, and nothing of how it was allowed; the agent goes on with it."""
    async with desk(TEAM, TOOLS) as at, at.caller() as caller:
        found = Reply([mcp("crm", "find_customer", "Ada, since 1843", name="Ada")])
        connection = await begun(at, caller, found, Reply([say("Ada has been with us since 1843.")]))
        item = await caller.until("conversation.item.done", where=lambda event: event["item"]["type"] == "mcp_call")
        await caller.until("response.done")
        returned = await caller.until("team.tool.returned")

        assert item["item"]["output"] == "Ada, since 1843"
        assert json.loads(item["item"]["arguments"]) == {"name": "Ada"}
        assert answered(connection) == [(True, "")]
        assert returned["ok"] is True
        assert caller.of("team.tool.called")[0]["kind"] == "hosted"
        assert [event["item"]["server_label"] for event in listings(caller)] == ["crm"]
        kinds = {event["item"]["type"] for event in caller.events if "item" in event}
        assert not any("approval" in kind for kind in kinds)
        assert "a-token-of-the-crm" not in json.dumps(caller.events)
        assert len(caller.of("response.created")) == len(caller.of("response.done")) == 1


def listings(caller: CallerClient) -> list[dict[str, Any]]:
    """Return the lists of tools that a client was shown."""
    return [event for event in caller.of("conversation.item.done") if event["item"]["type"] == "mcp_list_tools"]


async def test_rules_hold_for_tools_that_the_provider_calls() -> None:
    """`needs`, `at most`, and whatever is not allowed: the model is told why, and goes on."""
    async with desk(TEAM, TOOLS) as at, at.caller() as caller:
        refused = Reply([mcp("crm", "refund", cents=5)])
        once = Reply([mcp("crm", "find_customer", "Ada")])
        unknown = Reply([mcp("crm", "drop_tables")])
        identified = Reply([call("identify")])
        paid = Reply([mcp("crm", "refund", "paid", cents=5)])
        connection = await begun(at, caller, refused, once, once, unknown, identified, paid, Reply([say("Done.")]))
        await caller.until("response.done")

        (first, why), (second, _), (third, often), (fourth, no), (fifth, _) = answered(connection)
        assert (first, second, third, fourth, fifth) == (False, True, False, False, True)
        assert "account" in why
        assert "once per call" in often
        assert "no tool 'drop_tables'" in no
        assert not connection.of("error")


async def test_a_person_has_to_agree() -> None:
    """The desk is asked as for any other tool; nobody who is there counts as a no."""
    asks = "tools: [{{mcp: crm/refund, confirm: {{by: person, within: 1}}}}]"
    text = TEAM.replace("tools: [mcp:crm, tools.py]", asks)
    text = text.replace("rules: [refund needs account, find_customer at most 1 per call]", PEOPLE)
    async with desk(text, TOOLS) as at, at.caller() as caller:
        connection = await begun(at, caller, Reply([mcp("crm", "refund", cents=5)]), Reply([say("Sorry.")]))
        asked = await caller.until("team.approval.requested")
        await caller.until("response.done")

        assert asked["name"] == "refund"
        assert [approved for approved, _ in answered(connection)] == [False]


PEOPLE = "people: {{support: {{may: [approve]}}}}"


async def test_what_goes_wrong_is_told() -> None:
    """A tool that fails, one whose result never comes, and one of which nothing is heard at all."""
    text = TEAM.replace("variables:", "limits: {{tool: 1}}\nvariables:").replace(
        "find_customer at most 1", "refund at most 9"
    )
    fails = {"type": "http_error", "code": 502, "message": "Bad gateway"}
    async with desk(text, TOOLS) as at, at.caller() as caller:
        broken = McpCall("crm", "find_customer", "{}", error=fails)
        replies = [
            Reply([broken]),
            Reply([McpCall("crm", "find_customer", "{}", "Ada", unreported=True)]),
            Reply([McpCall("crm", "find_customer", "{}", held=True)]),
        ]
        connection = await begun(at, caller, *replies, Reply([say("It is out of order.")]))
        await caller.until("response.done")

        returned = caller.of("team.tool.returned")
        assert [event["ok"] for event in returned] == [False, False, False]
        told = [item for event in connection.of("conversation.item.create") for item in [event["item"]]]
        assert sum("has not answered in time" in json.dumps(item) for item in told) == 2


async def test_a_server_that_cannot_be_listed_is_told_to_the_agent() -> None:
    """It can say so to the caller."""
    async with desk(TEAM, TOOLS) as at:
        at.service.script.servers.update(LISTED)
        at.service.script.faults.unlisted = ("crm",)
        async with at.caller() as caller:
            await caller.until("team.tools.missing")
            connection = await at.service.session("front")
            await connection.wait_for("conversation.item.create")

            assert "crm" in json.dumps(connection.of("conversation.item.create")[0]["item"])
            assert caller.of("mcp_list_tools.failed")
