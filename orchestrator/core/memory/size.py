"""How much memory something takes that was read from JSON, roughly: enough to bound what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

EACH = 64  # bytes of a value beside its characters


def size(value: Any) -> int:
    """Return the bytes of a value and of all that is in it."""
    if isinstance(value, str):
        return EACH + len(value)
    if isinstance(value, Mapping):
        return EACH + sum(size(key) + size(one) for key, one in value.items())
    if isinstance(value, list | tuple):
        return EACH + sum(map(size, value))
    return EACH
