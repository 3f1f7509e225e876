"""One call that a node holds: what its caller is told, and what becomes of it when another has it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
import structlog

from orchestrator.core import events as ev
from orchestrator.core.takeover.checkpoint import CheckpointError
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.fleet.port import Claimed
from orchestrator.gateway.resuming import holding as holding_module
from orchestrator.gateway.resuming import journal
from orchestrator.gateway.resuming.holding import FENCED, Holding
from tests.gateway.resuming.fleets import Store

HEADER = {"call": "sess_1", "seed": "abc", "team": "helpdesk", "hash": "f00d", "agent": "front"}


class Call:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Mapping[str, Any]]] = []
        self.left: list[str] = []
        self.known: bytes | None = None

    def checkpoint(self) -> bytes | None:
        if self.known == b"broken":
            raise CheckpointError("it is broken")
        return self.known

    def let_go(self, reason: str) -> None:
        self.left.append(reason)

    def tell_of_resuming(self, name: str, fields: Mapping[str, Any]) -> None:
        self.told.append((name, fields))


def begun(store: Store, **said: Any) -> tuple[Holding, Call]:
    """Hold a call on a node."""
    holding, call = Holding(store.node("one"), HEADER, 0.0, **said), Call()
    holding.begin(call, lambda: {"session": {}})
    return holding, call


async def test_the_header_says_what_is_known_before_the_first_event() -> None:
    """What the server knows, and what the caller's side does; lines follow."""
    store = Store()
    holding, call = begun(store)
    holding.journal.observe(ev.CallerCleared(), [], 1.0)
    await asyncio.sleep(0)  # in which it is written

    assert store.calls["sess_1"].header == {**HEADER, "session": {}}
    assert len(store.calls["sess_1"].lines) == 1
    ((name, told),) = call.told
    assert (name, told["seconds"], told["index"]) == ("resumable", 120, 0)


async def test_what_was_counted_is_written_before_a_call_is_given_up() -> None:
    """Audio of the last second is not lost on purpose."""
    store = Store()
    holding, _ = begun(store)
    holding.journal.observe(ev.CallerSpoke("frame", 20.0), [], 1.0)
    assert store.calls["sess_1"].lines == []
    holding.release()

    assert len(store.calls["sess_1"].lines) == 1
    assert store.calls["sess_1"].state == "released"
    assert not holding.resumable


async def test_a_call_that_another_node_has_is_let_go_of() -> None:
    """And the other tells its caller where it comes from."""
    store = Store()
    holding, call = begun(store)
    two = store.node("two")
    claimed = await two.claim(str(call.told[0][1]["token"]))
    assert isinstance(claimed, Claimed)
    again, other = Holding(two, claimed.header, 0.0, claimed, CallTakenOver()), Call()
    again.begin(other, dict)

    assert call.left == [FENCED]
    assert [name for name, _ in other.told] == ["resumed", "resumable"]
    assert other.told[0][1]["from"] == "one"
    assert again.seed == "abc"
    assert not holding.resumable


async def test_that_there_is_no_coming_back_is_said_once() -> None:
    """Whoever notices it: the gateway, or the fleet."""
    store = Store()
    holding, call = begun(store)
    holding.strand()
    holding.stranded()

    assert [fields["seconds"] for _, fields in call.told] == [120, 0]


async def test_who_joins_others_cannot_come_back() -> None:
    """They are told so at the beginning; their call can be found all the same."""
    store = Store()
    _, call = begun(store, alone=False)

    assert [(fields["token"], fields["seconds"]) for _, fields in call.told] == [(None, 0)]
    assert await store.node("two").find("sess_1") is not None


async def test_a_journal_that_cannot_be_written_is_given_up() -> None:
    """A gap in it would make another call of it; this one goes on here."""
    store = Store()
    holding, call = begun(store)
    with pytest.raises(TypeError):
        holding.journal.observe(object(), [], 1.0)  # type: ignore[arg-type]

    assert store.calls["sess_1"].stranded
    assert call.told[-1][1]["seconds"] == 0


async def test_a_journal_is_summed_up_in_a_moment_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is looked for one after each line, once they are enough; what cannot be summed up is tried again later."""
    for module in (journal, holding_module):
        monkeypatch.setattr(module, "EVERY", 2)
    store = Store()
    holding, call = begun(store)

    async def wrote(count: int) -> tuple[int, bytes] | None:
        for _ in range(count):
            holding.journal.observe(ev.CallerCleared(), [], 1.0)
        holding.write()
        await asyncio.sleep(0)
        return store.calls["sess_1"].checkpoint

    assert await wrote(2) is None  # no moment for it
    call.known = b"state"
    assert await wrote(1) == (2, b"state")
    call.known = b"broken"
    with structlog.testing.capture_logs() as logs:
        assert await wrote(2) == (2, b"state")
        assert await wrote(1) == (2, b"state")
    call.known = b"later"
    assert await wrote(1) == (5, b"later")
    holding.end()
    call.known = b"last"
    assert await wrote(5) == (5, b"later")

    assert [line["event"] for line in logs] == ["no checkpoint of the call"]
