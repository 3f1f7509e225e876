"""What agents may do: Python functions as tools."""

from orchestrator.tools.loading import load_tools, tool_files
from orchestrator.tools.python import CallView, Tool

__all__ = ["CallView", "Tool", "load_tools", "tool_files"]
