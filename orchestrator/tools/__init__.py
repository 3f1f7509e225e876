"""Tools: what agents may call, wherever it runs."""

from orchestrator.tools.call_view import CallView, Variables
from orchestrator.tools.hooks import NO_HOOKS, Hooks
from orchestrator.tools.loading import check_tools, load_tools, read_functions, read_tools, tool_files
from orchestrator.tools.mcp.loading import known_names
from orchestrator.tools.python.function import FunctionTool
from orchestrator.tools.tool import Tool

__all__ = [
    "NO_HOOKS",
    "CallView",
    "FunctionTool",
    "Hooks",
    "Tool",
    "Variables",
    "check_tools",
    "known_names",
    "load_tools",
    "read_functions",
    "read_tools",
    "tool_files",
]
