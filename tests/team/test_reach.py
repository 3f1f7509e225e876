"""Whom a caller can reach: ways that need a variable are open once somebody on the way can set it."""

from __future__ import annotations

from orchestrator.team.reach import ASKED, HAS, Tools, can_set, closed, everybody, reach, way_to
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
TOOLS = Tools(TEAM)


def test_a_need_opens_a_way_when_it_can_be_met() -> None:
    """Without the agent whose tool sets it, the way stays closed; what has a value or no setter is no hindrance."""
    assert (HAS, "billing") in reach(TEAM, TOOLS.surely)
    assert (HAS, "billing") not in reach(TEAM, TOOLS.surely, without="verify")
    assert (HAS, "billing") in reach(TEAM, TOOLS.perhaps, without="verify")  # tech's file may have the tool
    assert set(reach(TEAM, TOOLS.surely, without="front")) == set()


def test_to_be_asked_is_not_to_have_the_caller() -> None:
    """Questions go on to others, the caller does not."""
    states = everybody(TEAM)

    assert {(ASKED, "planner"), (ASKED, "risk")} <= states
    assert (HAS, "planner") not in states


def test_ways_are_written_as_they_are_gone() -> None:
    """The shortest one; nothing when there is none."""
    found = reach(TEAM, TOOLS.surely)

    assert way_to(found, TEAM, "front") == "front"
    assert way_to(found, TEAM, "risk") == "front → tech → (asks) planner → (asks) risk"
    assert way_to(found, TEAM, "nobody") == ""


def test_who_has_which_tool() -> None:
    """By the names in the file; a whole file may have any until it is loaded."""
    assert TOOLS.holders("check") == ["verify", "tech"]
    assert Tools(TEAM, {"verify": ["check"], "tech": ["f"]}).holders("check") == ["verify"]
    assert can_set(TEAM, "plan", [], TOOLS.surely)
    assert not can_set(TEAM, "verified", ["front", "tech"], TOOLS.surely)


def test_ways_that_are_never_open() -> None:
    """Told only when it is certain."""
    assert list(closed(TEAM, TOOLS)) == []
    names = {"front": [""], "verify": [""], "tech": [""], "billing": ["check"], "planner": [""], "risk": [""]}
    assert [(agent, edge.to, name) for agent, edge, name in closed(TEAM, Tools(TEAM, names))] == [
        ("front", "billing", "verified")
    ]
