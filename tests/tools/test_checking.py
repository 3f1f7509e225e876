"""The keys that all kinds of tools have are checked for all kinds; see also the tests of requests."""

from __future__ import annotations

from pathlib import Path

from orchestrator.tools import check_tools
from tests.tools.teams import team_with

ORDERS = """
    def find_order(number: str) -> dict:
        "Find an order."
        return {"number": number}

    def cancel_order(number: str, why: str) -> str:
        "Cancel an order."
        return "cancelled"
"""


def test_templates_of_a_function_are_checked(tmp_path: Path) -> None:
    """They know its arguments and its result."""
    entry = '{tool: "agents/orders.py:find_order", result: "{{ args.nmber }} {{ body.x }} {{ result.y }}"}'
    problems = check_tools(team_with(tmp_path, entry, orders=ORDERS))

    found = [problem.what for problem in problems if problem.fatal]
    assert found[0] == "there is no argument 'nmber'"
    assert found[1].startswith("a template knows no `body`")
    assert len(found) == 2


def test_of_a_whole_file_an_argument_may_be_that_of_any_function(tmp_path: Path) -> None:
    """One that none of them has is an error."""
    problems = check_tools(team_with(tmp_path, "{tool: agents/orders.py, hide: [why, when]}", orders=ORDERS))

    assert [problem.what for problem in problems if problem.fatal] == ["there is no argument 'when'"]
