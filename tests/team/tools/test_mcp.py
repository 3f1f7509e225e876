"""MCP servers, and their tools among those of an agent."""

from __future__ import annotations

import pytest

from orchestrator.team.tools import McpRef, McpServer


@pytest.mark.parametrize(
    ("written", "server", "tool", "names"),
    [
        ("mcp:crm", "crm", None, ()),
        ("mcp:crm/find", "crm", "find", ("find",)),
        ({"mcp": "crm/find", "name": "look"}, "crm", "find", ("look",)),
    ],
)
def test_a_server_or_one_of_its_tools(written: object, server: str, tool: str | None, names: tuple[str, ...]) -> None:
    """With a tool, or a name, it is known what the agent has."""
    found = McpRef.model_validate(written)

    assert (found.server, found.tool, found.names, found.more) == (server, tool, names, not names)


def test_a_server_is_an_address_or_a_program() -> None:
    """Either needs nothing else."""
    assert McpServer.model_validate({"url": " https://crm.example.com/mcp "}).url == "https://crm.example.com/mcp"
    assert McpServer.model_validate({"command": ["npx", "-y", "notes"]}).command == ("npx", "-y", "notes")
