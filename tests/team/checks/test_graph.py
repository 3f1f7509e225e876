"""Checks of the graph of handoffs; the files of `broken/` show the errors and warnings."""

from __future__ import annotations

import pytest

from orchestrator.errors import TeamError
from orchestrator.team.checks.graph import check_graph
from tests.core.scene import HELPDESK, team


def test_a_team_without_problems() -> None:
    """Nothing is reported."""
    assert check_graph(team(HELPDESK)) == []


def test_anywhere_is_an_edge_of_every_agent() -> None:
    """Except of the target itself."""
    found = team("team: t\nanywhere: [b]\nagents: {a: {instructions: x}, b: {instructions: x, handoffs: [a]}}\n")
    assert {name: [edge.to for edge in found.edges(name)] for name in found.agents} == {"a": ["b"], "b": ["a"]}


def test_errors_hide_warnings() -> None:
    """A team that cannot be used is not criticised for its style."""
    tools = ", ".join(f"t{number}" for number in range(13))
    text = f"team: t\nagents: {{a: {{instructions: x, tools: [{tools}], handoffs: [a]}}}}\n"
    with pytest.raises(TeamError) as caught:
        team(text)
    assert [problem.fatal for problem in caught.value.problems] == [True]


def test_a_single_agent_needs_no_handoff() -> None:
    """There is no other agent to hand over to."""
    assert check_graph(team("team: t\nagents: {a: {instructions: x}}\n")) == []


def test_agents_that_need_no_handoff() -> None:
    """A single voice agent beside a text agent, and one that can give the caller back."""
    text = "team: t\nagents: {a: {instructions: x, consult: [b]}, b: {kind: text, instructions: x}}\n"
    assert check_graph(team(text)) == []
    text = "team: t\nagents: {a: {instructions: x, handoffs: {b: {returns: true}}}, b: {instructions: x}}\n"
    assert check_graph(team(text)) == []


def test_there_are_no_more_circles_than_steps() -> None:
    """A team in which all ask all has more circles than anyone could read: each step is told in a shortest one."""
    names = [f"agent{number}" for number in range(10)]
    others = {name: [other for other in names if other != name] for name in names}
    agents = "\n".join(f"  {name}: {{instructions: x, consult: [{', '.join(others[name])}]}}" for name in names)
    told = [problem for problem in check_graph(team(f"team: t\nagents:\n{agents}\n")) if "in a circle" in problem.what]

    assert len(told) == 10 * 9 // 2
    assert {problem.what.count("→") for problem in told} == {2}
