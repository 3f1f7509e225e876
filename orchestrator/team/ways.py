"""Ways through a graph: what leads on from each of its nodes, which a node without any may lack.

There are few nodes, and every command looks at them: a library for graphs takes longer to load than all of this.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)
Ways = Mapping[Node, Collection[Node]]  # node → those that follow it


def distances(ways: Ways[Node], start: Node) -> dict[Node, int]:
    """Return how many steps it takes to each node that can be reached, the nearest first."""
    found = {start: 0}
    for node in (waiting := [start]):
        for following in ways.get(node, ()):
            if following not in found:
                found[following] = found[node] + 1
                waiting.append(following)
    return found


def path(ways: Ways[Node], start: Node, end: Node) -> list[Node]:
    """Return the nodes of a shortest way, both ends included; [] when there is none."""
    before = {start: start}
    for node in (waiting := [start]):
        for following in ways.get(node, ()):
            if following not in before:
                before[following] = node
                waiting.append(following)
    if end not in before:
        return []
    steps = [end]
    while steps[-1] != start:
        steps.append(before[steps[-1]])
    return steps[::-1]


def circles(ways: Ways[Node]) -> Iterator[list[Node]]:
    """Yield a shortest circle for each step that closes one, each once; it begins with the first of its nodes."""
    order, known = {node: place for place, node in enumerate(ways)}, set[tuple[Node, ...]]()
    for node, following in ((node, one) for node, several in ways.items() for one in several):
        if not (circle := path(ways, following, node)):
            continue
        at = min(range(len(circle)), key=lambda place: order[circle[place]])
        circle = [*circle[at:], *circle[:at]]
        if tuple(circle) not in known:
            known.add(tuple(circle))
            yield circle
