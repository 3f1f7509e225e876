"""How long something computes, so that a test can say that it is in proportion to what it is given."""

from __future__ import annotations

import time
from collections.abc import Callable


def seconds(compute: Callable[[], object]) -> float:
    """Return the least time of three that this thread needs; what other threads and programs do does not count."""

    def once() -> float:
        began = time.thread_time()
        compute()
        return time.thread_time() - began

    return min(once() for _ in range(3))
