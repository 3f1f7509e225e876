"""Names that services take, made of those in an OpenAPI file."""

from __future__ import annotations

import re
from collections.abc import Container

LONGEST = 64  # characters
UNUSABLE = re.compile(r"[^A-Za-z0-9_-]+")


def usable(*words: str) -> str:
    """Return a name of a function or an argument, made of these words."""
    return UNUSABLE.sub("_", "_".join(words)).strip("_")[:LONGEST] or "value"


def unlike(known: Container[str], *names: str) -> str:
    """Return the first of these names that is not known yet; else the last one with a number behind it."""
    for name in names:
        if name not in known:
            return name
    number = 2
    while (name := f"{names[-1][: LONGEST - 4]}_{number}") in known:
        number += 1
    return name
