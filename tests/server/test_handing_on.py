"""Who gets the finished calls of each team, and from which outbox."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from orchestrator.gateway.teams.version import Version
from orchestrator.records import records_for
from orchestrator.records.outbox import Delivery
from orchestrator.records.outbox.memory import MemoryOutbox
from orchestrator.records.outbox.posting import Posting
from orchestrator.records.outbox.stored import StoredOutbox
from orchestrator.server.handing_on import FUNCTION_SECONDS, HandingOn, receiver_of
from orchestrator.settings import Settings
from orchestrator.tools.hooks import Hooks, after_tool
from tests.core.scene import team
from tests.patience import PATIENCE

TEAM = "team: {0}\n{1}\nagents: {{{{front: {{{{instructions: Hi}}}}}}}}\n"
ADDRESS = 'after: {{url: "https://crm.example.com/", secret: abcdefghijklmnop}}'


def version(after: str = "", name: str = "t", **said: Any) -> Version:
    """Return a team."""
    return Version(team=team(TEAM.format(name, after).format()), **said)


def to(got: list[Any], name: str = "t") -> Version:
    """Return a team that hands its calls to a list."""
    return version("after: crm.py:keep", name, hooks=Hooks(after=after_tool("keep", got.append)))


async def test_nobody_is_named() -> None:
    """Then nothing is collected, and nothing runs."""
    mine, quiet = HandingOn(None), version()
    mine.prepare(quiet)
    async with mine.running():
        assert (mine.deliveries, quiet.keeping.parties) == ({}, None)


def test_an_address_is_posted_to(tmp_path: Path) -> None:
    """From the database that calls are recorded in, if they are."""
    for address, kind in (("none", MemoryOutbox), (f"sqlite:///{tmp_path}/calls.db", StoredOutbox)):
        mine = HandingOn(records_for(Settings(records=address)))
        mine.prepare(version(ADDRESS))
        assert isinstance(mine.deliveries["t"]._outbox, kind)
        assert isinstance(mine.deliveries["t"]._receiver, Posting)


async def test_a_function_is_given_the_call() -> None:
    """As a mapping; nobody waits for it, so that it has more time than an address."""
    got: list[Any] = []
    mine, served = HandingOn(None), to(got)
    mine.prepare(served)
    assert served.keeping.parties is not None
    found = receiver_of(served)
    assert found is not None
    receiver, seconds = found
    await receiver(Delivery("sess_1", '{"id": "sess_1"}'))

    assert (got, seconds) == ([{"id": "sess_1"}], FUNCTION_SECONDS)


class Told(list[Any]):
    """Calls, and when there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def append(self, call: Any) -> None:
        """Take a call, in any thread."""
        super().append(call)
        self.loop.call_soon_threadsafe(self.news.set)


async def test_each_team_hands_on_its_own_calls() -> None:
    """Also one that is served only when others are delivered already; what was edited last says to whom."""
    old, new, other = Told(), Told(), Told()
    mine = HandingOn(None)
    mine.prepare(to(old))
    async with asyncio.timeout(PATIENCE), mine.running():
        edited = to(new)
        mine.prepare(edited)
        mine.turn(edited)
        mine.prepare(to(other, "u"))
        for name, told in (("t", new), ("u", other)):
            mine.deliveries[name].add(f"sess_{name}", lambda name=name: f'{{"id": "{name}"}}')  # type: ignore[misc]
            await told.news.wait()

    assert (old, new, other) == ([], [{"id": "t"}], [{"id": "u"}])


async def test_after_going_back_calls_are_handed_to_the_version_before() -> None:
    """To nobody new when that names nobody."""
    old, new = Told(), Told()
    mine, before, edited = HandingOn(None), to(old), to(new)
    async with asyncio.timeout(PATIENCE), mine.running():
        for one in (before, edited):
            mine.prepare(one)
            mine.turn(one)
        mine.turn(before)
        mine.turn(version())
        mine.deliveries["t"].add("sess_1", lambda: '{"id": "sess_1"}')
        await old.news.wait()

    assert (old, new) == ([{"id": "sess_1"}], [])
