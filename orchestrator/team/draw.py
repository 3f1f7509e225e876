"""The team as a picture: Mermaid text, and an SVG laid out here, without any program of the system.

Agents stand in columns by how many steps they are from the start. A handoff is a line, with a head at both ends when
the caller can be given back; a consult is a dashed one. Lines that lead on are labelled where they arrive; of others
the label is a tooltip, to keep it calm. Rules are listed below.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from textwrap import shorten

import networkx as nx

from orchestrator.team.edges import Consult, Handoff
from orchestrator.team.schema import Team

WIDTH, HEIGHT = 190, 58  # of a box; more labels make it higher
GAP_X, GAP_Y, MARGIN = 170, 44, 24  # between boxes, around them
ARC = 28  # how far a line within a column bends out, for each row it passes
LABEL = 27  # characters of a label in the picture
LINE, RULE = 13, 20  # height of a line of a label, and of a rule
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933 }
  .agent rect, .agent path { fill: #fff; stroke: #7b8794; stroke-width: 1.5 }
  .agent .name { font-weight: 600 } .agent .about { font-size: 11px; fill: #616e7c }
  .agent.text rect { fill: #f5f7fa }
  .agent.start rect { stroke: #1f2933; stroke-width: 2.5 }
  .agent.active rect { fill: #d9f2e3; stroke: #1c7c4a; stroke-width: 3 }
  .edge path { fill: none; stroke: #9aa5b1; stroke-width: 1.5 } .edge.asks path { stroke-dasharray: 5 4 }
  .label { font-size: 10px; fill: #52606d; text-anchor: end; paint-order: stroke; stroke: #fff; stroke-width: 4 }
  .label.needs { fill: #8d2b0b } .rule { font-size: 12px; fill: #52606d }
"""
Way = Handoff | Consult


def draw_mermaid(team: Team) -> str:
    """Draw the team as a Mermaid flow chart."""
    lines = ["flowchart LR"]
    for name, agent in team.agents.items():
        opening, closing = ("[/", "/]") if agent.kind == "text" else ("([", "])") if name == team.start else ("[", "]")
        lines.append(f"    {_id(name)}{opening}{name}{closing}")
    for source in team.agents:
        for way in _ways(team, source):
            label = f"|{', '.join(map(_plain, _words(way)))}|" if _words(way) else ""
            lines.append(f"    {_id(source)} {_arrow(way)}{label} {_id(way.to)}")
    if team.rules:
        rules = [f'        rule_{index}["{rule}"]' for index, rule in enumerate(team.rules)]
        lines += ["    subgraph rules", *rules, "    end"]
    return "\n".join(lines) + "\n"


def _ways(team: Team, source: str) -> tuple[Way, ...]:
    return (*team.edges(source), *team.agents[source].consult)


def _arrow(way: Way) -> str:
    if isinstance(way, Consult):
        return "-.->"
    return "<-->" if way.returns else "-->"


def _words(way: Way) -> list[str]:
    """Return the label of a way, a line each: when it is gone, and what it needs."""
    if isinstance(way, Consult):
        return [f"asks: {way.when}" if way.when else "asks"]
    return [way.when] * bool(way.when) + [f"needs {', '.join(way.needs)}"] * bool(way.needs)


def _id(name: str) -> str:
    return f"agent_{name.replace('-', '__')}"  # some plain names, such as `end`, are words of Mermaid


def _plain(text: str) -> str:
    return "".join(letter if letter not in '|"[](){}<>#;`' else " " for letter in shorten(text, 48, placeholder=" …"))


def draw_svg(team: Team, active: str | None = None) -> str:
    """Draw the team as SVG; each agent is `<g id="agent-NAME" class="agent">`, the active one is lit."""
    boxes = _place(team)
    rows = max(sum(each.x == box.x for each in boxes.values()) for box in boxes.values())
    bottom = max(box.y + box.height for box in boxes.values()) + MARGIN
    written = max((len(str(rule)) for rule in team.rules), default=0) * 7 + 2 * MARGIN
    width = max(max(box.x for box in boxes.values()) + WIDTH + ARC * (rows + 1) + MARGIN, written)
    height = bottom + RULE * (len(team.rules) + 1) * bool(team.rules)
    lines, labels = _lines(team, boxes)
    agents = [_agent(team, name, box, active) for name, box in boxes.items()]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    arrow = (
        '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0 L8 4 L0 8 z" fill="#9aa5b1"/></marker>'
    )
    parts = [f'{head} role="img"><title>{escape(team.name)}</title><style>{STYLE}</style><defs>{arrow}</defs>']
    return "\n".join([*parts, *lines, *labels, *agents, *_rules(team, bottom), "</svg>"]) + "\n"


@dataclass(frozen=True, slots=True)
class Box:
    """Where an agent stands."""

    x: int
    y: int
    height: int

    @property
    def middle(self) -> int:
        """Its height's middle."""
        return self.y + self.height // 2


def _place(team: Team) -> dict[str, Box]:
    """Return where each agent stands: columns by distance from the start, centred."""
    ways: nx.DiGraph[str] = nx.DiGraph([(name, way.to) for name in team.agents for way in _ways(team, name)])
    ways.add_nodes_from(team.agents)
    distances = nx.single_source_shortest_path_length(ways, team.start)
    beyond = max(distances.values()) + 1  # where agents stand to whom only a tool moves callers
    columns: dict[int, dict[str, int]] = {}
    for name in team.agents:
        column = distances.setdefault(name, beyond)
        arriving = [way for source, way in _arriving(team, name) if distances.get(source, beyond) < column]
        columns.setdefault(column, {})[name] = max(HEIGHT, sum(map(_room, arriving)) + LINE)
    tallest = max(sum(heights.values()) + GAP_Y * (len(heights) - 1) for heights in columns.values())
    boxes = {}
    for column, heights in columns.items():
        y = MARGIN + (tallest - sum(heights.values()) - GAP_Y * (len(heights) - 1)) // 2
        for name, height in heights.items():
            boxes[name] = Box(MARGIN + column * (WIDTH + GAP_X), y, height)
            y += height + GAP_Y
    return boxes


def _arriving(team: Team, target: str) -> Iterator[tuple[str, Way]]:
    for source in team.agents:
        yield from ((source, way) for way in _ways(team, source) if way.to == target)


def _room(way: Way) -> int:
    return LINE * max(1, len(_words(way))) + 4  # what a line and its label take at the box that they arrive at


def _lines(team: Team, boxes: dict[str, Box]) -> tuple[list[str], list[str]]:
    """Draw every way; return the lines, and the labels that are put above all of them."""
    lines: list[str] = []
    labels: list[str] = []
    for name, box in boxes.items():
        arriving = list(_arriving(team, name))
        onward = sorted(
            (boxes[source].y, index) for index, (source, _) in enumerate(arriving) if boxes[source].x < box.x
        )
        top = box.middle - 12 - sum(_room(arriving[index][1]) for _, index in onward) // 2  # ways back leave below
        for _, index in onward:
            source, way = arriving[index]
            at = top + LINE
            lines.append(_line(way, f"{_start(boxes[source], way)}{_curve(boxes[source], box, way, at)}"))
            labels += _label(way, box.x - 10, at)
            top += _room(way)
        for source, way in arriving:
            if boxes[source].x == box.x:
                lines.append(_line(way, _beside(boxes[source], box, way)))
            elif boxes[source].x > box.x:
                lines.append(_line(way, _back(boxes[source], box, way, list(boxes.values()))))
    return lines, labels


def _line(way: Way, path: str) -> str:
    kind = "edge asks" if isinstance(way, Consult) else "edge"
    both = ' marker-start="url(#head)"' if isinstance(way, Handoff) and way.returns else ""
    tooltip = f"<title>{escape(', '.join(_words(way)))}</title>" if _words(way) else ""
    return f'<g class="{kind}">{tooltip}<path d="{path}" marker-end="url(#head)"{both}/></g>'


def _label(way: Way, x: int, y: int) -> Iterator[str]:
    for index, words in enumerate(_words(way)):  # above the line, what it needs below it
        needs = isinstance(way, Handoff) and words != way.when
        at = y + 11 if index else y - 4
        text = escape(shorten(words, LABEL, placeholder=" …"))
        yield f'<text class="label{" needs" * needs}" x="{x}" y="{at}">{text}</text>'


def _shift(way: Way) -> int:
    return 20 if isinstance(way, Consult) else 8  # there, back and asking do not lie on each other


def _start(box: Box, way: Way) -> str:
    return f"M{box.x + WIDTH} {box.middle + (_shift(way) if isinstance(way, Consult) else -_shift(way))}"


def _curve(start: Box, end: Box, way: Way, at: int) -> str:
    middle = (start.x + WIDTH + end.x) // 2
    leaving = start.middle + (_shift(way) if isinstance(way, Consult) else -_shift(way))
    return f" C{middle} {leaving} {middle} {at} {end.x} {at}"


def _beside(start: Box, end: Box, way: Way) -> str:
    """Go around the right side within a column, further out the longer the way."""
    side, down = start.x + WIDTH, 1 if end.y > start.y else -1
    out = side + ARC * (1 + abs(end.y - start.y) // (HEIGHT + GAP_Y)) + (12 if isinstance(way, Consult) else 0)
    a, b = start.middle + (_shift(way) + 4) * down, end.middle - (_shift(way) + 4) * down
    return f"M{side} {a} C{out} {a} {out} {b} {side} {b}"


def _back(start: Box, end: Box, way: Way, boxes: list[Box]) -> str:
    """Go back to an earlier column; past the columns between above a box, not behind it."""
    level = (start.y + end.y) // 2
    x, y, to = start.x, start.y + start.height - HEIGHT // 2 + _shift(way), end.middle + _shift(way)
    path = f"M{x} {y}"
    for column in sorted({box.x for box in boxes if end.x < box.x < start.x}, reverse=True):
        lane = min((box.y for box in boxes if box.x == column), key=lambda top: abs(top - level)) - GAP_Y // 2
        middle = (x + column + WIDTH) // 2
        path += f" C{middle} {y} {middle} {lane} {column + WIDTH} {lane} H{column}"
        x, y = column, lane
    middle = (x + end.x + WIDTH) // 2
    return f"{path} C{middle} {y} {middle} {to} {end.x + WIDTH} {to}"


def _agent(team: Team, name: str, box: Box, active: str | None) -> str:
    agent = team.agents[name]
    text = agent.kind == "text"
    classes = ["agent"] + ["text"] * text + ["start"] * (name == team.start) + ["active"] * (name == active)
    about = escape(shorten(agent.description or ("text" if text else f"voice {agent.voice}"), 28, placeholder=" …"))
    middle, right = box.x + WIDTH // 2, box.x + WIDTH
    folded = (
        f'<path d="M{right - 14} {box.y} L{right} {box.y + 14} H{right - 14} z"/>' if text else ""
    )  # a sheet of paper
    return (
        f'<g id="agent-{name}" class="{" ".join(classes)}">'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="{0 if text else 10}"/>{folded}'
        f'<text class="name" x="{middle}" y="{box.middle - 4}" text-anchor="middle">{escape(name)}</text>'
        f'<text class="about" x="{middle}" y="{box.middle + 14}" text-anchor="middle">{about}</text></g>'
    )


def _rules(team: Team, top: int) -> Iterator[str]:
    for index, rule in enumerate(team.rules):
        yield f'<text class="rule" x="{MARGIN}" y="{top + RULE * (index + 1)}">{escape(str(rule))}</text>'
