"""How long something computes, so that a test can say that it is in proportion to what it is given."""

from __future__ import annotations

import time
from collections.abc import Callable

TRIES = 3  # a machine that has much else to do is slower at times


def seconds(compute: Callable[[], object]) -> float:
    """Return the seconds that this thread needs; what other threads and programs do does not count."""
    began = time.thread_time()
    compute()
    return time.thread_time() - began


def takes_less_than(limit: float, compute: Callable[[], object]) -> bool:
    """Return whether it can be done in less than so many seconds."""
    return any(seconds(compute) < limit for _ in range(TRIES))
