"""What agents may do: Python functions as tools."""

from orchestrator.tools.loading import load_tools, tool_files
from orchestrator.tools.python import CallView, Tool, Variables

__all__ = ["CallView", "Tool", "Variables", "load_tools", "tool_files"]
