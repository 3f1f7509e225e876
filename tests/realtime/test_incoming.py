"""What a service's socket has read; no socket is needed."""

from __future__ import annotations

import asyncio

import pytest

from orchestrator.protocol import share
from orchestrator.realtime.incoming import Incoming
from tests.patience import PATIENCE
from tests.timing import stopped


class Reading(asyncio.ReadTransport):
    """The reading side of a socket; remembers whether it is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = self.closing = False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False

    def is_closing(self) -> bool:
        return self.closing


@pytest.mark.parametrize("closing", [False, True])
async def test_p53_what_exceeds_the_share_waits(monkeypatch: pytest.MonkeyPatch, *, closing: bool) -> None:
    """P53: in order; nothing more is read until all was handled, and a socket that closes meanwhile is left alone."""
    monkeypatch.setattr(share, "SHARE", 2)
    reading, caught_up, clock = Reading(), asyncio.Event(), stopped(monkeypatch)
    handled: list[str | bytes] = []
    incoming = Incoming(handled.append, caught_up.set)
    sent: list[str | bytes] = ["one", b"ping", "response.output_audio.delta", "four", b"", "six", "seven"]
    for what in sent:
        incoming.came(what, reading)
    assert (handled, reading.paused, incoming.waiting) == (sent[:2], True, True)
    clock.clear()
    reading.closing = closing
    await asyncio.wait_for(caught_up.wait(), PATIENCE)

    assert (handled, reading.paused, incoming.waiting) == (sent, closing, False)


async def test_what_is_not_wanted_any_more_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not handled later either."""
    monkeypatch.setattr(share, "SHARE", 1)
    reading, caught_up, clock = Reading(), asyncio.Event(), stopped(monkeypatch)
    handled: list[str | bytes] = []
    incoming = Incoming(handled.append, caught_up.set)
    for what in ("one", "two", "three"):
        incoming.came(what, reading)
    clock.clear()
    incoming.clear()
    await asyncio.wait_for(caught_up.wait(), PATIENCE)

    assert handled == ["one"]
