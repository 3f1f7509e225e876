"""Odd values at every place of an event, for tests that hold a protocol against nonsense."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

Path = tuple[str | int, ...]
Event = dict[str, Any]

DEEP: Any = []
for _ in range(50):
    DEEP = [DEEP]
DEEPER: Any = {"deep": DEEP}
for _ in range(100):
    DEEPER = {"deep": DEEPER}
GONE = object()  # nothing at all at this place
VALUES: list[Any] = [
    GONE, None, True, 7, -1, 1.5, 10**30, "", "nonsense", "x" * 20_000, "\ud800", "\0", [], [None], {}, {"type": 7},
    {"type": "nonsense"}, {"surprise": 1}, DEEP, DEEPER, float("1e308"), "&&&&",
]  # fmt: skip


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the path of everything in a value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield (*at, key)
        yield from places(one, (*at, key))


def changed(event: Event, path: Path, value: Any) -> Event:
    """Return a copy of an event with another value at a place, or with nothing there."""
    copied: Event = json.loads(json.dumps(event))  # nothing in it is shared
    inside = at(copied, path[:-1])
    if value is GONE:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return copied


def at(event: Event, path: Path) -> Any:
    """Return what is at a place."""
    inside: Any = event
    for key in path:
        inside = inside[key]
    return inside


def written(path: Path) -> str:
    """Write a path as `param` does: `session.tools[0].name`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
