"""The team as a diagram: Mermaid text, or an SVG that is laid out here, without an external program.

Agents are placed in columns by their distance from the start. A handoff is a line, with an arrowhead at both ends if
the caller can be given back; a consult is a dashed line, a message a dotted one. Lines that lead forward are labelled
at their target; other lines have only a tooltip, so that the diagram stays readable. Rules are listed below it. Lines
that no test has taken can be marked: they are given as who has the function, and its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from html import escape
from textwrap import shorten

import networkx as nx

from orchestrator.team.edges import Consult, Handoff, Message
from orchestrator.team.schema import Team

Edge = Handoff | Consult | Message
WIDTH, HEIGHT = 180, 58  # of a box; it grows with the labels of its incoming lines
# Between two columns lines bend first; then those that lead forward lie straight below their labels, so that no other
# line crosses these.
BEND, ROOM = 64, 150
GAP_X, GAP_Y, MARGIN = BEND + ROOM, 40, 24  # between boxes, and around all of them
ARC, LONGEST_ARC = 28, 84  # how far a line within a column bends outwards for each row it passes, and at most
BELOW = 12  # how far above the lower edge of a box lines back leave it
LABEL = 24  # characters of a label
NAME = 18  # characters of a name that fit into a box; those of a longer one are narrower
IN_VAIN, UNANSWERED = "nobody comes", "nobody answers"
LINE, RULE = 14, 20  # height of a line of a label, and of a rule
ASIDE = (Consult, Message)  # edges on which the caller stays
# How Mermaid draws a box: by the kind of agent, and the first one.
SHAPES = {
    "text": ("[/", "/]"),
    "person": ("{{", "}}"),
    "outside": ("[[", "]]"),
    "start": ("([", "])"),
    "voice": ("[", "]"),
}
UNTAKEN = "stroke:#c05621,stroke-dasharray:2 6"
STYLE = """
  text { font: 14px system-ui, sans-serif; fill: #1f2933 }
  .agent rect, .agent path { fill: #fff; stroke: #7b8794; stroke-width: 1.5 }
  .agent .name { font-weight: 600 } .agent .about { font-size: 12px; fill: #616e7c }
  .agent.text rect { fill: #f5f7fa }
  .agent.person rect { fill: #fdf6e3; stroke: #b7791f }
  .agent.outside rect { fill: #eef2ff; stroke: #4c63b6; stroke-dasharray: 6 3 }
  .agent.start rect { stroke: #1f2933; stroke-width: 2.5 }
  .agent.active rect { fill: #d9f2e3; stroke: #1c7c4a; stroke-width: 3 }
  .edge path { fill: none; stroke: #9aa5b1; stroke-width: 1.5 } .edge.asks path { stroke-dasharray: 5 4 }
  .edge.writes path { stroke-dasharray: 1 4 }
  .edge.untaken path { stroke: #c05621; stroke-dasharray: 2 6 }
  .label { font-size: 11px; fill: #52606d; text-anchor: end; paint-order: stroke; stroke: #fff; stroke-width: 4 }
  .label.needs { fill: #8d2b0b } .rule { font-size: 12px; fill: #52606d }
"""


def draw_mermaid(team: Team, untaken: Collection[tuple[str, str]] = ()) -> str:
    """Draw the team as a Mermaid flow chart."""
    lines, marked, count = ["flowchart LR"], list[str](), 0
    for name, agent in team.agents.items():
        shape = "start" if name == team.start else agent.kind
        opening, closing = SHAPES[shape]
        lines.append(f"    {_id(name)}{opening}{name}{closing}")
    for source in team.agents:
        for edge in _edges(team, source):
            label = f"|{', '.join(map(_plain, _label_lines(edge)))}|" if _label_lines(edge) else ""
            lines.append(f"    {_id(source)} {_arrow(edge)}{label} {_id(edge.to)}")
            marked += [str(count)] if (source, edge.function) in untaken else []
            count += 1
    lines += [f"    linkStyle {','.join(marked)} {UNTAKEN}"] if marked else []
    if team.rules:
        rules = [f'        rule_{index}["{rule}"]' for index, rule in enumerate(team.rules)]
        lines += ["    subgraph rules", *rules, "    end"]
    return "\n".join(lines) + "\n"


def _edges(team: Team, source: str) -> tuple[Edge, ...]:
    """Return the ways from an agent, among them that of callers who wait for a person in vain."""
    edges: tuple[Handoff, ...] = team.edges(source)
    wait = team.agents[source].wait
    if wait is not None and wait.then not in [edge.to for edge in edges]:
        edges = (*edges, team.way(source, wait.then, "continue"))
    if wait is not None:
        why = UNANSWERED if team.agents[source].outside else IN_VAIN
        edges = tuple(_in_vain(edge, why) if edge.to == wait.then else edge for edge in edges)
    return (*edges, *team.agents[source].consult, *team.agents[source].messages)


def _in_vain(edge: Handoff, why: str) -> Handoff:
    return edge.model_copy(update={"when": f"{edge.when}; {why}" if edge.when else why})


def _arrow(edge: Edge) -> str:
    if isinstance(edge, Handoff):
        return "<-->" if edge.returns else "-->"
    return "-.->" if isinstance(edge, Consult) else "--o"


def _label_lines(edge: Edge) -> list[str]:
    """Return the lines of an edge's label: when it is used, and what it needs."""
    if isinstance(edge, Consult):
        return [f"asks: {edge.when}" if edge.when else "asks"]
    lines = [edge.when] if edge.when else []
    if isinstance(edge, Handoff) and edge.needs:
        lines.append(f"needs {', '.join(edge.needs)}")
    return lines


def _id(name: str) -> str:
    return f"agent_{name.replace('-', '__')}"  # some names, such as `end`, are keywords of Mermaid


def _plain(text: str) -> str:
    return "".join(letter if letter not in '|"[](){}<>#;`' else " " for letter in shorten(text, 48, placeholder=" …"))


def draw_svg(team: Team, active: str | None = None, untaken: Collection[tuple[str, str]] = ()) -> str:
    """Draw the team as SVG; each agent is `<g id="agent-NAME" class="agent">`, and the active one is highlighted."""
    boxes = _place(team)
    bottom = max(box.y + box.height for box in boxes.values()) + MARGIN
    rules_width = max((len(str(rule)) for rule in team.rules), default=0) * 7 + 2 * MARGIN
    width = max(max(box.x + WIDTH for box in boxes.values()) + MARGIN, _arcs_end(team, boxes), rules_width)
    height = bottom + RULE * (len(team.rules) + 1) if team.rules else bottom
    lines, labels = _lines(team, boxes, untaken)
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
    """The box of an agent."""

    x: int
    y: int
    height: int

    @property
    def middle(self) -> int:
        """The vertical centre."""
        return self.y + self.height // 2


def _place(team: Team) -> dict[str, Box]:
    """Return the box of each agent: in columns by distance from the start, centred vertically."""
    lines: nx.DiGraph[str] = nx.DiGraph([(name, edge.to) for name in team.agents for edge in _edges(team, name)])
    lines.add_nodes_from(team.agents)
    distances = nx.single_source_shortest_path_length(lines, team.start)
    beyond = max(distances.values()) + 1  # the column of agents that only a tool can move callers to
    columns: dict[int, dict[str, int]] = {}
    for name in team.agents:
        column = distances.setdefault(name, beyond)
        arriving = [edge for source, edge in _arriving(team, name) if distances.get(source, beyond) < column]
        columns.setdefault(column, {})[name] = max(HEIGHT, sum(map(_label_height, arriving)) + LINE)
    tallest = max(sum(heights.values()) + GAP_Y * (len(heights) - 1) for heights in columns.values())
    boxes = {}
    for column, heights in columns.items():
        y = MARGIN + (tallest - sum(heights.values()) - GAP_Y * (len(heights) - 1)) // 2
        for name, height in heights.items():
            boxes[name] = Box(MARGIN + column * (WIDTH + GAP_X), y, height)
            y += height + GAP_Y
    return boxes


def _arriving(team: Team, target: str) -> Iterator[tuple[str, Edge]]:
    for source in team.agents:
        yield from ((source, edge) for edge in _edges(team, source) if edge.to == target)


def _label_height(edge: Edge) -> int:
    return LINE * max(1, len(_label_lines(edge))) + 4  # what the label needs at the target's box


def _lines(team: Team, boxes: dict[str, Box], untaken: Collection[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Draw all edges; return the lines, and the labels, which are drawn on top of all lines."""
    lines: list[str] = []
    labels: list[str] = []
    for name, box in boxes.items():
        arriving = list(_arriving(team, name))
        onward = sorted(
            (boxes[source].y, index) for index, (source, _) in enumerate(arriving) if boxes[source].x < box.x
        )
        labels_height = sum(_label_height(arriving[index][1]) for _, index in onward)
        top = box.middle - 12 - labels_height // 2  # lines that lead back leave below
        for _, index in onward:
            source, edge = arriving[index]
            at = top + LINE
            path = _forward(boxes[source], box, edge, at)
            lines.append(_line(edge, path, taken=(source, edge.function) not in untaken))
            labels += _label(edge, box.x - 10, at)
            top += _label_height(edge)
        for source, edge in arriving:
            if boxes[source].x < box.x:
                continue
            beside = boxes[source].x == box.x
            others = list(boxes.values())
            path = _beside(boxes[source], box, edge) if beside else _back(boxes[source], box, edge, others)
            lines.append(_line(edge, path, taken=(source, edge.function) not in untaken))
    return lines, labels


def _line(edge: Edge, path: str, *, taken: bool) -> str:
    kind = "edge asks" if isinstance(edge, Consult) else "edge writes" if isinstance(edge, Message) else "edge"
    kind += "" if taken else " untaken"
    both = ' marker-start="url(#head)"' if isinstance(edge, Handoff) and edge.returns else ""
    tooltip = f"<title>{escape(', '.join(_label_lines(edge)))}</title>" if _label_lines(edge) else ""
    return f'<g class="{kind}">{tooltip}<path d="{path}" marker-end="url(#head)"{both}/></g>'


def _label(edge: Edge, x: int, y: int) -> Iterator[str]:
    for index, words in enumerate(_label_lines(edge)):  # the first above the line, what it needs below
        needs = isinstance(edge, Handoff) and words != edge.when
        kind = "label needs" if needs else "label"
        at = y + 11 if index else y - 4
        text = escape(shorten(words, LABEL, placeholder=" …"))
        yield f'<text class="{kind}" x="{x}" y="{at}">{text}</text>'


def _shift(edge: Edge) -> int:
    return 20 if isinstance(edge, ASIDE) else 8  # so that lines there, lines back and others do not overlap


def _bend(x: int, y: int, to_x: int, to_y: int) -> str:
    """Continue a line, in a curve that begins and ends level."""
    middle = (x + to_x) // 2
    return f" C{middle} {y} {middle} {to_y} {to_x} {to_y}"


def _forward(start: Box, end: Box, edge: Edge, at: int) -> str:
    """Draw a line to the next column, where it arrives at a given height, below its label."""
    x, y = start.x + WIDTH, start.middle + (_shift(edge) if isinstance(edge, ASIDE) else -_shift(edge))
    return f"M{x} {y}{_bend(x, y, x + BEND, at)} H{end.x}"


def _out(start: Box, end: Box, edge: Edge) -> int:
    """Return how far out a line within a column is drawn: the longer, the further, but not into labels."""
    far = ARC * (1 + abs(end.y - start.y) // (HEIGHT + GAP_Y)) + (12 if isinstance(edge, ASIDE) else 0)
    return start.x + WIDTH + min(far, LONGEST_ARC)


def _arcs_end(team: Team, boxes: dict[str, Box]) -> int:
    """Return where the lines within columns end, to the right of their boxes."""
    arriving = ((boxes[source], box, edge) for name, box in boxes.items() for source, edge in _arriving(team, name))
    return max((_out(start, end, edge) for start, end, edge in arriving if start.x == end.x), default=0)


def _beside(start: Box, end: Box, edge: Edge) -> str:
    """Draw a line within a column around its right side."""
    side, down, out = start.x + WIDTH, 1 if end.y > start.y else -1, _out(start, end, edge)
    a, b = start.middle + (_shift(edge) + 4) * down, end.middle - (_shift(edge) + 4) * down
    return f"M{side} {a} C{out} {a} {out} {b} {side} {b}"


def _back(start: Box, end: Box, edge: Edge, boxes: list[Box]) -> str:
    """Draw a line to an earlier column; it leaves below the labels of those that arrive."""
    shift = _shift(edge)
    x, y = start.x - ROOM, start.y + start.height - BELOW
    path = f"M{start.x} {y} H{x}"
    for column in sorted({box.x for box in boxes if end.x < box.x < start.x}, reverse=True):
        lane = _lane(column, (start.y + end.y) // 2, boxes) + shift // 2
        path += f"{_bend(x, y, x - BEND, lane)} H{column - ROOM}"
        x, y = column - ROOM, lane
    return path + _bend(x, y, x - BEND, end.middle + shift)


def _lane(column: int, level: int, boxes: list[Box]) -> int:
    """Return the height, next to another one, at which lines pass a column: between its boxes, not behind one."""
    return min((box.y for box in boxes if box.x == column), key=lambda top: abs(top - level)) - GAP_Y // 2


def _agent(team: Team, name: str, box: Box, active: str | None) -> str:
    agent = team.agents[name]
    text = agent.kind == "text"
    classes = ["agent"]
    classes += [agent.kind] if agent.kind != "voice" else []
    classes += ["start"] if name == team.start else []
    classes += ["active"] if name == active else []
    kind = f"voice {agent.voice}" if agent.kind == "voice" else agent.kind
    about = escape(shorten(agent.description or kind, 26, placeholder=" …"))
    middle, right = box.x + WIDTH // 2, box.x + WIDTH
    narrow = f' textLength="{WIDTH - 16}" lengthAdjust="spacingAndGlyphs"' if len(name) > NAME else ""
    folded_corner = f'<path d="M{right - 14} {box.y} L{right} {box.y + 14} H{right - 14} z"/>' if text else ""
    return (
        f'<g id="agent-{name}" class="{" ".join(classes)}">'
        f'<rect x="{box.x}" y="{box.y}" width="{WIDTH}" height="{box.height}" rx="{0 if text else 10}"/>{folded_corner}'
        f'<text class="name" x="{middle}" y="{box.middle - 4}" text-anchor="middle"{narrow}>{escape(name)}</text>'
        f'<text class="about" x="{middle}" y="{box.middle + 14}" text-anchor="middle">{about}</text></g>'
    )


def _rules(team: Team, top: int) -> Iterator[str]:
    for index, rule in enumerate(team.rules):
        yield f'<text class="rule" x="{MARGIN}" y="{top + RULE * (index + 1)}">{escape(str(rule))}</text>'
