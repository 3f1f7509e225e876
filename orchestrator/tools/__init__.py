"""Tools: Python functions that agents may call."""

from orchestrator.tools.hooks import NO_HOOKS, Hooks
from orchestrator.tools.loading import check_tools, load_tools, read_functions, read_tools, tool_files
from orchestrator.tools.tool import CallView, Tool, Variables

__all__ = [
    "NO_HOOKS",
    "CallView",
    "Hooks",
    "Tool",
    "Variables",
    "check_tools",
    "load_tools",
    "read_functions",
    "read_tools",
    "tool_files",
]
