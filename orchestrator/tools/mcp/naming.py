"""What models call the tools of servers: by the names of the servers, where these are valid and of one tool."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence

INVALID = re.compile(r"[^A-Za-z0-9_-]")
LONGEST = 64  # characters, as services take them


def valid(name: str) -> str:
    """Return a name that services take."""
    return INVALID.sub("_", name)[:LONGEST]


def named(tools: Sequence[tuple[str, str]], taken: Collection[str]) -> list[str | None]:
    """Return the names of tools, each given as its server and its own name; None for one that none is left for.

    Of tools that would have the same name, or one that is taken by something else, each has its server's before it.
    """
    plain = [valid(name) for _, name in tools]
    often = Counter(plain)
    used, found = set(taken), list[str | None]()
    for (server, _), name in zip(tools, plain, strict=True):
        whole = valid(f"{server}__{name}") if often[name] > 1 or name in taken else name
        found.append(None if whole in used else whole)
        used.add(whole)
    return found
