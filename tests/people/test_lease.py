"""A person whose connection is gone."""

from __future__ import annotations

import asyncio

from orchestrator.people.lease import AHEAD, PIECE_MS, Lease
from tests.patience import PATIENCE


class Line:
    """What the caller hears, and whether the person was given up."""

    def __init__(self) -> None:
        self.played: list[tuple[int, int]] = []
        self.over, self.more = asyncio.Event(), asyncio.Event()

    def play(self, start_ms: int, ms: int) -> None:
        self.played.append((start_ms, ms))
        if len(self.played) > 1:
            self.more.set()


async def test_the_caller_hears_the_hold_sound_until_they_are_back() -> None:
    """Piece after piece, the first ones at once; then nothing more."""
    line = Line()
    lease = Lease(60.0, line.play, line.over.set)
    lease.start()
    lease.start()  # it runs already
    assert lease.running
    assert line.played == [(0, AHEAD * PIECE_MS)]
    await asyncio.wait_for(line.more.wait(), PATIENCE)
    lease.stop()

    assert line.played[1] == (AHEAD * PIECE_MS, PIECE_MS)
    assert not lease.running


async def test_they_are_given_up_in_the_end() -> None:
    """When the time is over."""
    line = Line()
    Lease(0.01, line.play, line.over.set).start()

    await asyncio.wait_for(line.over.wait(), PATIENCE)
