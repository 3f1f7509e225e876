"""Which operations of a file are tools: those that `allow` names, or all of a small file."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from orchestrator.tools.openapi.operations import Listed

MOST = 12  # tools of one file without `allow`: with more, a model often takes the wrong one
SHOWN = 20  # names in a message


class NotAllowed(Exception):
    """`allow` does not say which operations are tools: what is wrong, what to do, and which of its patterns."""

    def __init__(self, what: str, remedy: str, pattern: int | None = None) -> None:
        super().__init__(what)
        self.remedy, self.pattern = remedy, pattern


def allowed(listed: Sequence[Listed], patterns: Sequence[str] | None) -> list[Listed]:
    """Return the operations that are tools, in the order of the file; raises `NotAllowed`."""
    if patterns is None:
        if len(listed) > MOST:
            what = f"the file has {len(listed)} operations, and an agent cannot use so many"
            raise NotAllowed(what, f"Write `allow: [{listed[0].id}, …]` with those that it needs.")
        return list(listed)
    for index, pattern in enumerate(patterns):
        if not any(_fits(one, pattern) for one in listed):
            raise NotAllowed(f"no operation is called {pattern!r}", _hint(pattern, listed), index)
    return [one for one in listed if any(_fits(one, pattern) for pattern in patterns)]


def _fits(one: Listed, pattern: str) -> bool:
    return fnmatchcase(one.id, pattern) or fnmatchcase(one.name, pattern)


def _hint(pattern: str, listed: Sequence[Listed]) -> str:
    names = {name.lower(): one.id for one in listed for name in (one.id, one.name)}
    close = get_close_matches(pattern.lower().strip("*"), names, 3, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(dict.fromkeys(repr(names[name]) for name in close))}?"
    shown = [one.id for one in listed[:SHOWN]]
    return f"There are: {', '.join(shown)}{', …' if len(listed) > SHOWN else ''}." if shown else "It has no operations."
