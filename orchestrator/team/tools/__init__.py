"""What an agent's `tools:` can list: Python functions, HTTP requests, operations of OpenAPI, tools of MCP servers.

Text files that an agent can look things up in are another kind, beside that list.
"""

from orchestrator.team.tools.common import NAME, VALID_NAME, ToolKeys, WhenLate
from orchestrator.team.tools.http import HttpArg, HttpRef
from orchestrator.team.tools.knowledge import LOOK_UP, Knowledge
from orchestrator.team.tools.listed import KINDS, Listed, Tools
from orchestrator.team.tools.mcp import McpRef, McpServer
from orchestrator.team.tools.openapi import OpenApiFile, OpenApiRef
from orchestrator.team.tools.python import ToolRef

__all__ = [
    "KINDS",
    "LOOK_UP",
    "NAME",
    "VALID_NAME",
    "HttpArg",
    "HttpRef",
    "Knowledge",
    "Listed",
    "McpRef",
    "McpServer",
    "OpenApiFile",
    "OpenApiRef",
    "ToolKeys",
    "ToolRef",
    "Tools",
    "WhenLate",
]
