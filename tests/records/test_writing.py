"""A call as the event loop sees it: bounded, and never in the way."""

from __future__ import annotations

import time

import pytest

from orchestrator.records import writing as writing_module
from orchestrator.records.writing import Dropped, Writing
from tests.records.recording import opening


def test_what_is_too_much_is_dropped_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """For this call, whose record will say so, and for all of them."""
    monkeypatch.setattr(writing_module, "ENTRIES", 2)
    dropped = Dropped()
    now = time.time() + 60
    first, second = (Writing(opening(name, started=now), dropped) for name in ("sess_1", "sess_2"))
    for number in range(5):
        first.put(number)
    second.put(0)

    assert (list(first.entries), first.missed, dropped.count) == ([0, 1], 3, 3)
    assert (list(second.entries), second.missed) == ([0], 0)


def test_a_call_that_was_taken_over_brings_its_past(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of it comes within a moment, and there is room for it."""
    monkeypatch.setattr(writing_module, "ENTRIES", 2)
    writing = Writing(opening("sess_1", started=time.time() - 1), Dropped())
    for number in range(15):
        writing.put(number)

    assert writing.missed == 0


def test_nothing_comes_after_the_end() -> None:
    """The first end counts; what comes later is dropped, and waited for by nobody."""
    done: list[str] = []
    writing = Writing(opening("sess_1"), Dropped())
    writing.close({"ending": "left"}, "hello", lambda: done.append("first"))
    assert done == []
    writing.over()
    writing.over()
    writing.close({"ending": "failed"}, "", lambda: done.append("second"))
    writing.put(1)

    assert done == ["first", "second"]
    assert writing.closed == ({"ending": "left"}, "hello")
    assert (len(writing.entries), writing.missed) == (0, 1)


def test_a_call_that_was_deleted_takes_nothing() -> None:
    """Nobody wants its entries, so none counts as dropped."""
    writing = Writing(opening("sess_1"), Dropped())
    writing.wanted = False
    writing.put(1)

    assert (len(writing.entries), writing.missed) == (0, 0)
