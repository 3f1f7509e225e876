"""Who gets the finished calls of a team, and from which outbox."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from orchestrator.gateway.calls import Calls
from orchestrator.records import records_for
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.memory import MemoryOutbox
from orchestrator.records.outbox.posting import Posting
from orchestrator.records.outbox.stored import StoredOutbox
from orchestrator.server.handing_on import FUNCTION_SECONDS, deliveries_for, hand_on
from orchestrator.settings import Settings
from orchestrator.team import Team
from orchestrator.tools.hooks import after_tool
from tests.core.scene import team

TEAM = "team: t\n{}\nagents: {{front: {{instructions: Hi}}}}\n"
ADDRESS = 'after: {url: "https://crm.example.com/", secret: abcdefghijklmnop}'


def serving(of: Team) -> Calls:
    """Return the calls of a team."""
    return Calls(team=of, tools={}, providers={}, models={}, settings=Settings())


async def test_nobody_is_named() -> None:
    """Then nothing is collected, and nothing runs."""
    calls = serving(team(TEAM.format("")))
    async with hand_on(calls, None, None)():
        assert calls.watching.keeping.parties is None


def test_an_address_is_posted_to(tmp_path: Path) -> None:
    """From the database that calls are recorded in, if they are."""
    of = team(TEAM.format(ADDRESS))
    for address, kind in (("none", MemoryOutbox), (f"sqlite:///{tmp_path}/calls.db", StoredOutbox)):
        deliveries = deliveries_for(of, None, records_for(Settings(records=address)))
        assert deliveries is not None
        assert isinstance(deliveries._outbox, kind)
        assert isinstance(deliveries._receiver, Posting)


async def test_a_function_is_given_the_call() -> None:
    """As a mapping; nobody waits for it, so that it has more time than an address."""
    got: list[Any] = []
    of, function = team(TEAM.format("after: crm.py:keep")), after_tool("keep", got.append)
    deliveries = deliveries_for(of, function, None)
    assert deliveries is not None
    await deliveries._receiver(Delivery("sess_1", '{"id": "sess_1"}'))

    assert got == [{"id": "sess_1"}]
    calls = serving(of)
    async with hand_on(calls, function, None)():
        assert calls.watching.keeping.parties is not None
    assert deliveries._seconds == FUNCTION_SECONDS
