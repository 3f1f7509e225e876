"""SIGHUP: read the files of all teams again; from a terminal that has been closed, stop."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STANDARD_INPUT = 0


@contextmanager
def on_hang_up(reload: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
    """Call `reload` in the running event loop with each SIGHUP while the block lasts.

    A terminal that is closed sends it too, and a server that was started there must not stay behind, unseen: then
    `stop` is called.
    """
    if not hasattr(signal, "SIGHUP"):  # Windows
        yield
        return
    loop, at_terminal = asyncio.get_running_loop(), os.isatty(STANDARD_INPUT)

    def hung_up() -> None:
        (stop if at_terminal and not os.isatty(STANDARD_INPUT) else reload)()

    before = signal.getsignal(signal.SIGHUP)
    loop.add_signal_handler(signal.SIGHUP, hung_up)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGHUP)
        signal.signal(signal.SIGHUP, before)
