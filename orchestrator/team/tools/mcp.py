"""MCP servers, and their tools among those of an agent."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints

from orchestrator.team.base import Copied, Short, Strict
from orchestrator.team.edges import Name
from orchestrator.team.tools.common import ToolKeys

PREFIX = "mcp:"  # what the short form of an entry begins with


class McpServer(Strict):
    """An MCP server: at an address, or a program that this process starts."""

    url: Copied[str] | None = None
    headers: dict[str, Copied[str]] = Field(default_factory=dict)
    command: tuple[str, ...] | None = Field(None, min_length=1, description="the program and its arguments")
    env: dict[str, str] = Field(default_factory=dict, description="environment variables of the program")
    cwd: str | None = Field(None, description="the folder it runs in, relative to the team file")
    allow: tuple[str, ...] | None = Field(None, description="tools that agents may have, also as patterns: `find_*`")
    timeout: float | None = Field(None, gt=0, description="seconds a request may take; by default `limits.tool`")
    private: bool = Field(False, description="the address may be one that is not public")
    hosted: bool = Field(False, description="the provider of the model is the client, and not this process")


def _named(value: Any) -> Any:
    return value.removeprefix(PREFIX) if isinstance(value, str) else value


ServerOrTool = Annotated[
    str, BeforeValidator(_named), StringConstraints(pattern=r"^(mcp:)?[a-z][a-z0-9_-]{0,39}(/\S+)?$")
]


class McpRef(ToolKeys, Short):
    """Tools of an MCP server: `mcp:crm` (all it may have) or `mcp:crm/find_customer`."""

    short: ClassVar[str] = "mcp"
    mcp: ServerOrTool = Field(description="the server, or server/tool")

    @property
    def server(self) -> Name:
        """The server, of `mcp_servers`."""
        return self.mcp.partition("/")[0]

    @property
    def tool(self) -> str | None:
        """Its tool; None for all that it may have."""
        return self.mcp.partition("/")[2] or None

    @property
    def where(self) -> str:
        """The server."""
        return self.server

    @property
    def names(self) -> tuple[str, ...]:
        """The name of the tool, if it is one."""
        name = self.own_name or self.tool
        return (name,) if name else ()
