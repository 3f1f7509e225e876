"""Who gets the finished calls of each team, and from which outbox.

A team has one outbox, whatever version its calls were of: who is named by its current version gets them all.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from orchestrator.gateway.teams.version import Version
from orchestrator.records import Records
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.deliveries import Deliveries
from orchestrator.records.outbox.memory import MemoryOutbox
from orchestrator.records.outbox.parties import Parties
from orchestrator.records.outbox.stored import StoredOutbox
from orchestrator.tools.hooks import AfterTool

FUNCTION_SECONDS = 60.0  # for a function that is given a call: nobody waits for it
Receiver = Callable[[Delivery], Awaitable[None]]


class HandingOn:
    """Delivers the finished calls of all teams while the server runs."""

    def __init__(self, records: Records | None) -> None:
        # Where calls are recorded; None: nowhere, and finished ones wait in memory.
        self._records = records
        # Name of a team → what delivers its calls.
        self.deliveries: dict[str, Deliveries] = {}
        # Where they deliver, while the server runs; set when it stops.
        self._group: asyncio.TaskGroup | None = None
        self._stopping = asyncio.Event()

    def prepare(self, version: Version) -> None:
        """Let the calls of a version be handed on, if its team file names somebody."""
        found = receiver_of(version)
        if found is None:
            return
        receiver, seconds = found
        deliveries = self.deliveries.get(version.name)
        if deliveries is None:
            outbox = StoredOutbox(self._records.archive.database, version.name) if self._records else MemoryOutbox()
            deliveries = self.deliveries[version.name] = Deliveries(outbox, receiver, seconds=seconds)
            self._start(version.name, deliveries)
        version.keeping.parties = Parties(version.team, deliveries)

    def turn(self, version: Version) -> None:
        """Hand the calls of a team to whom its current version names; to whom they were handed if it names nobody."""
        found = receiver_of(version)
        if found is not None:
            self.deliveries[version.name].give_to(*found)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver while the block lasts."""
        async with asyncio.TaskGroup() as self._group:
            for name, deliveries in self.deliveries.items():
                self._start(name, deliveries)
            try:
                yield
            finally:
                self._group = None
                self._stopping.set()

    def _start(self, name: str, deliveries: Deliveries) -> None:
        if self._group is not None:
            self._group.create_task(self._deliver(deliveries), name=f"deliveries:{name}")

    async def _deliver(self, deliveries: Deliveries) -> None:
        async with deliveries.running():
            await self._stopping.wait()


def receiver_of(version: Version) -> tuple[Receiver, float] | None:
    """Return who is given the finished calls of a version, and how long they have; None if nobody is named."""
    after, function = version.team.after_call, version.hooks.after
    if after is None:
        return None
    if after.url is not None and after.secret is not None:
        from orchestrator.records.outbox.posting import SECONDS, Posting

        return Posting(after.url, after.secret.get_secret_value()), SECONDS
    assert function is not None  # a team that is whole has one of both
    return _given_to(function), FUNCTION_SECONDS


def _given_to(function: AfterTool) -> Receiver:
    async def give(delivery: Delivery) -> None:
        await function.run(json.loads(delivery.body))

    return give
