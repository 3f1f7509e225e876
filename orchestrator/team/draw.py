"""The team as a picture: Mermaid text, and an SVG laid out here, without any program of the system.

Agents stand in columns by how many handoffs they are from the start; a handoff and its way back are one line each.
"""

from __future__ import annotations

from html import escape
from textwrap import shorten

import networkx as nx

from orchestrator.team.graph import graph
from orchestrator.team.schema import Team

WIDTH, HEIGHT = 190, 58  # of a box
GAP_X, GAP_Y, MARGIN = 150, 44, 24  # between boxes, around them
ARC = 28  # how far a line within a column bends out, for each row it passes
LABEL = 26  # characters of a `when` in the picture
STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933 }
  .agent rect { fill: #fff; stroke: #7b8794; stroke-width: 1.5 }
  .agent .name { font-weight: 600 } .agent .about { font-size: 11px; fill: #616e7c }
  .agent.start rect { stroke: #1f2933; stroke-width: 2.5 }
  .agent.active rect { fill: #d9f2e3; stroke: #1c7c4a; stroke-width: 3 }
  .edge path { fill: none; stroke: #9aa5b1; stroke-width: 1.5 }
  .edge text { font-size: 10px; fill: #52606d; text-anchor: end; paint-order: stroke; stroke: #fff; stroke-width: 4 }
"""


def draw_mermaid(team: Team) -> str:
    """Draw the team as a Mermaid flow chart."""
    lines = ["flowchart LR"]
    for name in team.agents:
        opening, closing = ("([", "])") if name == team.start else ("[", "]")
        lines.append(f"    {_id(name)}{opening}{name}{closing}")
    for source in team.agents:
        for edge in team.edges(source):
            label = f"|{_plain(edge.when)}|" if edge.when else ""
            lines.append(f"    {_id(source)} -->{label} {_id(edge.to)}")
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    return f"agent_{name.replace('-', '__')}"  # some plain names, such as `end`, are words of Mermaid


def _plain(text: str) -> str:
    return "".join(letter if letter not in '|"[](){}<>#;`' else " " for letter in shorten(text, 48, placeholder=" …"))


def draw_svg(team: Team, active: str | None = None) -> str:
    """Draw the team as SVG; each agent is `<g id="agent-NAME" class="agent">`, the active one is lit."""
    places = _places(team)
    tallest = max(sum(x == column for x, _ in places.values()) for column, _ in places.values())
    width = max(x for x, _ in places.values()) + WIDTH + ARC * tallest + MARGIN
    height = max(y for _, y in places.values()) + HEIGHT + MARGIN
    edges = _edges(team, places)
    boxes = [_box(team, name, place, active) for name, place in places.items()]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    arrow = (
        '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        '<path d="M0 0 L8 4 L0 8 z" fill="#9aa5b1"/></marker>'
    )
    parts = [f'{head} role="img"><title>{escape(team.name)}</title><style>{STYLE}</style><defs>{arrow}</defs>']
    return "\n".join([*parts, *edges, *boxes, "</svg>"]) + "\n"


def _places(team: Team) -> dict[str, tuple[int, int]]:
    """Return where each agent's box stands: columns by distance from the start, centred."""
    distances = nx.single_source_shortest_path_length(graph(team), team.start)
    columns: dict[int, list[str]] = {}
    for name in team.agents:
        columns.setdefault(distances[name], []).append(name)
    tallest = max(map(len, columns.values()))
    places = {}
    for column, names in columns.items():
        top = MARGIN + (tallest - len(names)) * (HEIGHT + GAP_Y) // 2
        for row, name in enumerate(names):
            places[name] = (MARGIN + column * (WIDTH + GAP_X), top + row * (HEIGHT + GAP_Y))
    return places


def _edges(team: Team, places: dict[str, tuple[int, int]]) -> list[str]:
    """Draw every handoff. Those that lead on are labelled; of the others the label is a tooltip, to keep it calm."""
    found = []
    for name in team.agents:
        for edge in team.edges(name):
            start, end = places[name], places[edge.to]
            found.append(_edge(start, end, _lanes(start, end, list(places.values())), edge.when))
    return found


def _lanes(start: tuple[int, int], end: tuple[int, int], boxes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return where a way back passes the columns between, each as (left side, height): above a box, not behind it."""
    level = (start[1] + end[1]) // 2
    columns = sorted({x for x, _ in boxes if end[0] < x < start[0]}, reverse=True)
    return [(x, min((y for at, y in boxes if at == x), key=lambda y: abs(y - level)) - GAP_Y // 2) for x in columns]


def _edge(start: tuple[int, int], end: tuple[int, int], lanes: list[tuple[int, int]], when: str) -> str:
    (x1, y1), (x2, y2) = start, end
    text = ""
    if x1 == x2:  # in one column: around the right side, further out the longer the way
        side, down = x1 + WIDTH, 1 if y2 > y1 else -1
        bend = side + ARC + ARC * abs(y2 - y1) // (HEIGHT + GAP_Y)
        a, b = y1 + HEIGHT // 2 + 12 * down, y2 + HEIGHT // 2 - 12 * down
        path = f"M{side} {a} C{bend} {a} {bend} {b} {side} {b}"
    else:
        forth = x2 > x1
        a, b = (x1 + WIDTH if forth else x1), (x2 if forth else x2 + WIDTH)
        shift = -8 if forth else 8  # there and back do not lie on each other
        ya, yb = y1 + HEIGHT // 2 + shift, y2 + HEIGHT // 2 + shift
        path = f"M{a} {ya}"
        for x, y in lanes:
            path += f"{_curve(a, ya, x + WIDTH, y)} H{x}"
            a, ya = x, y
        path += _curve(a, ya, b, yb)
        if forth and when:  # above its arrow's head, where lines have parted
            text = f'<text x="{b - 10}" y="{yb - 5}">{escape(shorten(when, LABEL, placeholder=" …"))}</text>'
    tooltip = f"<title>{escape(when)}</title>" if when else ""
    return f'<g class="edge">{tooltip}<path d="{path}" marker-end="url(#head)"/>{text}</g>'


def _curve(x1: int, y1: int, x2: int, y2: int) -> str:
    middle = (x1 + x2) // 2
    return f" C{middle} {y1} {middle} {y2} {x2} {y2}"


def _box(team: Team, name: str, place: tuple[int, int], active: str | None) -> str:
    x, y = place
    agent = team.agents[name]
    classes = ["agent"] + ["start"] * (name == team.start) + ["active"] * (name == active)
    about = escape(shorten(agent.description or f"voice {agent.voice}", 28, placeholder=" …"))
    middle = x + WIDTH // 2
    return (
        f'<g id="agent-{name}" class="{" ".join(classes)}">'
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="10"/>'
        f'<text class="name" x="{middle}" y="{y + 25}" text-anchor="middle">{escape(name)}</text>'
        f'<text class="about" x="{middle}" y="{y + 43}" text-anchor="middle">{about}</text></g>'
    )
