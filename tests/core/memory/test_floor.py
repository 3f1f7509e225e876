"""One voice at a time."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.core.memory.floor import WAITING, Floor
from tests.core.scene import BILLING

STARTED = ev.ResponseStarted(BILLING, "r2")
AUDIO = ev.AudioProduced(BILLING, "r2", "i2", 20.0, "frame")


def test_the_next_agents_words_come_in_order_when_the_farewell_is_over() -> None:
    """Nothing of the next agent is lost while it waits."""
    floor = Floor()
    floor.farewell = "front"
    floor.wait(STARTED)
    floor.wait(AUDIO)

    assert floor.open() == [STARTED, AUDIO]
    assert floor.farewell is None
    assert floor.open() == []


def test_waiting_audio_is_dropped_when_the_caller_interrupts() -> None:
    """Only audio goes; the events that frame it stay, so that the response is closed in order."""
    floor = Floor()
    floor.wait(STARTED)
    floor.wait(AUDIO)
    floor.wait(AUDIO)

    assert floor.silence() == ["i2"]
    assert floor.open() == [STARTED]


def test_only_so_much_can_wait() -> None:
    """The queue behind a farewell is bounded."""
    floor = Floor()
    for _ in range(WAITING):
        assert not floor.full
        floor.wait(AUDIO)

    assert floor.full


def test_p54_what_waits_is_counted_in_bytes() -> None:
    """P54: audio by its frame, all else by what is in it; what no longer waits counts no more."""
    floor = Floor()
    floor.wait(ev.ResponseProgressed(BILLING, "r2", {"delta": "x" * 5000}))
    before = floor.size
    floor.wait(ev.AudioProduced(BILLING, "r2", "i2", 20.0, "x" * 10_000))
    assert (before > 5000, floor.size) == (True, before + 10_000)
    floor.silence()
    assert floor.size == before
    floor.open()
    assert floor.size == 0
