"""Who gets the finished calls of a team, and from which outbox."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from orchestrator.gateway.calls import Calls
from orchestrator.records import Records
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.deliveries import Deliveries
from orchestrator.records.outbox.memory import MemoryOutbox
from orchestrator.records.outbox.parties import Parties
from orchestrator.records.outbox.stored import StoredOutbox
from orchestrator.team import Team
from orchestrator.tools.hooks import AfterTool

Delivering = Callable[[], AbstractAsyncContextManager[None]]
FUNCTION_SECONDS = 60.0  # for a function that is given a call: nobody waits for it


def hand_on(calls: Calls, function: AfterTool | None, records: Records | None) -> Delivering:
    """Let finished calls be handed on; return what makes the block in which they are delivered."""
    deliveries = deliveries_for(calls.team, function, records)
    if deliveries is None:
        return nullcontext
    calls.watching.keeping.parties = Parties(calls.team, deliveries)
    return deliveries.running


def deliveries_for(team: Team, function: AfterTool | None, records: Records | None) -> Deliveries | None:
    """Return what delivers the finished calls of a team; None if the team file names nobody."""
    after = team.after_call
    if after is None:
        return None
    outbox = MemoryOutbox() if records is None else StoredOutbox(records.archive.database, team.name)
    if after.url is not None and after.secret is not None:
        from orchestrator.records.outbox.posting import SECONDS, Posting

        return Deliveries(outbox, Posting(after.url, after.secret.get_secret_value()), seconds=SECONDS)
    assert function is not None  # a team that is whole has one of both
    return Deliveries(outbox, _given_to(function), seconds=FUNCTION_SECONDS)


def _given_to(function: AfterTool) -> Callable[[Delivery], Awaitable[None]]:
    async def give(delivery: Delivery) -> None:
        await function.run(json.loads(delivery.body))

    return give
