"""Where functions that are not `async` run: threads of their own, so that a slow one holds up no call."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any


class Threads:
    """Threads for one tool, at most `limit` at a time; more calls wait for their turn.

    A thread cannot be stopped: a function that hangs keeps its own. Because the limit is the tool's, it starves no
    other tool; because the threads are daemons, it does not keep the process from stopping (a `ThreadPoolExecutor`
    would wait for it).
    """

    def __init__(self, limit: int) -> None:
        # One place for each thread that may run.
        self._places = asyncio.Semaphore(limit)

    async def run(self, function: Callable[[], Any], name: str) -> Any:
        """Run a function in a thread called `name`; return or raise what it does.

        Cancelling leaves the thread to itself; its place is free again when it ends.
        """
        await self._places.acquire()
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[tuple[Any, Exception | None]] = loop.create_future()
        context = contextvars.copy_context()

        def work() -> None:
            ended = _attempt(context, function)
            with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                loop.call_soon_threadsafe(self._end, outcome, ended)

        try:
            Thread(target=work, name=name, daemon=True).start()
        except RuntimeError:  # the system has no thread to give
            self._places.release()
            raise
        result, error = await outcome
        if error is not None:
            raise error
        return result

    def _end(self, outcome: asyncio.Future[Any], ended: tuple[Any, Exception | None]) -> None:
        self._places.release()
        if not outcome.done():
            outcome.set_result(ended)


def _attempt(context: contextvars.Context, function: Callable[[], Any]) -> tuple[Any, Exception | None]:
    try:
        return context.run(function), None
    except Exception as error:
        return None, error
    except BaseException as error:  # `sys.exit()` and its like end this function, not the server
        return None, RuntimeError(type(error).__name__)
