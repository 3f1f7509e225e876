"""Checkpoints of calls over real sockets: they are made in quiet moments, and calls go on from them."""

from __future__ import annotations

from typing import Any

import pytest
import structlog

from orchestrator.gateway.resuming import checkpoint, holding, journal
from orchestrator.testing import say
from tests.calls import CallerClient
from tests.gateway.resuming.nodes import Nodes, nodes
from tests.gateway.resuming.test_continuing import GREETED, OWN, knows, talk


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one be due after a few lines."""
    for module in (holding, journal):
        monkeypatch.setattr(module, "EVERY", 5)


def kept(both: Nodes, caller: CallerClient) -> tuple[int, bytes]:
    """Return the last checkpoint of a call."""
    found = both.store.calls[caller.call].checkpoint
    assert found is not None
    return found


def restored(logs: list[Any]) -> list[Any]:
    """Return why checkpoints were not used."""
    return [line["reason"] for line in logs if line["event"] == "the call is restored without its checkpoint"]


async def test_a_call_goes_on_from_its_checkpoint() -> None:
    """As it was: the history, the session object, the caller's own items and tools, and what agents know."""
    async with nodes() as both, both.one.caller() as caller:
        await caller.send("session.update", session={"type": "realtime", "tools": [OWN]})
        await caller.until("session.updated")
        await talk(both, caller)
        await talk(both, caller, "My name is Ada.")
        count, _ = kept(both, caller)
        await talk(both, caller, "And it is green.")
        both.store.calls[caller.call].lines[:count] = ["broken"] * count  # nobody needs them now
        await both.one.kill()
        with structlog.testing.capture_logs() as logs:
            async with both.two.back(caller) as again:
                await again.until("team.call.resumed")
                await knows(both, 1, "My invoice is wrong.", "My name is Ada.", "And it is green.")
                await talk(both, again, "Are you still there?", "Yes, I am.")

        assert count > 5
        assert restored(logs) == []
        assert again.of("session.created")[0]["session"]["tools"] == [OWN]
        last = caller.of("conversation.item.done")[-1]["item"]["id"]
        assert again.of("conversation.item.added")[0]["previous_item_id"] == last
        assert not {e["event_id"] for e in again.events} & {e["event_id"] for e in caller.events}


async def test_a_checkpoint_of_another_version_is_not_used() -> None:
    """All that is in the journal happens again instead."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await talk(both, caller, "My name is Ada.")
        count, written = kept(both, caller)
        both.store.calls[caller.call].checkpoint = count, bytes(checkpoint.STAMP) + written[checkpoint.STAMP :]
        await both.one.kill()
        with structlog.testing.capture_logs() as logs:
            async with both.two.back(caller) as again:
                await again.until("team.call.resumed")
                await knows(both, 1, "My invoice is wrong.", "My name is Ada.")

        assert restored(logs) == ["another version of the team or of this package has made it"]


async def test_no_checkpoint_is_made_while_somebody_speaks() -> None:
    """Nor while an answer is outstanding: the one that is there is from before."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        before = kept(both, caller)
        both.service.reply("front", say(GREETED, ms=60_000), pace=1.0)
        await caller.type("Tell me a long story.")
        await caller.until("response.output_audio.delta", len(caller.of("response.output_audio.delta")) + 1)

        assert kept(both, caller) == before
