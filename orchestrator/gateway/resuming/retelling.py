"""Those who keep calls are told what happened in one before it was taken over, when its caller has long been back.

One call after the other, in the order in which they were taken over, in pieces of two milliseconds with pauses between
them, which are long while callers come back: those, and calls that go on, come first. When the server stops, there are
no pauses.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from time import thread_time

import structlog

from orchestrator.gateway.open_call import OpenCall

LATER = 2.0  # seconds after a caller came back in which others are likely to
WORK = 0.002  # seconds of processor time, as somebody else may have the processor meanwhile
REST, LONG_REST = 0.004, 0.04  # seconds after that; and while callers come back
STOPPING = 5.0  # seconds in which the rest is told when the server stops
log = structlog.get_logger("orchestrator")


class Retelling:
    """Calls of which the past is to be told."""

    def __init__(self) -> None:
        # Held by the call that is being restored: they are, one after the other, in the order in which callers come.
        self.turn = asyncio.Lock()
        # The calls, each with its past.
        self._calls: deque[tuple[OpenCall, Iterator[None]]] = deque()
        # Until when callers are likely to come back, in the clock of the event loop.
        self._busy_until = 0.0
        # Set while there are some; set while there are none.
        self._some, self._none = asyncio.Event(), asyncio.Event()
        self._none.set()
        # Set when there is no time for pauses.
        self._hurry = asyncio.Event()

    def came_back(self) -> None:
        """Leave the processor to callers who come back, of whom one just did."""
        self._busy_until = asyncio.get_running_loop().time() + LATER

    def add(self, call: OpenCall, past: Iterator[None]) -> None:
        """Tell the past of a call some time."""
        self._calls.append((call, past))
        self._none.clear()
        self._some.set()

    async def run(self) -> None:
        """Tell the past of calls for as long as the application runs."""
        while True:
            await self._some.wait()
            call, past = self._calls[0]
            try:
                await self._tell(call, past)
            except Exception:
                log.exception("the past of a call is not kept", call=call.call_id)
            finally:
                self._calls.popleft()
            if not self._calls:
                self._some.clear()
                self._none.set()

    async def finish(self) -> None:
        """Tell all that is left, for a bounded time."""
        self._hurry.set()
        try:
            await asyncio.wait_for(self._none.wait(), STOPPING)
        except TimeoutError:
            log.warning("the server stops before the records of its calls are whole", calls=len(self._calls))

    async def _tell(self, call: OpenCall, past: Iterator[None]) -> None:
        await self._rest()
        began = thread_time()
        for _ in past:
            if call.left:
                return
            if thread_time() - began > WORK:
                await self._rest()
                began = thread_time()

    async def _rest(self) -> None:
        if self._hurry.is_set():
            await asyncio.sleep(0)
            return
        busy = asyncio.get_running_loop().time() < self._busy_until
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), LONG_REST if busy else REST)
