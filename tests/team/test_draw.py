"""The team as a picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from orchestrator.team import Team, draw_mermaid, draw_svg, load_team
from tests.core.away.outside import PRACTICE
from tests.core.scene import team

LETTER = 5.7  # about the width of one in a label
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
    """The start is round, labels are plain text, and names cannot be keywords of Mermaid."""
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
    """Well-formed; one group per agent, the start marked and the active one highlighted; one path per handoff."""
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
def test_boxes_do_not_overlap_and_lines_do_not_pass_behind_them(drawn: Team) -> None:
    """Everything is inside the picture; a line back over several columns passes between the boxes."""
    root = ElementTree.fromstring(draw_svg(drawn))
    stand = boxes(root)

    for one, other in combinations(stand, 2):
        assert one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
    right, bottom = int(str(root.get("width"))), int(str(root.get("height")))
    assert all(x1 >= 0 and y1 >= 0 and x2 <= right and y2 <= bottom for x1, y1, x2, y2 in stand)

    for x, y in points(root):
        assert not [one for one in stand if one[0] < x < one[2] and one[1] < y < one[3]]


def points(root: ElementTree.Element) -> Iterator[tuple[float, float]]:
    """Yield points of all lines, close to each other: of their curves, and of their level parts."""
    for path in root.iter(f"{SVG}path"):
        if not path.get("marker-end"):
            continue
        x = y = 0.0
        for command, numbers in re.findall(r"([MCH])([-\d. ]+)", str(path.get("d"))):
            given = [float(number) for number in numbers.split()]
            if command == "M":
                x, y = given
            elif command == "H":
                yield from ((x + (given[0] - x) * part / 99, y) for part in range(100))
                x = given[0]
            else:
                ends = [(x, y), *zip(given[::2], given[1::2], strict=True)]
                across, down = [end[0] for end in ends], [end[1] for end in ends]
                yield from ((bezier(across, part / 99), bezier(down, part / 99)) for part in range(100))
                x, y = ends[-1]


def bezier(ends: list[float], part: float) -> float:
    """Return a coordinate of a point of a cubic curve."""
    weights = ((1 - part) ** 3, 3 * part * (1 - part) ** 2, 3 * part**2 * (1 - part), part**3)
    return sum(weight * end for weight, end in zip(weights, ends, strict=True))


CLINIC = load_team(Path(__file__).parents[1] / "gateway" / "console" / "clinic.yaml", environ={})


@pytest.mark.parametrize("number", range(4), ids=["wide", "long", "everything", "clinic"])
def test_no_line_crosses_a_label(number: int) -> None:
    """What is written above and below the end of a line stands free, in the drawing of any team."""
    root = ElementTree.fromstring(draw_svg((TEAM, LONG, PLAY, CLINIC)[number]))
    for label in labels(root):
        right, base = int(str(label.get("x"))), int(str(label.get("y")))
        left = right - LETTER * len(str(label.text))
        crossed = [(x, y) for x, y in points(root) if left < x < right and base - 8 < y < base + 2]
        assert not crossed, label.text


def labels(root: ElementTree.Element) -> list[ElementTree.Element]:
    """Return the labels of lines."""
    return [text for text in root.iter(f"{SVG}text") if "label" in str(text.get("class")).split()]


def titles(root: ElementTree.Element) -> list[str]:
    """Return the tooltips of lines."""
    groups = [group for group in root.iter(f"{SVG}g") if "edge" in str(group.get("class")).split()]
    return [str(title.text) for group in groups for title in group.iter(f"{SVG}title")]


def test_labels_are_left_of_the_boxes_that_they_lead_to() -> None:
    """No label overlaps a box; the label of a line back is a tooltip."""
    root = ElementTree.fromstring(draw_svg(TEAM))
    found = labels(root)

    assert [label.text for label in found] == ['ask "about" [things]', "go", "go"]
    ends = [(int(str(label.get("x"))), int(str(label.get("y")))) for label in found]
    assert not [end for end in ends for x1, y1, x2, y2 in boxes(root) if x1 <= end[0] <= x2 and y1 <= end[1] <= y2]
    assert "back" in titles(root)


PLAY = team(
    """
team: t
variables: {verified: {type: boolean, set_by: check}, plan: null}
rules: [verify before billing, check at most 3 per call, refund needs verified, plan stays in billing, verify]
agents:
  front: {instructions: x, handoffs: {verify: {when: unknown, returns: true}, tech: null}, consult: [tech, planner]}
  verify: {instructions: x, tools: ["a.py:check"], handoffs: {billing: {when: bills, needs: [verified]}}}
  tech: {instructions: x, handoffs: {billing: {needs: [verified, plan]}, front: {needs: [verified]}}, consult: [risk]}
  billing: {instructions: x, tools: ["a.py:refund"], handoffs: [front], consult: {planner: plans, risk: doubts}}
  planner: {kind: text, instructions: x}
  risk: {kind: text, instructions: x, description: Knows risks.}
""".replace("plan stays in billing, verify]", "'plan stays in billing, tech, verify']")
)


def test_mermaid_of_a_team_with_everything() -> None:
    """Consults are dashed, returning handoffs have two heads, text agents are slanted; needs and rules are written."""
    lines = draw_mermaid(PLAY).splitlines()

    assert "    agent_planner[/planner/]" in lines
    assert "    agent_front <-->|unknown| agent_verify" in lines
    assert "    agent_front -.->|asks| agent_tech" in lines
    assert "    agent_billing -.->|asks: plans| agent_planner" in lines
    assert "    agent_verify -->|bills, needs verified| agent_billing" in lines
    assert "    agent_tech -->|needs verified, plan| agent_billing" in lines
    assert lines[-6:] == [
        "    subgraph rules",
        '        rule_0["verify before billing"]',
        '        rule_1["check at most 3 per call"]',
        '        rule_2["refund needs verified"]',
        '        rule_3["plan stays in billing, tech, verify"]',
        "    end",
    ]


def test_svg_of_a_team_with_everything() -> None:
    """The same; a text agent looks like a sheet of paper; the rules are below all boxes, inside the picture."""
    root = ElementTree.fromstring(draw_svg(PLAY))
    classes = [str(group.get("class")) for group in root.iter(f"{SVG}g")]
    rules = [text for text in root.iter(f"{SVG}text") if text.get("class") == "rule"]
    lowest = max(bottom for _, _, _, bottom in boxes(root))

    assert classes.count("edge asks") == 5
    assert classes.count("agent text") == 2
    assert len([path for path in root.iter(f"{SVG}path") if path.get("marker-start")]) == 1
    assert {"asks", "asks: plans", "bills, needs verified", "needs verified"} <= set(titles(root))
    assert [text.text for text in rules] == list(map(str, PLAY.rules))
    assert all(lowest < int(str(text.get("y"))) < int(str(root.get("height"))) for text in rules)


def test_labels_do_not_overlap() -> None:
    """Each label has its own height left of a box, and the box is tall enough for all of them."""
    found = [
        (int(str(label.get("x"))), int(str(label.get("y")))) for label in labels(ElementTree.fromstring(draw_svg(PLAY)))
    ]
    needs = [label for label in labels(ElementTree.fromstring(draw_svg(PLAY))) if label.get("class") == "label needs"]

    assert all(one[0] != other[0] or abs(one[1] - other[1]) >= 10 for one, other in combinations(found, 2))
    assert [label.text for label in needs] == ["needs verified", "needs verified, plan"]


def test_a_box_grows_with_the_labels_before_it() -> None:
    """Here five agents lead to one."""
    desks = "".join(f"  d{n}: {{instructions: x, handoffs: {{z: {{when: w{n}, needs: [v]}}}}}}\n" for n in range(5))
    text = (
        f"team: t\nvariables: {{v: null}}\nagents:\n  a: {{instructions: x, handoffs: [d0, d1, d2, d3, d4]}}\n{desks}"
    )
    root = ElementTree.fromstring(draw_svg(team(f"{text}  z: {{instructions: x}}\n")))
    heights = [bottom - top for _, top, _, bottom in boxes(root)]

    assert heights == [58] * 6 + [174]


def test_long_words_are_cut() -> None:
    """Labels and descriptions stay inside their space."""
    words = "word " * 40
    about = f"description: {words}"
    drawn = team(
        f"team: t\nagents: {{a: {{instructions: x, {about}, handoffs: {{b: {words}}}}}, b: {{instructions: x}}}}\n"
    )
    texts = [str(text.text) for text in ElementTree.fromstring(draw_svg(drawn)).iter(f"{SVG}text")]

    label, description = sorted(text for text in texts if "word" in text)
    assert (label, description) == ("word word word word word …", "word word word word …")
    assert "-->|word word word word word word word word word …|" in draw_mermaid(drawn)


def test_p71_a_drawing_is_as_wide_as_what_is_in_it() -> None:
    """P71: so that a page need not make it smaller; lines around the last column are in it too."""
    for drawn, arcs in ((TEAM, True), (PLAY, True), (team("team: t\nagents: {a: {instructions: x}}\n"), False)):
        root = ElementTree.fromstring(draw_svg(drawn))
        right = max(x2 for _, _, x2, _ in boxes(root))
        curves = [[int(x) for x in re.findall(r"(\d+) \d+", str(path.get("d")))] for path in root.iter(f"{SVG}path")]
        furthest = max([right, *(x for curve in curves for x in curve)]) if arcs else right

        assert furthest <= int(str(root.get("width"))) <= max(furthest, right + 24, 24 + 7 * 60)


def test_p71_a_long_name_stays_in_its_box() -> None:
    """P71: it is drawn narrower; others are not."""
    long = "the-desk-for-complaints-and-other-things"
    drawn = draw_svg(
        team(f"team: t\nagents:\n  {long}: {{instructions: x, handoffs: [b]}}\n  b: {{instructions: x}}\n")
    )
    names = {
        name.text: name for name in ElementTree.fromstring(drawn).iter(f"{SVG}text") if name.get("class") == "name"
    }

    assert int(str(names[long].get("textLength"))) < min(
        x2 - x1 for x1, _, x2, _ in boxes(ElementTree.fromstring(drawn))
    )
    assert names["b"].get("textLength") is None


def test_one_agent() -> None:
    """A team of one can be drawn too."""
    assert "agent-a" in draw_svg(team("team: t\nagents: {a: {instructions: x}}\n"))


def test_an_agent_that_only_a_tool_leads_to() -> None:
    """It is placed after all others."""
    drawn = Team.model_validate(
        {
            "team": "t",
            "start": "front",
            "agents": {name: {"name": name, "instructions": "x"} for name in ("front", "boss")},
        }
    )
    (front, *_), (boss, *_) = boxes(ElementTree.fromstring(draw_svg(drawn)))

    assert front < boss


def test_somebody_outside_and_who_gets_the_caller_if_nobody_answers() -> None:
    """They look different from everybody else."""
    practice = team(PRACTICE)
    mermaid = draw_mermaid(practice)

    assert "agent_office[[office]]" in mermaid
    assert "agent_office -->|nobody answers| agent_front" in mermaid
    assert 'class="agent outside"' in draw_svg(practice)


def test_persons_and_who_waits_for_them_in_vain() -> None:
    """A person looks different; the way of `wait.then` is drawn, also where there is a handoff, or none."""
    drawn = team(
        """
team: t
agents:
  a: {instructions: x, handoffs: [p, q]}
  p: {kind: person, desk: d, wait: {limit: 9, say: x, then: b}}
  q: {kind: person, desk: d, wait: {limit: 9, say: x, then: b}, handoffs: {b: invoices}}
  b: {instructions: x, handoffs: [a]}
people: {d: {}}
"""
    )
    lines = draw_mermaid(drawn).splitlines()
    root = ElementTree.fromstring(draw_svg(drawn))

    assert "    agent_p{{p}}" in lines
    assert "    agent_p -->|nobody comes| agent_b" in lines
    assert "    agent_q -->|invoices  nobody comes| agent_b" in lines
    assert [str(group.get("class")) for group in root.iter(f"{SVG}g")].count("agent person") == 2
    assert "nobody comes" in titles(root)


def test_lines_that_no_test_has_taken_are_marked() -> None:
    """By who has the function, and its name: a handoff, and a consult of the same pair, are two lines."""
    others = "b: {instructions: x}, c: {instructions: x, kind: text}"
    both = team(f"team: t\nagents: {{a: {{instructions: x, handoffs: [b], consult: [c]}}, {others}}}")

    drawn = draw_mermaid(both, {("a", "ask_c")})
    assert re.findall("linkStyle (.*) stroke:", drawn) == ["1"]
    assert "linkStyle" not in draw_mermaid(both)
    svg = draw_svg(both, untaken={("a", "transfer_to_b")})
    assert re.findall('class="(edge[^"]*)"', svg) == ["edge untaken", "edge asks"]
