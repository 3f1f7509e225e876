"""Looking at files until they have changed, and have stopped changing."""

from __future__ import annotations

import threading
from pathlib import Path

from orchestrator.server.edits.watch import Changed, Watch
from tests.patience import PATIENCE

A, B = Path("a.yaml"), Path("b.yaml")


def test_what_changes_is_told_once_it_stays_as_it_is() -> None:
    """An editor writes in several steps: the last one counts."""
    seen: list[Changed] = [{}, {A: {A: (1, 1, 1)}}, {A: {A: (2, 2, 1)}}, {A: {A: (2, 2, 1)}}, {}]
    told: list[Changed] = []
    looks = iter(seen)
    watch = Watch(lambda: next(looks), told.append)

    counts = []
    for _ in seen:
        watch.step()
        counts.append(len(told))

    assert counts == [0, 0, 0, 1, 1]
    assert told == [{A: {A: (2, 2, 1)}}]


def test_what_is_not_taken_yet_is_told_again() -> None:
    """Whoever is told may be busy, or miss it."""
    told: list[Changed] = []
    changed: Changed = {A: {A: None}, B: {B: (1, 1, 1)}}
    watch = Watch(lambda: changed, told.append)

    for _ in range(4):
        watch.step()

    assert told == [changed, changed]


def test_it_looks_in_a_thread_of_its_own_until_it_is_stopped() -> None:
    """Which keeps no process from ending."""
    found = threading.Event()
    watch = Watch(lambda: {A: {A: None}}, lambda _: found.set())

    watch.start()
    assert found.wait(PATIENCE)
    (thread,) = (one for one in threading.enumerate() if one.name == "watch")
    watch.stop()
    thread.join(PATIENCE)

    assert thread.daemon
    assert not thread.is_alive()


def test_what_cannot_be_read_now_may_be_read_later() -> None:
    """A network mount that is gone for a moment ends nothing."""
    found, looks = threading.Event(), iter([OSError("gone")])

    def look() -> Changed:
        for error in looks:
            raise error
        return {A: {A: None}}

    watch = Watch(look, lambda _: found.set())
    watch.start()
    assert found.wait(PATIENCE)
    watch.stop()
