"""The team file: from YAML to a checked `Team`, its graph of handoffs, its picture and its function tools."""

from orchestrator.team.checks.graph import check_named
from orchestrator.team.checks.rule_checks import check_tool_rules
from orchestrator.team.definitions import consult_tools, handoff_tools, message_tools, reserved_names
from orchestrator.team.draw import draw_mermaid, draw_svg
from orchestrator.team.edges import Consult, Context, Filler, Handoff, Message
from orchestrator.team.foreign import likely_model
from orchestrator.team.functions import END_CALL, NOTHING, with_examples
from orchestrator.team.json_schema import schema_of_tests, team_schema
from orchestrator.team.limits import Limit, Limits, Price
from orchestrator.team.loader import check_team, in_order, load_team, read_team
from orchestrator.team.schema import Agent, ProviderSpec, Team
from orchestrator.team.tools import ToolKeys, ToolRef
from orchestrator.team.values import Value, Variable
from orchestrator.team.variables import mentioned, render

__all__ = [
    "END_CALL",
    "NOTHING",
    "Agent",
    "Consult",
    "Context",
    "Filler",
    "Handoff",
    "Limit",
    "Limits",
    "Message",
    "Price",
    "ProviderSpec",
    "Team",
    "ToolKeys",
    "ToolRef",
    "Value",
    "Variable",
    "check_named",
    "check_team",
    "check_tool_rules",
    "consult_tools",
    "draw_mermaid",
    "draw_svg",
    "handoff_tools",
    "in_order",
    "likely_model",
    "load_team",
    "mentioned",
    "message_tools",
    "read_team",
    "render",
    "reserved_names",
    "schema_of_tests",
    "team_schema",
    "with_examples",
]
