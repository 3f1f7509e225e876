"""Calls under way: each is handed on once, when its last caller has left."""

from __future__ import annotations

import json
from collections.abc import Callable

from orchestrator.core.memory.shared import Shared
from orchestrator.observe.facts import CallBegan
from orchestrator.records.outbox.deliveries import Deliveries
from orchestrator.records.outbox.memory import MemoryOutbox
from orchestrator.records.outbox.parties import Parties
from tests.core.scene import team

SHOP = team("team: shop\nagents: {front: {instructions: Hi}}\n")


class Kept(Deliveries):
    """Keeps what is to be delivered."""

    def __init__(self) -> None:
        super().__init__(MemoryOutbox(), None, seconds=1.0)  # type: ignore[arg-type]  # nothing is delivered
        self.calls: list[str] = []

    def add(self, call_id: str, write: Callable[[], str], then: Callable[[], None] = lambda: None) -> None:
        """Keep a call."""
        assert json.loads(write())["id"] == call_id
        self.calls.append(call_id)
        then()


def test_a_call_is_handed_on_when_its_last_caller_has_left() -> None:
    """Whoever of them that is."""
    kept, shared = Kept(), Shared(SHOP)
    parties = Parties(SHOP, kept)
    first, second = parties.come("sess_1", shared), parties.come("sess_1", shared)
    first(CallBegan(start=0.0, end=0.0, agent="front"))
    second(CallBegan(start=1.0, end=1.0, agent="front", seat="Anna"))
    done: list[str] = []
    parties.go("sess_1", 9.0, lambda: done.append("first"))
    assert (kept.calls, done) == ([], ["first"])
    parties.go("sess_1", 9.0, lambda: done.append("last"))

    assert done == ["first", "last"]
    assert kept.calls == ["sess_1"]
    assert parties._open == {}


def test_one_that_never_began_is_not() -> None:
    """Its caller did not connect, or hung up before an agent had them."""
    kept = Kept()
    parties = Parties(SHOP, kept)
    parties.come("sess_1", Shared(SHOP))
    done: list[str] = []
    parties.go("sess_1", 9.0, lambda: done.append("it"))

    assert (kept.calls, done) == ([], ["it"])
