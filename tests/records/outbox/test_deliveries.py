"""Handing finished calls on: until they are taken, whatever the receiver and the database do."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial
from pathlib import Path
from threading import Semaphore
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.records.database import Database, RecordsError
from orchestrator.records.outbox import Delivery, Outbox
from orchestrator.records.outbox import deliveries as module
from orchestrator.records.outbox.deliveries import Deliveries
from orchestrator.records.outbox.memory import MemoryOutbox
from orchestrator.records.outbox.stored import StoredOutbox, delivery
from orchestrator.records.tables import execute
from tests.patience import PATIENCE
from tests.test_hooks import until

SOON = (0.01, 0.01)  # the pauses before two further tries


class Crm:
    """Refuses the first calls, then takes them; may never answer."""

    def __init__(self, *, refusals: int = 0, silent: bool = False) -> None:
        self.refusals, self.silent = refusals, silent
        self.tries: list[Delivery] = []
        self.news = asyncio.Condition()

    async def __call__(self, delivery: Delivery) -> None:
        async with self.news:
            self.tries.append(delivery)
            self.news.notify_all()
        if self.silent:
            await asyncio.Event().wait()
        if len(self.tries) <= self.refusals:
            raise LookupError("no such customer")

    async def tried(self, count: int) -> None:
        """Wait for so many tries."""
        async with asyncio.timeout(PATIENCE), self.news:
            await self.news.wait_for(lambda: len(self.tries) >= count)


def deliveries(crm: Crm, outbox: Outbox | None = None, **how: Any) -> Deliveries:
    """Return what delivers to a receiver."""
    return Deliveries(outbox or MemoryOutbox(), crm, **{"seconds": PATIENCE, "pauses": SOON, "poll": 0.05, **how})


async def test_a_call_is_tried_until_it_is_taken() -> None:
    """Twice in vain, then not again; each failure is logged with its reason."""
    crm, outbox = Crm(refusals=2), MemoryOutbox()
    with capture_logs() as logs:
        working = deliveries(crm, outbox)
        async with working.running():
            working.add("sess_1", lambda: '{"id": "sess_1"}')
            await crm.tried(3)

    assert [(one.body, one.tries) for one in crm.tries] == [('{"id": "sess_1"}', tries) for tries in range(3)]
    assert outbox.volatile == 0
    assert [log["event"] for log in logs] == ["finished call not taken"] * 2 + ["finished call delivered"]
    assert logs[0]["reason"] == "LookupError: no such customer"


async def test_one_that_nobody_takes_is_given_up(tmp_path: Path) -> None:
    """After the last pause; it is kept as failed."""
    crm, database = Crm(refusals=9), Database(f"sqlite:///{tmp_path}/calls.db")
    with capture_logs() as logs:
        working = deliveries(crm, StoredOutbox(database, "shop"))
        async with working.running():
            working.add("sess_1", lambda: "{}")
            await crm.tried(3)

    assert len(crm.tries) == 3
    assert logs[-1]["event"] == "finished call given up"
    with database.connection() as connection:
        query = "SELECT call, tries, reason FROM outbox WHERE failed IS NOT NULL"
        assert execute(connection, query).fetchall() == [("sess_1", 3, "LookupError: no such customer")]


async def test_a_receiver_that_does_not_answer_is_not_waited_for() -> None:
    """It has its seconds, then the call is tried again."""
    crm = Crm(silent=True)
    with capture_logs() as logs:
        working = deliveries(crm, seconds=0.01, pauses=(0.01, 3600.0))
        async with working.running():
            working.add("sess_1", lambda: "{}")
            await crm.tried(2)

    assert logs[0]["reason"] == "it took longer than 0.01 seconds"
    assert logs[-1] == {
        "event": "finished calls are lost",
        "calls": 1,
        "reason": "they were not delivered, nor kept in a database",
        "log_level": "warning",
    }


async def test_what_is_not_delivered_when_the_server_stops_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A try that runs is cut; another process has the call at once, and does not wait for the lease."""
    monkeypatch.setattr(module, "STOP_SECONDS", 0.01)
    database = Database(f"sqlite:///{tmp_path}/calls.db")
    crm, other = Crm(silent=True), Crm()
    working = deliveries(crm, StoredOutbox(database, "shop"))
    async with working.running():
        working.add("sess_1", lambda: "{}")
        await crm.tried(1)
    async with deliveries(other, StoredOutbox(database, "shop")).running():
        await other.tried(1)

    assert [one.id for one in other.tries] == ["sess_1"]


async def test_a_call_that_ends_as_the_server_stops_is_tried() -> None:
    """Once, in the seconds that there are."""
    crm = Crm()
    working = deliveries(crm, poll=PATIENCE)
    async with working.running():
        working.add("sess_1", lambda: "{}")

    assert [one.id for one in crm.tries] == ["sess_1"]


class Unusable(MemoryOutbox):
    """An outbox that cannot be used until it is said to be right."""

    def __init__(self) -> None:
        super().__init__()
        self.right = False
        self.asked = Semaphore(0)

    def put(self, delivery: Delivery) -> None:
        """Fail, or keep a call."""
        self.asked.release()
        if not self.right:
            raise RecordsError("the disk is full")
        super().put(delivery)

    async def asked_often(self) -> None:
        """Wait until it was asked three times."""
        for _ in range(3):
            await asyncio.to_thread(self.asked.acquire, timeout=PATIENCE)


async def test_a_call_waits_for_a_database_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some do, in memory; the log says it once, and once when it is over."""
    monkeypatch.setattr(module, "UNKEPT", 2)
    crm, outbox, over = Crm(), Unusable(), list[str]()
    with capture_logs() as logs:
        working = deliveries(crm, outbox)
        async with working.running():
            for name in "abc":
                working.add(name, lambda: "{}", partial(over.append, name))
            await outbox.asked_often()
            assert over == ["a"]
            outbox.right = True
            await crm.tried(2)

    assert [one.id for one in crm.tries] == ["b", "c"]
    assert over == ["a", "b", "c"]
    said = [log["event"] for log in logs]
    assert said[:3] == ["finished call dropped", "finished calls cannot be kept now", "finished calls are kept again"]


async def test_calls_that_were_never_kept_are_lost_with_the_process() -> None:
    """And the log says how many."""
    with capture_logs() as logs:
        working = deliveries(Crm(), Unusable())
        async with working.running():
            working.add("a", lambda: "{}")

    assert (logs[-1]["event"], logs[-1]["calls"]) == ("finished calls are lost", 1)


async def test_a_call_that_cannot_be_written_is_in_nobodys_way() -> None:
    """A mistake of ours is logged, and the next call is delivered."""

    def broken() -> str:
        raise KeyError("a mistake of ours")

    crm = Crm()
    with capture_logs() as logs:
        working = deliveries(crm)
        async with working.running():
            working.add("a", broken)
            working.add("b", lambda: "{}")
            await crm.tried(1)

    assert [one.id for one in crm.tries] == ["b"]
    assert "finished call cannot be written" in [log["event"] for log in logs]


async def test_a_few_are_tried_at_a_time() -> None:
    """Others wait until one has ended."""
    crm = Crm(silent=True)
    working = deliveries(crm, seconds=0.05, pauses=())
    async with working.running():
        for number in range(module.AT_ONCE + 1):
            working.add(str(number), lambda: "{}")
        await crm.tried(module.AT_ONCE)
        assert len(working._trying) <= module.AT_ONCE
        await crm.tried(module.AT_ONCE + 1)


async def test_a_failure_is_kept_without_secrets(tmp_path: Path) -> None:
    """A function of the team may name a key in its exception, which who looks at the call is not to see."""

    async def refuse(_: Delivery) -> None:
        tried.set()
        raise LookupError(f"{'x' * 480} Authorization: Bearer abcdefgh12345678")

    tried, database = asyncio.Event(), Database(f"sqlite:///{tmp_path}/calls.db")
    working = Deliveries(StoredOutbox(database, "shop"), refuse, seconds=PATIENCE, pauses=())
    async with working.running():
        working.add("sess_1", lambda: "{}")
        await asyncio.wait_for(tried.wait(), PATIENCE)
    failed = delivery(database, "sess_1")

    assert failed is not None
    assert failed["error"].startswith("LookupError: xxx")
    assert "abcd" not in failed["error"]


async def test_somebody_else_may_take_over() -> None:
    """What was refused goes to them from then on."""
    old, new = Crm(refusals=99), Crm()
    working = deliveries(old)
    async with working.running():
        working.add("sess_1", lambda: '{"id": "sess_1"}')
        await old.tried(1)
        working.give_to(new, PATIENCE)
        await new.tried(1)

    assert new.tries[0].body == '{"id": "sess_1"}'


@pytest.mark.parametrize("stored", [False, True], ids=["memory", "database"])
async def test_a_clock_that_is_set_sends_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """Ahead of the lease, while a try runs: not by this process, nor by one beside it."""
    monkeypatch.setattr(module, "STOP_SECONDS", 0.01)
    real, set_by, looks = time.time, [0.0], Counter[str]()
    monkeypatch.setattr(time, "time", lambda: real() + set_by[-1])

    def watched(name: str, outbox: Outbox) -> Outbox:
        due = outbox.due

        def look(*asked: Any) -> list[Delivery]:
            looks[name] += 1
            return due(*asked)

        monkeypatch.setattr(outbox, "due", look)
        return outbox

    database = Database(f"sqlite:///{tmp_path}/calls.db")
    mine, crm, other = StoredOutbox(database, "shop") if stored else MemoryOutbox(), Crm(silent=True), Crm()
    here, beside = (
        deliveries(crm, watched("here", mine)),
        deliveries(other, watched("beside", StoredOutbox(database, "shop"))),
    )
    async with here.running():
        here.add("sess_1", lambda: "{}")
        await crm.tried(1)
        async with beside.running():
            for jump in (3600.0, -3600.0):
                set_by.append(jump)
                before = looks.copy()
                await until(lambda: all(looks[name] > before[name] + 2 for name in ("here", "beside")))  # noqa: B023
            tries = len(crm.tries) + len(other.tries)

    assert tries == 1
