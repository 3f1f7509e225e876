"""Garbage collection: what is loaded once at the start is never scanned again.

A full collection scans all objects and stops every call meanwhile: 30 ms for the modules of a server alone. While they
are being loaded it would run several times, and find nothing.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Collect nothing during the block, and never anything that exists at its end."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def again() -> None:
    """Collect what was loaded at the start too, and never look through the rest of it again.

    It takes as long as a full collection: for a moment at which no call is open. What belongs to a call would never be
    collected.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
