"""Tools: Python functions that agents may call."""

from orchestrator.tools.loading import check_tools, load_tools, read_tools, tool_files
from orchestrator.tools.tool import CallView, Tool, Variables

__all__ = ["CallView", "Tool", "Variables", "check_tools", "load_tools", "read_tools", "tool_files"]
