"""Threads for functions that are not `async`, so that a slow function delays no call."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any


class Threads:
    """The threads of one tool, at most `limit` at a time; further runs wait for a free one.

    A thread cannot be stopped: a function that hangs keeps its thread. Since each tool has its own limit, it does not
    starve other tools; since the threads are daemons, it does not keep the process from stopping, which a
    `ThreadPoolExecutor` would.
    """

    def __init__(self, limit: int) -> None:
        # One permit for each thread that may run.
        self._permits = asyncio.Semaphore(limit)

    async def run(self, function: Callable[[], Any], name: str) -> Any:
        """Run a function in a thread called `name`; return its result or raise its exception.

        When this is cancelled the thread runs on; its permit is free again when the function ends.
        """
        await self._permits.acquire()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[tuple[Any, Exception | None]] = loop.create_future()
        context = contextvars.copy_context()

        def work() -> None:
            ended = _attempt(context, function)
            with suppress(RuntimeError):  # the event loop has closed, and nobody waits any more
                loop.call_soon_threadsafe(self._end, outcome, ended)

        try:
            Thread(target=work, name=name, daemon=True).start()
        except RuntimeError:  # the system cannot start another thread
            self._permits.release()
            raise
        result, error = await outcome
        if error is not None:
            raise error
        return result

    def _end(self, outcome: asyncio.Future[Any], ended: tuple[Any, Exception | None]) -> None:
        self._permits.release()
        if not outcome.done():
            outcome.set_result(ended)


def _attempt(context: contextvars.Context, function: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return context.run(function), None
    except Exception as error:
        return None, error
    except BaseException as error:  # `sys.exit()` must only end this function, not the server
        return None, RuntimeError(type(error).__name__)
