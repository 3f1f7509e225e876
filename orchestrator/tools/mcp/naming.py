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


def named(tools: Sequence[tuple[str, str]], taken: Collection[str], sure: Collection[int] = ()) -> list[str | None]:
    """Return the names of tools, each given as its server and its own name; None for one that none is left for.

    Of tools that would have the same name, or one that is taken by something else, each has its server's before it.
    `sure` are those that the team file names in full: another server that lists a tool of such a name does not rename
    them, so that the rules of the team still hold for them.
    """
    plain = [valid(name) for _, name in tools]
    often = Counter(plain)
    meant = Counter(plain[index] for index in sure)
    used, found = set(taken), list[str | None]()
    for index, ((server, _), name) in enumerate(zip(tools, plain, strict=True)):
        keeps = often[name] == 1 or (index in sure and meant[name] == 1)
        whole = name if keeps and name not in taken else valid(f"{server}__{name}")
        found.append(None if whole in used else whole)
        used.add(whole)
    return found
