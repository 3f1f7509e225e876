"""What agents may do: Python functions as tools."""

from orchestrator.tools.loading import check_tools, load_tools, tool_files
from orchestrator.tools.python import CallView, Tool

__all__ = ["CallView", "Tool", "check_tools", "load_tools", "tool_files"]
