"""What was read from a socket, on its way to the application; no socket is needed."""

from __future__ import annotations

import asyncio
import contextvars

import pytest

from orchestrator.gateway.inbox import Inbox
from orchestrator.protocol import share as share_module
from tests.patience import PATIENCE
from tests.timing import stopped


class Reading(asyncio.ReadTransport):
    """The reading side of a socket; remembers whether it is paused."""

    def __init__(self) -> None:
        super().__init__()
        self.paused = False

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


def opened() -> tuple[Inbox, Reading]:
    inbox, reading = Inbox(), Reading()
    inbox.open(reading)
    return inbox, reading


async def test_messages_are_queued_until_they_are_received() -> None:
    """The handshake first, then texts and bytes; reading pauses until the last of them is received."""
    inbox, reading = opened()
    assert await inbox.receive() == {"type": "websocket.connect"}
    inbox.put("one")
    inbox.put(None, b"two")
    assert reading.paused

    assert await inbox.receive() == {"type": "websocket.receive", "text": "one"}
    assert reading.paused
    assert await inbox.receive() == {"type": "websocket.receive", "bytes": b"two"}
    assert not reading.paused


async def test_the_end_is_told_once_and_after_what_came_before() -> None:
    """Only the first end counts, and nothing is read any more."""
    inbox, reading = opened()
    await inbox.receive()
    inbox.put("last")
    inbox.end(1001, "away")
    inbox.end(1006)

    assert (await inbox.receive())["text"] == "last"
    assert await inbox.receive() == {"type": "websocket.disconnect", "code": 1001, "reason": "away"}
    assert inbox.ended
    assert reading.paused


async def test_diverted_frames_are_handled_as_they_come() -> None:
    """In the context of whoever asked for them; after the block they are dropped."""
    name: contextvars.ContextVar[str] = contextvars.ContextVar("name", default="nobody")
    inbox, reading = opened()
    handled: list[tuple[str | None, str]] = []
    name.set("somebody")
    with inbox.diverted(lambda frame: handled.append((frame, name.get()))):
        name.set("somebody else")
        inbox.put("one")
        inbox.put(None, b"binary")
        assert not reading.paused
    inbox.put("late")

    assert handled == [("one", "somebody"), (None, "somebody")]


async def test_more_than_the_share_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """In order, and nothing more is read until all were handled."""
    monkeypatch.setattr(share_module, "SHARE", 3)
    clock = stopped(monkeypatch)
    inbox, reading = opened()
    await inbox.receive()
    handled: list[str | None] = []
    whole = asyncio.Event()

    def handle(frame: str | None) -> None:
        handled.append(frame)
        if frame == "6":
            whole.set()

    with inbox.diverted(handle):
        for number in range(7):
            inbox.put(str(number))
        assert handled == ["0", "1"]
        assert reading.paused
        clock.clear()
        async with asyncio.timeout(PATIENCE):
            await whole.wait()

    assert handled == [str(number) for number in range(7)]
    assert not reading.paused


async def test_p53_what_takes_long_is_paid_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: after a frame that took long, those that follow wait for five times as long."""
    inbox, reading = opened()
    await inbox.receive()
    now = inbox._share._clock()
    monkeypatch.setattr(inbox._share, "_clock", lambda: now)
    handled: list[str | None] = []

    def handle(frame: str | None) -> float:
        handled.append(frame)
        return 0.2

    with inbox.diverted(handle):
        inbox.put("long")
        inbox.put("next")
        now += 0.9
        inbox._go_on()
        assert (handled, reading.paused) == (["long"], True)
        now += 0.2
        inbox._go_on()
        assert (handled, reading.paused) == (["long", "next"], False)


async def test_p53_long_frames_cost_time_by_their_length(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: also those that are only passed on, as audio is; frames of some milliseconds cost next to nothing."""
    inbox, reading = opened()
    await inbox.receive()
    monkeypatch.setattr(inbox._share, "_clock", lambda: 1e9)
    handled: list[str | None] = []
    with inbox.diverted(handled.append):
        for _ in range(share_module.SHARE):
            inbox.put("x" * 1400)
        assert (len(handled), reading.paused) == (share_module.SHARE, False)
    inbox, reading = opened()
    with inbox.diverted(handled.append):
        inbox.put("x" * 15_000_000)
        inbox.put("x")
        assert reading.paused


async def test_p53_messages_are_received_in_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """P53: who receives them one by one leaves the others their turn too."""
    monkeypatch.setattr(share_module, "SHARE", 2)
    inbox, _ = opened()
    for _ in range(5):
        inbox.put("one")
    turns: list[None] = []
    asyncio.get_running_loop().call_later(share_module.SLICE / 2, turns.append, None)
    for _ in range(5):
        await inbox.receive()
    assert turns


async def test_what_waits_is_handled_before_a_goodbye(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was sent before it."""
    monkeypatch.setattr(share_module, "SHARE", 1)
    inbox, _ = opened()
    handled: list[str | None] = []
    with inbox.diverted(handled.append):
        for number in range(3):
            inbox.put(str(number))
        inbox.end(1000)
        await inbox.receive()
        assert (await inbox.receive())["type"] == "websocket.disconnect"

    assert handled == ["0", "1", "2"]


async def test_p54_what_waits_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """P54: in characters too, until it was handled."""
    monkeypatch.setattr(share_module, "SHARE", 1)
    clock = stopped(monkeypatch)
    inbox, _ = opened()
    handled: list[str | None] = []
    last = asyncio.Event()

    def handle(text: str | None) -> None:
        handled.append(text)
        if text == "seven":
            last.set()

    with inbox.diverted(handle):
        for text in ("one", "four", None, "seven"):
            inbox.put(text)
        assert inbox.size == len("fourseven")
        clock.clear()
        await asyncio.wait_for(last.wait(), PATIENCE)
    assert (handled, inbox.size) == (["one", "four", None, "seven"], 0)
