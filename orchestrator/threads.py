"""Threads for functions that are not `async`, so that a slow function delays no call; and threads that give way."""

from __future__ import annotations

import asyncio
import contextvars
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from traceback import FrameSummary
from typing import Any
from weakref import WeakKeyDictionary

import structlog

MOST_HANGING = 128  # threads of one tool that hang; each costs some 100 kB for as long as the process lives
SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 600.0  # seconds between two tries of a tool that hangs
BUSY = 1.0  # seconds of processor time, from which a function is reported: every call of the process had less of it
FRAMES = 5  # of a stack that are told
# What starts code, and says nothing of where it is: this package, `threading` and `asyncio`.
STARTERS = (f"{Path(__file__).parent}{os.sep}", str(threading.__file__), f"{Path(asyncio.__file__).parent}{os.sep}")

log = structlog.get_logger("orchestrator")


WORK, REST = 0.001, 0.004  # seconds


class GivingWay:
    """Lets the event loop go on between the pieces of work of a thread that computes for longer.

    The interpreter runs one thread at a time. The event loop gives it up whenever it looks for sockets, and a thread
    that computes then has it for milliseconds: with 120 calls audio was 9 ms late instead of 2.
    """

    def __init__(self) -> None:
        # When the thread last began to work.
        self._since = time.perf_counter()

    def __call__(self) -> None:
        """Rest, if the thread has worked for long enough."""
        if time.perf_counter() - self._since > WORK:
            time.sleep(REST)
            self._since = time.perf_counter()


class Hanging(Exception):
    """So many runs of a function hang that it is not started now."""


class Threads:
    """The threads of one tool: at most `limit` runs that somebody waits for; further ones wait for a free place.

    A thread cannot be stopped: a function that hangs keeps its thread, but not its place. Once `limit` of them hang,
    one more run is tried, then another after a pause that doubles each time; the first that ends in time closes the
    circuit again. With `MOST_HANGING` of them none is started until one ends. Since each tool has its own threads, it
    does not starve other tools; since they are daemons, they do not keep the process from stopping, which a
    `ThreadPoolExecutor` would.
    """

    def __init__(self, limit: int) -> None:
        # Runs that are wanted at a time, and one permit for each.
        self._limit = limit
        self._permits = asyncio.Semaphore(limit)
        # Runs that nobody waits for any more and that have not ended.
        self._hanging = 0
        # How long to wait between two tries, and when the next one may be.
        self._pause = self._next = 0.0

    async def run(self, function: Callable[[], Any], name: str) -> Any:
        """Run a function in a thread called `name`; return its result or raise its exception.

        When this is cancelled the thread runs on, and a note of the `CancelledError` says where it is. Raises `Hanging`
        when the function is not started because earlier runs of it hang.
        """
        await self._permits.acquire()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[tuple[Any, Exception | None]] = loop.create_future()
        context = contextvars.copy_context()

        def work() -> None:
            ended = _attempt(context, function, name)
            with suppress(RuntimeError):  # the event loop has closed, and nobody waits any more
                loop.call_soon_threadsafe(self._end, outcome, ended)

        thread = Thread(target=work, name=name, daemon=True)
        try:
            self._admit(loop.time())
            thread.start()
        except (Hanging, RuntimeError):  # or the system cannot start another thread
            self._permits.release()
            raise
        try:
            result, error = await _awaited(outcome, loop)
        except asyncio.CancelledError as cancelled:
            if outcome.cancelled():  # otherwise it ended in the same moment
                self._permits.release()
                self._hanging += 1
                cancelled.add_note(_place(thread))
            raise
        if error is not None:
            raise error
        return result

    def _admit(self, now: float) -> None:
        """Break the circuit while too many runs hang."""
        if self._hanging < self._limit:
            return
        if self._hanging >= MOST_HANGING or now < self._next:
            raise Hanging(f"{self._hanging} runs of it hang")
        self._pause = min(max(SHORTEST_PAUSE, 2 * self._pause), LONGEST_PAUSE)
        self._next = now + self._pause

    def _end(self, outcome: asyncio.Future[Any], ended: tuple[Any, Exception | None]) -> None:
        if outcome.done():
            self._hanging -= 1
            return
        self._permits.release()
        self._pause = self._next = 0.0
        outcome.set_result(ended)


# Event loop → how many runs it waits for.
_running: WeakKeyDictionary[asyncio.AbstractEventLoop, int] = WeakKeyDictionary()


def running(loop: asyncio.AbstractEventLoop) -> int:
    """Return how many runs an event loop waits for: a clock that is not the wall's stands still meanwhile."""
    return _running.get(loop, 0)


async def _awaited(outcome: asyncio.Future[Any], loop: asyncio.AbstractEventLoop) -> Any:
    _running[loop] = running(loop) + 1
    try:
        return await outcome
    finally:
        _running[loop] = running(loop) - 1


def places(frames: Iterable[FrameSummary]) -> str:
    """Return where code is, the innermost call first, without what started it."""
    found = list(frames)
    own = [each for each in found if not each.filename.startswith(STARTERS)] or found
    return " < ".join(f"{each.filename}:{each.lineno} {each.name}" for each in reversed(own[-FRAMES:]))


def _place(thread: Thread) -> str:
    frame = sys._current_frames().get(thread.ident or 0)
    return places(traceback.extract_stack(frame)) if frame else "its end"


def _attempt(context: contextvars.Context, function: Callable[[], Any], name: str) -> tuple[Any, Exception | None]:
    began = time.thread_time()
    try:
        return context.run(function), None
    except Exception as error:
        return None, error
    except BaseException as error:  # `sys.exit()` must only end this function, not the server
        return None, RuntimeError(type(error).__name__)
    finally:
        used = time.thread_time() - began
        if used > BUSY:
            context.run(log.warning, "a thread held the processor", thread=name, seconds=round(used, 3))
