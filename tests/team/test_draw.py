"""The team as a picture."""

from __future__ import annotations

from xml.etree import ElementTree

from orchestrator.team import draw_mermaid, draw_svg
from tests.core.scene import team

SVG = "{http://www.w3.org/2000/svg}"
TEAM = team(
    """
team: t
agents:
  front:
    instructions: x
    description: "Bills & <more>"
    handoffs: {end-desk: 'ask "about" [things]', up: go, down: go}
  end-desk: {instructions: x, handoffs: [front, up]}
  up: {instructions: x, handoffs: {down: below, front: back}}
  down: {instructions: x, handoffs: {up: above}}
"""
)


def test_mermaid() -> None:
    """The start is round, labels are plain, names cannot be words of Mermaid."""
    assert draw_mermaid(TEAM).splitlines()[:6] == [
        "flowchart LR",
        "    agent_front([front])",
        "    agent_end__desk[end-desk]",
        "    agent_up[up]",
        "    agent_down[down]",
        "    agent_front -->|ask  about   things | agent_end__desk",
    ]


def test_svg() -> None:
    """Well-formed, one group an agent, the start marked and the active one lit, one path a handoff."""
    root = ElementTree.fromstring(draw_svg(TEAM, active="up"))
    groups = {group.get("id"): str(group.get("class")).split() for group in root.iter(f"{SVG}g") if group.get("id")}

    assert groups == {
        "agent-front": ["agent", "start"],
        "agent-end-desk": ["agent"],
        "agent-up": ["agent", "active"],
        "agent-down": ["agent"],
    }
    edges = [group for group in root.iter(f"{SVG}g") if group.get("class") == "edge"]
    assert len(edges) == 8
    assert "Bills & <more>" in [text.text for text in root.iter(f"{SVG}text")]


def test_one_agent() -> None:
    """A team of one is a picture too."""
    assert "agent-a" in draw_svg(team("team: t\nagents: {a: {instructions: x}}\n"))
