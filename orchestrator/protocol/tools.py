"""Function tools, as a session object and a response declare them, and the choice among them."""

from __future__ import annotations

from typing import Any, Literal, get_args

from orchestrator.errors import CallerError
from orchestrator.protocol.checks import anything, fields, mapping, object_or, refuse, text, variants, word

MOST_TOOLS = 1000  # the team's and the caller's together; roles may take fewer
LONGEST_DESCRIPTION = 200_000  # characters
LONGEST_FUNCTION_NAME = 64
NAME = text(LONGEST_FUNCTION_NAME, shortest=1)
Choice = Literal["auto", "none", "required"]
FUNCTION = variants(
    "type",
    {
        "function": fields(
            {"type": anything, "name": NAME}, {"description": text(LONGEST_DESCRIPTION), "parameters": mapping}
        )
    },
)
CHOICE = object_or(fields({"type": word("function"), "name": NAME}, {}), word(*get_args(Choice)))


def function_tool(value: Any, path: str) -> None:
    """Check a function tool: flat, without `strict`."""
    _refuse_mcp(value, path)
    FUNCTION(value, path)
    if not value["name"].replace("_", "a").replace("-", "a").isalnum() or not value["name"].isascii():
        refuse(f"{path}.name", "letters, digits, '_' and '-'", value["name"])


def tool_choice(value: Any, path: str) -> None:
    """Check `tool_choice`: a word, or one function."""
    _refuse_mcp(value, path)
    CHOICE(value, path)


def _refuse_mcp(value: Any, path: str) -> None:
    """Refuse tools of an MCP server, which the service would call itself."""
    if isinstance(value, dict) and value.get("type") == "mcp":
        message = (
            f"Invalid value for '{path}.type': 'mcp' is not served here. "
            "Declare functions and run them in your application."
        )
        raise CallerError(message, code="invalid_value", param=f"{path}.type")
