"""Entries of all kinds become tools, and what is wrong with one is told at its place."""

from __future__ import annotations

from pathlib import Path

from orchestrator.tools import check_tools, load_tools
from tests.tools.teams import team_with

ORDERS = """
    def find_order(number: str) -> dict:
        "Find an order."
        return {"number": number, "state": "sent"}
"""


async def test_an_entry_says_more_than_the_function(tmp_path: Path) -> None:
    """A name and a description of its own, and what becomes of its result."""
    entry = (
        '{tool: "agents/orders.py:find_order", name: look, description: Looks., timeout: 3, hide: [number], '
        'result: "it is {{ result.state }}"}'
    )
    (tool,) = load_tools(team_with(tmp_path, entry, orders=ORDERS))["front"]

    assert (tool.kind, tool.name, tool.description, tool.seconds) == ("python", "look", "Looks.", 3)
    assert tool.hidden == {"number"}


def test_a_name_is_for_one_tool(tmp_path: Path) -> None:
    """Neither for a whole file, nor for the function that ends the call."""
    team = team_with(tmp_path, "{tool: agents/orders.py, name: look}", "{tool: end_call, name: bye}", orders=ORDERS)
    problems = check_tools(team)

    assert [str(problem).partition(" ")[2] for problem in problems if problem.fatal] == [
        "agents.front.tools.0.name: a name for all functions of agents/orders.py. Name one function of it.",
        "agents.front.tools.1.name: end_call cannot have another name. Remove the key.",
    ]
