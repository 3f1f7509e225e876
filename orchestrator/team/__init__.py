"""The team file: from YAML to a checked `Team`, its graph of handoffs, and what can be drawn and written from it."""

from orchestrator.team.draw import draw_mermaid, draw_svg
from orchestrator.team.handoffs import transfer_name, transfer_tool, with_examples
from orchestrator.team.loader import check_team, load_team
from orchestrator.team.schema import Agent, Handoff, Limits, PartSpec, ProviderSpec, Team, ToolRef, team_schema
from orchestrator.team.variables import mentioned, render

__all__ = [
    "Agent",
    "Handoff",
    "Limits",
    "PartSpec",
    "ProviderSpec",
    "Team",
    "ToolRef",
    "check_team",
    "draw_mermaid",
    "draw_svg",
    "load_team",
    "mentioned",
    "render",
    "team_schema",
    "transfer_name",
    "transfer_tool",
    "with_examples",
]
