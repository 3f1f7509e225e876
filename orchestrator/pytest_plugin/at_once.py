"""Results that are there at once, and can be awaited nevertheless.

So one API serves tests that are plain functions and those that are `async`, on whichever event loop: nothing of a test
waits for it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Self


class AtOnce:
    """Something that can be awaited, which takes no time and gives itself."""

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Self]:
        """Give what is awaited, at once."""
        yield from ()
        return self


class Said(AtOnce, str):
    """What the team has said, its answers in order, with a space between two: a `str` that can be awaited."""

    __slots__ = ()
