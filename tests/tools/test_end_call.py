"""The tool that ends the call: how a team file gives it to an agent, and what a model is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.tools import CallView, load_tools
from tests.tools.teams import problems_of, team_with

FRONT = "front"


def test_p70_it_needs_no_python(tmp_path: Path) -> None:
    """P70: one word in the team file; the model learns when to call it, and fills in nothing."""
    (tool,) = load_tools(team_with(tmp_path, "end_call"))[FRONT]

    assert (tool.name, tool.parameters["properties"]) == ("end_call", {})
    assert tool.description.startswith("End the call")
    assert '"Goodbye"' in tool.description


def test_p70_its_long_form_is_that_of_other_tools(tmp_path: Path) -> None:
    """P70: examples in the caller's language, a question first."""
    (tool,) = load_tools(team_with(tmp_path, "{tool: end_call, examples: [Tschüss], confirm: true}"))[FRONT]

    assert '"Tschüss"' in tool.description
    assert "Goodbye" not in tool.description
    assert "confirm" in tool.description


async def test_p70_it_ends_the_call(tmp_path: Path) -> None:
    """P70: in the agent's own words."""
    (tool,) = load_tools(team_with(tmp_path, "end_call"))[FRONT]
    view = CallView("call_1", FRONT)

    assert await tool.run("{}", view, seconds=5) == "done"
    assert view.last_words == ""


def test_p70_a_function_of_that_name_is_the_authors_own(tmp_path: Path) -> None:
    """P70: a file's function may have the name, as long as the agent has one of them only."""
    own = 'def end_call(call) -> str:\n    """Hang up."""\n    call.end("Bye.")\n    return "hung up"\n'
    (tool,) = load_tools(team_with(tmp_path, "agents/own.py", own=own))[FRONT]
    assert tool.description == "Hang up."

    (problem,) = problems_of(team_with(tmp_path, "agents/own.py", "end_call", own=own))
    assert "duplicate tool 'end_call'" in problem.what


@pytest.mark.parametrize("written", ["endcall", "End_Call", "end_call:now"])
def test_p70_a_misspelt_name_is_no_reference(tmp_path: Path, written: str) -> None:
    """P70: and the right one is told."""
    (problem,) = problems_of(team_with(tmp_path, written))

    assert "end_call" in problem.remedy
