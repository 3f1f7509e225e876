"""How long something computes, so that a test can say that it is in proportion to its input; and a clock that stops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest

TRIES = 3  # a machine that has much else to do is slower at times


def seconds(compute: Callable[[], object]) -> float:
    """Return the seconds that this thread needs; what other threads and programs do does not count."""
    began = time.thread_time()
    compute()
    return time.thread_time() - began


def takes_less_than(limit: float, compute: Callable[[], object]) -> bool:
    """Return whether it can be done in less than so many seconds."""
    return any(seconds(compute) < limit for _ in range(TRIES))


def stopped(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Stop the clock of the event loop until this is empty: on a busy machine a moment may pass between two lines."""
    loop = asyncio.get_running_loop()
    now, going = [loop.time()], loop.time
    monkeypatch.setattr(loop, "time", lambda: now[0] if now else going())
    return now
