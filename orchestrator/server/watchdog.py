"""Names what blocks the event loop, while it does: every call of the process stands still meanwhile.

Code that blocks, such as `time.sleep` in an `async` tool, cannot be interrupted, so the log has to tell who it is. A
thread looks at when the event loop ran last. When that is too long ago, it logs which task the loop is in and where; if
the loop waits instead, something holds the interpreter, and it logs where the threads of tools are.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import extract_stack

import structlog

from orchestrator.threads import places

EVERY = 0.1  # seconds between two looks
BLOCKED = 0.5  # seconds after which the loop is blocked: callers hear a gap
TOOL = "tool:"  # how the names of the threads of tools begin


@contextmanager
def watching() -> Iterator[None]:
    """Watch the running event loop while the block lasts."""
    watchdog = Watchdog(asyncio.get_running_loop())
    watchdog.start()
    try:
        yield
    finally:
        watchdog.stop()


class Watchdog:
    """Watches one event loop, from a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # The loop, its thread, and its timer.
        self._loop = loop
        self._thread = threading.get_ident()
        self._handle: asyncio.TimerHandle | None = None
        # When the loop ran last.
        self._beat = time.monotonic()
        # Set when it is to end.
        self._stopped = threading.Event()
        # The log.
        self._log = structlog.get_logger("orchestrator")

    def start(self) -> None:
        """Start watching."""
        self._tick()
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def stop(self) -> None:
        """Stop watching."""
        self._stopped.set()
        if self._handle is not None:
            self._handle.cancel()

    def _tick(self) -> None:
        self._beat = time.monotonic()
        self._handle = self._loop.call_later(EVERY, self._tick)

    def _watch(self) -> None:
        looked = time.monotonic()
        told: float | None = None  # the last beat before the block that was logged
        while not self._stopped.wait(EVERY):
            now, beat = time.monotonic(), self._beat
            if told is not None and beat != told:
                self._log.warning("event loop runs again", seconds=round(beat - told, 3))
                told = None
            held = now - looked - EVERY  # this thread, too, was kept from running
            if told is None and max(now - beat - EVERY, held) > BLOCKED:
                told = beat if now - beat > BLOCKED else None
                self._tell(round(max(now - beat, held), 3))
            looked = time.monotonic()

    def _tell(self, seconds: float) -> None:
        frames = sys._current_frames()
        task = asyncio.current_task(self._loop)
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        threads = {
            name: places(extract_stack(frame))
            for ident, frame in frames.items()
            if (name := names.get(ident, "")).startswith(TOOL)
        }
        where = places(extract_stack(frames[self._thread])) if task is not None else None
        self._log.error(
            "event loop is blocked", seconds=seconds, task=task and task.get_name(), where=where, tools=threads or None
        )
