"""Odd values for every place of an event, for tests that feed nonsense to a protocol."""

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
ABSENT = object()  # remove the key or element
VALUES: list[Any] = [
    ABSENT, None, True, 7, -1, 1.5, 10**30, "", "nonsense", "x" * 20_000, "\ud800", "\0", [], [None], {}, {"type": 7},
    {"type": "nonsense"}, {"surprise": 1}, DEEP, DEEPER, float("1e308"), "&&&&",
]  # fmt: skip


def places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the path of each key and element of a value, at any depth."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield (*at, key)
        yield from places(child, (*at, key))


def replaced(event: Event, path: Path, value: Any) -> Event:
    """Return a copy of an event with another value at a path, or without what is there (`ABSENT`)."""
    copied: Event = json.loads(json.dumps(event))  # deep
    inside = at(copied, path[:-1])
    if value is ABSENT:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return copied


def at(event: Event, path: Path) -> Any:
    """Return what is at a path."""
    inside: Any = event
    for key in path:
        inside = inside[key]
    return inside


def as_param(path: Path) -> str:
    """Return a path in the form of an error's `param`: `session.tools[0].name`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path).removeprefix(".")
