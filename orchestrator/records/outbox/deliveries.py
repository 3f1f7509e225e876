"""Hands finished calls on, one or more times each: a call that is not taken is tried again, after longer and longer.

Nothing of it is in the way of a call. Limits, and what happens at them: `AT_ONCE` tries run at a time; a call that
cannot be put into the outbox, as the database cannot be used, waits in memory with `UNKEPT` others, then the oldest is
dropped and logged; after the last of `PAUSES` a call is given up, which is logged.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog

from orchestrator.log import without_secrets
from orchestrator.records.database import RecordsError
from orchestrator.records.outbox import Delivery, Outbox

PAUSES = (10.0, 60.0, 300.0, 1800.0, 7200.0, 21_600.0, 43_200.0)  # seconds before each further try
AT_ONCE = 8
UNKEPT = 1000
POLL = 10.0  # seconds between two looks for what another process has left
MARGIN = 30.0  # seconds that a lease is longer than a try
STOP_SECONDS = 5.0
LONGEST_REASON = 500  # characters
log = structlog.get_logger("orchestrator")


class Deliveries:
    """Delivers the finished calls of one team while the server runs."""

    def __init__(
        self,
        outbox: Outbox,
        receiver: Callable[[Delivery], Awaitable[None]],
        *,
        seconds: float,
        pauses: Sequence[float] = PAUSES,
        poll: float = POLL,
    ) -> None:
        # Where calls wait, and who is given them: it raises when it does not take one.
        self._outbox, self._receiver = outbox, receiver
        # How long a try may take, how long is waited before the others, and between two looks.
        self._seconds, self._pauses, self._poll = seconds, pauses, poll
        # Calls that are not in the outbox yet: id, what writes them, and what is done when they are there.
        self._unkept: deque[tuple[str, Callable[[], str], Callable[[], None]]] = deque()
        # The tries that run, by the ids of their calls.
        self._trying: dict[str, asyncio.Task[None]] = {}
        # Set when there may be something to do.
        self._news = asyncio.Event()
        # The outbox cannot be used, and the log says so; the server stops.
        self._failing = self._stopping = False

    def give_to(self, receiver: Callable[[Delivery], Awaitable[None]], seconds: float) -> None:
        """Give calls to somebody else from the next try on."""
        self._receiver, self._seconds = receiver, seconds

    def add(self, call_id: str, write: Callable[[], str], then: Callable[[], None] = lambda: None) -> None:
        """Deliver a finished call; returns at once.

        `write` returns it as JSON, and is called in a thread; `then` is called when it is in the outbox, or dropped.
        """
        if len(self._unkept) >= UNKEPT:
            dropped, _, let_go = self._unkept.popleft()
            log.warning("finished call dropped", call=dropped, reason="the outbox cannot be used")
            let_go()
        self._unkept.append((call_id, write, then))
        self._news.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver while the block lasts; then what is due is tried once more, within `STOP_SECONDS`."""
        async with asyncio.TaskGroup() as group:
            working = group.create_task(self._run(group), name="deliveries")
            try:
                yield
            finally:
                self._stopping = True
                self._news.set()
                await asyncio.wait({working}, timeout=STOP_SECONDS)
                for task in (working, *self._trying.values()):
                    task.cancel()
        if lost := len(self._unkept) + self._outbox.volatile:
            log.warning("finished calls are lost", calls=lost, reason="they were not delivered, nor kept in a database")

    async def _run(self, group: asyncio.TaskGroup) -> None:
        while True:
            self._news.clear()
            await self._keep()
            for delivery in await self._due():
                task = group.create_task(self._try(delivery), name=f"deliver:{delivery.id}")
                self._trying[delivery.id] = task
                task.add_done_callback(partial(self._tried, delivery.id))
            if self._stopping:
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._poll)
        if self._trying:
            await asyncio.wait(self._trying.values())

    def _tried(self, call_id: str, _: asyncio.Task[None]) -> None:
        self._trying.pop(call_id)
        self._news.set()

    async def _keep(self) -> None:
        """Put finished calls into the outbox, while it can be used."""
        while self._unkept:
            call_id, write, then = self._unkept[0]
            if not await self._do(partial(_put, self._outbox, call_id, write)):
                return
            if self._unkept and self._unkept[0][0] == call_id:  # it may have been dropped meanwhile
                self._unkept.popleft()
                then()

    async def _due(self) -> list[Delivery]:
        found: list[Delivery] = []
        if free := AT_ONCE - len(self._trying):
            lease, busy = self._seconds + MARGIN, list(self._trying)
            await self._do(lambda: found.extend(self._outbox.due(lease, free, busy)))
        return found

    async def _try(self, delivery: Delivery) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._receiver(delivery)
        except asyncio.CancelledError:
            await self._do(lambda: self._outbox.release(delivery))
            raise
        except TimeoutError:
            await self._refused(delivery, f"it took longer than {self._seconds:g} seconds")
        except Exception as error:
            # A function of the team may name a key in it; what is cut is looked at a little beyond the cut.
            reason = without_secrets(f"{type(error).__name__}: {error}"[: 2 * LONGEST_REASON])
            await self._refused(delivery, reason[:LONGEST_REASON])
        else:
            log.info("finished call delivered", call=delivery.id, tries=delivery.tries + 1)
            await self._do(lambda: self._outbox.done(delivery))

    async def _refused(self, delivery: Delivery, reason: str) -> None:
        """Try later, or give up."""
        known = {"call": delivery.id, "tries": delivery.tries + 1, "reason": reason}
        if delivery.tries >= len(self._pauses):
            log.error("finished call given up", **known)
            await self._do(lambda: self._outbox.failed(delivery, reason))
            return
        pause = self._pauses[delivery.tries] * random.uniform(0.9, 1.1)  # not all at once, after a receiver was away
        log.warning("finished call not taken", **known, again_in=round(pause, 1))
        await self._do(lambda: self._outbox.later(delivery, pause, reason))
        if pause < self._poll:
            asyncio.get_running_loop().call_later(pause, self._news.set)

    async def _do(self, work: Callable[[], object]) -> bool:
        """Do something with the outbox in a thread; return whether it could be done. A lease that is left runs out."""
        try:
            await asyncio.to_thread(work)
        except RecordsError as error:
            if not self._failing:
                self._failing = True
                log.warning("finished calls cannot be kept now", reason=str(error))
            return False
        if self._failing:
            self._failing = False
            log.info("finished calls are kept again")
        return True


def _put(outbox: Outbox, call_id: str, write: Callable[[], str]) -> None:
    """Write a finished call, and put it into the outbox."""
    try:
        body = write()
    except Exception:  # a mistake of ours: it is no better at the next try
        log.exception("finished call cannot be written", call=call_id)
    else:
        outbox.put(Delivery(call_id, body))
