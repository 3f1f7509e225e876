"""Which agents a caller can reach: a handoff that needs a variable opens once an agent on the path can set it."""

from __future__ import annotations

from orchestrator.team.checks.reach import (
    CONSULTED,
    HAS,
    ToolOwners,
    can_set,
    impossible_handoffs,
    path_to,
    reachable,
    reachable_if_all_set,
)
from tests.core.scene import team

TEAM = team(
    """
team: t
variables: {verified: {type: boolean, set_by: check}, open: {default: true, set_by: nobody}, plan: null}
agents:
  front:
    instructions: x
    handoffs: {verify: null, billing: {needs: [verified, open, plan]}, tech: null}
  verify: {instructions: x, tools: ["a.py:check"], handoffs: [front]}
  tech: {instructions: x, tools: [b.py], handoffs: [front], consult: [planner]}
  billing: {instructions: x, handoffs: [front], consult: [planner]}
  planner: {kind: text, instructions: x, consult: [risk]}
  risk: {kind: text, instructions: x}
"""
)
TOOLS = ToolOwners(TEAM)


def test_a_needed_variable_opens_a_handoff_once_it_can_be_set() -> None:
    """Without the agent whose tool sets it the handoff stays closed; a default, or no `set_by`, keeps nobody out."""
    assert (HAS, "billing") in reachable(TEAM, TOOLS.surely)
    assert (HAS, "billing") not in reachable(TEAM, TOOLS.surely, without="verify")
    assert (HAS, "billing") in reachable(TEAM, TOOLS.perhaps, without="verify")  # tech's file may have the tool
    assert set(reachable(TEAM, TOOLS.surely, without="front")) == set()


def test_a_consulted_agent_does_not_have_the_caller() -> None:
    """Questions are passed on to other agents, the caller is not."""
    roles = reachable_if_all_set(TEAM)

    assert {(CONSULTED, "planner"), (CONSULTED, "risk")} <= roles
    assert (HAS, "planner") not in roles


def test_a_path_is_written_step_by_step() -> None:
    """The shortest one; nothing if there is none."""
    found = reachable(TEAM, TOOLS.surely)

    assert path_to(found, TEAM, "front") == "front"
    assert path_to(found, TEAM, "risk") == "front → tech → (consults) planner → (consults) risk"
    assert path_to(found, TEAM, "nobody") == ""


def test_which_agents_have_a_tool() -> None:
    """By the names in the team file; a whole file may have any tool until it is loaded."""
    assert TOOLS.of("check") == ["verify", "tech"]
    assert ToolOwners(TEAM, {"verify": ["check"], "tech": ["f"]}).of("check") == ["verify"]
    assert can_set(TEAM, "plan", [], TOOLS.surely)
    assert not can_set(TEAM, "verified", ["front", "tech"], TOOLS.surely)


def test_handoffs_that_can_never_happen() -> None:
    """Reported only when it is certain."""
    assert list(impossible_handoffs(TEAM, TOOLS)) == []
    names = {"front": [""], "verify": [""], "tech": [""], "billing": ["check"], "planner": [""], "risk": [""]}
    assert [(agent, edge.to, name) for agent, edge, name in impossible_handoffs(TEAM, ToolOwners(TEAM, names))] == [
        ("front", "billing", "verified")
    ]
