"""A timer that expires when nothing was received for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from orchestrator.gateway.idle import IdleTimer


class Loop(asyncio.AbstractEventLoop):
    """An event loop whose time the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[tuple[asyncio.TimerHandle, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def get_debug(self) -> bool:
        return False

    def call_later(self, delay: float, callback: Callable[[], None], *_: object, **__: object) -> asyncio.TimerHandle:  # type: ignore[override]
        handle = asyncio.TimerHandle(self.now + delay, callback, (), self)
        self.timers.append((handle, callback))
        return handle

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        pass

    def at(self, now: float) -> None:
        """Let time pass, and call back what is due meanwhile."""
        while self.timers and self.timers[0][0].when() <= now:
            handle, callback = self.timers.pop(0)
            self.now = handle.when()
            if not handle.cancelled():
                callback()
        self.now = now


@pytest.fixture
def loop() -> Loop:
    return Loop()  # type: ignore[abstract]


@pytest.fixture
def expired() -> list[float]:
    """The times at which the timer expired."""
    return []


@pytest.fixture
def timer(loop: Loop, expired: list[float]) -> IdleTimer:
    """A limit of ten seconds."""
    return IdleTimer(10.0, lambda: expired.append(loop.now), loop=loop)


@pytest.mark.usefixtures("timer")
def test_silence_from_the_start_expires(loop: Loop, expired: list[float]) -> None:
    """Once, after the limit."""
    loop.at(9.9)
    assert expired == []
    loop.at(100.0)

    assert expired == [10.0]


def test_what_is_received_puts_it_off(loop: Loop, timer: IdleTimer, expired: list[float]) -> None:
    """The limit counts from the last frame, however many there were."""
    for second in range(1, 26):
        loop.at(second)
        timer.touch()
    assert expired == []
    loop.at(100.0)

    assert expired == [35.0]


def test_a_frame_sets_no_timer(loop: Loop, timer: IdleTimer) -> None:
    """It costs a look at the clock."""
    for _ in range(100):
        timer.touch()

    assert len(loop.timers) == 1


def test_a_stopped_timer_does_not_expire(loop: Loop, timer: IdleTimer, expired: list[float]) -> None:
    """Nothing outlives the socket."""
    loop.at(7.0)
    timer.touch()
    loop.at(12.0)
    timer.stop()
    loop.at(100.0)

    assert expired == []
