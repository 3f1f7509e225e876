"""Arguments of tools that are shown nowhere (`hide`): the tool gets them, and nobody else sees their values."""

from __future__ import annotations

import json
from collections.abc import Collection

HIDDEN = "•••"


def shown(arguments: str, hidden: Collection[str]) -> str:
    """Return arguments as they may be shown; all of what cannot be read is hidden."""
    if not hidden or not arguments:
        return arguments
    try:
        given = json.loads(arguments)
    except (ValueError, RecursionError):
        return HIDDEN
    if not isinstance(given, dict):
        return HIDDEN
    if not given.keys() & set(hidden):
        return arguments
    return json.dumps({name: HIDDEN if name in hidden else value for name, value in given.items()}, ensure_ascii=False)
