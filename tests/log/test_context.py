"""What a line is about."""

from __future__ import annotations

import asyncio

from orchestrator.log.context import MASK, PEER, WORDS


async def test_each_task_has_its_own_peer_and_mask() -> None:
    """Whoever sets them sets them for its own request or call."""

    async def request(address: str) -> tuple[str, str]:
        PEER.set({"peer": address})
        MASK.set(lambda text: f"{address}: {text}")
        await asyncio.sleep(0)
        return PEER.get()["peer"], MASK.get()("x")

    before = PEER.get()
    seen = await asyncio.gather(request("192.0.2.1"), request("192.0.2.2"))

    assert [*seen] == [("192.0.2.1", "192.0.2.1: x"), ("192.0.2.2", "192.0.2.2: x")]
    assert (PEER.get(), MASK.get()("x")) == (before, "x")


def test_words_are_not_logged_by_default() -> None:
    """What is said is private."""
    assert WORDS.name == "orchestrator.words"
