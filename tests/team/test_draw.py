"""The team as a picture."""

from __future__ import annotations

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest

from orchestrator.team import Team, draw_mermaid, draw_svg
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
    assert draw_mermaid(TEAM).splitlines() == [
        "flowchart LR",
        "    agent_front([front])",
        "    agent_end__desk[end-desk]",
        "    agent_up[up]",
        "    agent_down[down]",
        "    agent_front -->|ask  about   things | agent_end__desk",
        "    agent_front -->|go| agent_up",
        "    agent_front -->|go| agent_down",
        "    agent_end__desk --> agent_front",
        "    agent_end__desk --> agent_up",
        "    agent_up -->|below| agent_down",
        "    agent_up -->|back| agent_front",
        "    agent_down -->|above| agent_up",
    ]
    assert draw_mermaid(TEAM).endswith("agent_up\n")


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


def boxes(root: ElementTree.Element) -> list[tuple[int, int, int, int]]:
    """Return left, top, right and bottom of every agent."""
    found = [[int(str(box.get(key))) for key in ("x", "y", "width", "height")] for box in root.iter(f"{SVG}rect")]
    return [(x, y, x + width, y + height) for x, y, width, height in found]


LONG = team(
    "team: t\nanywhere: [a]\nagents:\n"
    + "".join(f"  {one}: {{instructions: x, handoffs: {{{other}: on}}}}\n" for one, other in ("ab", "bc", "cd", "da"))
)


@pytest.mark.parametrize("drawn", [TEAM, LONG], ids=["wide", "long"])
def test_boxes_stand_apart_and_lines_do_not_hide_behind_them(drawn: Team) -> None:
    """All within the picture; a way back over several columns passes between the boxes."""
    root = ElementTree.fromstring(draw_svg(drawn))
    stand = boxes(root)

    for one, other in combinations(stand, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    right, bottom = int(str(root.get("width"))), int(str(root.get("height")))
    assert all(x1 >= 0 and y1 >= 0 and x2 <= right and y2 <= bottom for x1, y1, x2, y2 in stand)

    lines = [str(path.get("d")) for path in root.iter(f"{SVG}path") if path.get("marker-end")]
    passed = [int(height) for line in lines for height in re.findall(r" (\d+) H", line)]
    assert len(passed) == (3 if drawn is LONG else 0)  # d to a over two columns, c to a over one
    assert not [height for height in passed for _, top, _, bottom in stand if top <= height <= bottom]


def test_labels_stand_before_the_boxes_that_they_lead_to() -> None:
    """No label lies on a box; that of a way back is a tooltip."""
    root = ElementTree.fromstring(draw_svg(TEAM))
    edges = [group for group in root.iter(f"{SVG}g") if group.get("class") == "edge"]
    labels = [text for group in edges for text in group.iter(f"{SVG}text")]

    assert [label.text for label in labels] == ['ask "about" [things]', "go", "go"]
    ends = [(int(str(label.get("x"))), int(str(label.get("y")))) for label in labels]
    assert not [end for end in ends for x1, y1, x2, y2 in boxes(root) if x1 <= end[0] <= x2 and y1 <= end[1] <= y2]
    assert "back" in [title.text for group in edges for title in group.iter(f"{SVG}title")]


def test_long_words_are_cut() -> None:
    """A label and a description keep to their place."""
    words = "word " * 40
    about = f"description: {words}"
    drawn = team(
        f"team: t\nagents: {{a: {{instructions: x, {about}, handoffs: {{b: {words}}}}}, b: {{instructions: x}}}}\n"
    )
    texts = [str(text.text) for text in ElementTree.fromstring(draw_svg(drawn)).iter(f"{SVG}text")]

    assert sorted(text for text in texts if "word" in text) == ["word word word word word …"] * 2
    assert "-->|word word word word word word word word word …|" in draw_mermaid(drawn)


def test_one_agent() -> None:
    """A team of one is a picture too."""
    assert "agent-a" in draw_svg(team("team: t\nagents: {a: {instructions: x}}\n"))
