"""Audio at the pace of speech."""

from __future__ import annotations

from itertools import pairwise

import pytest

from orchestrator.gateway.mahilo.pace import LEAD, LIMIT, Pace, Piece


def speaking(*items: str, pieces: int = 20, ms: float = 100.0) -> Pace:
    """Two seconds of audio of each item, as agents make it: all at once."""
    pace = Pace()
    for item in items:
        for number in range(pieces):
            pace.add(Piece(item, f"{item}{number}", ms))
    return pace


def test_the_client_has_no_more_than_the_lead_before_it() -> None:
    """All is sent, in order, and never much earlier than it is played."""
    pace, now, sent = speaking("a", "b"), 100.0, []
    while True:
        sent += [(now, payload) for payload in pace.due(now)]
        seconds = pace.wait(now)
        if seconds is None:
            break
        now += seconds or 0.001

    assert [payload for _, payload in sent] == [f"{item}{number}" for item in "ab" for number in range(20)]
    assert all(at >= 100.0 + index * 0.1 - LEAD - 0.001 for index, (at, _) in enumerate(sent))
    assert all(before <= after for (before, _), (after, _) in pairwise(sent))


def test_the_first_words_are_sent_at_once() -> None:
    """Pacing costs no time to the first sound."""
    pace = Pace()
    pace.add(Piece("a", "one", 600.0))

    assert pace.due(5.0) == ["one"]
    assert pace.wait(5.0) is None


def test_after_a_pause_time_counts_anew() -> None:
    """What was played long ago is no debt, and no credit."""
    pace = speaking("a", pieces=2)
    assert len(pace.due(0.0)) == 2
    for number in range(10):
        pace.add(Piece("b", str(number), 100.0))

    assert len(pace.due(60.0)) == 5
    assert pace.wait(60.0) == pytest.approx(0.0)


def test_what_is_dropped_is_cut_to_what_was_heard() -> None:
    """Of what the client has, the time since it came was heard; of what waits, nothing."""
    pace = speaking("a", "b")
    pace.due(0.0)
    pace.due(0.3)

    assert pace.clear(0.35) == [("a", 350), ("b", 0)]
    assert (pace.due(0.4), pace.wait(0.4)) == ([], None)
    assert pace.clear(0.5) == []


def test_the_client_may_have_the_end_of_one_item_and_the_beginning_of_the_next() -> None:
    """Each is cut by itself; one that was heard to its end is not."""
    pace = speaking("a", "b", "c", pieces=2)
    pace.due(0.0)

    assert pace.clear(0.25) == [("b", 50), ("c", 0)]


def test_an_item_goes_on_after_a_cut() -> None:
    """What was heard of it before counts."""
    pace = speaking("a")
    pace.due(0.0)
    pace.clear(0.2)
    pace.add(Piece("a", "more", 400.0))
    pace.due(1.0)

    assert pace.clear(1.1) == [("a", 300)]


def test_at_the_end_all_is_sent() -> None:
    """The client plays what came before the close."""
    pace = speaking("a")
    first = pace.due(0.0)

    assert first + pace.rest(0.1) == [f"a{number}" for number in range(20)]
    assert pace.wait(0.1) is None


def test_more_than_an_answer_is_dropped() -> None:
    """What waits is bounded."""
    pace = Pace()
    for number in range(4):
        pace.add(Piece("a", str(number), LIMIT / 2))

    assert pace.rest(0.0) == ["0", "1"]
