"""The way from the event loop to the thread: bounded, and nothing in it is lost or moved."""

from __future__ import annotations

import pytest

from orchestrator.records.audio.queue import EACH, Queue, Room
from orchestrator.records.audio.spool import mark


@pytest.fixture
def room() -> Room:
    """Room for a frame of 1000 characters, and for as much again in marks."""
    return Room(1000 + EACH)


def test_what_was_told_is_taken_once_and_in_order(room: Room) -> None:
    """What the thread has found out comes last."""
    queue = Queue(room)
    queue.put(1.0, "{}")
    queue.note(2.0, "stopped")
    queue.call(queue.find, "silence", 1.0, 2.0)
    queue.work(lambda function, *args: function(*args))

    assert queue.take() == [(1.0, "{}"), (2.0, mark("stopped")), (2.0, mark("silence", 1.0, 2.0))]
    assert queue.take() == []
    queue.find("silence", 3.0, 4.0)
    assert queue.take() == [(2.0, mark("silence", 3.0, 4.0))]
    assert room.put_in == room.taken_out


def test_frames_are_refused_before_marks(room: Room) -> None:
    """All are counted, whoever's they are."""
    one, other = Queue(room), Queue(room)
    assert one.put(1.0, "x" * 1000)
    assert not other.put(1.0, "x" * 1000)
    other.note(1.0, "unheard", 20.0)
    assert [text for _, text in other.entries] == [mark("unheard", 20.0)]
    for _ in range(20):
        other.note(1.0, "stopped")
        other.call(print)
    assert len(other.entries) < 10
    assert room.dropped > 20
    one.take()

    assert not other.put(1.0, "x" * 1000)
    other.take()
    other.work(lambda *args: None)
    assert other.put(1.0, "x" * 1000)
