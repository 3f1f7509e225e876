"""What of the audio sent to a telephone was heard, by its marks."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from orchestrator.gateway.phone.playback_marks import LIMIT, MARK_MS, PlaybackMarks


def sent(marks: PlaybackMarks, item_id: str, ms: float, now: float) -> list[str]:
    """Send an item in deltas of 100 ms, and its end; returns the marks to be sent."""
    names = [marks.add(item_id, 100.0, now) for _ in range(int(ms // 100))]
    return [name for name in [*names, marks.finish()] if name is not None]


def test_marks_are_few_and_one_is_at_the_end() -> None:
    """Two in a second of speech, however small the deltas; none twice, none for nothing."""
    marks = PlaybackMarks()

    assert marks.finish() is None
    assert sent(marks, "a", 1200, 0.0) == ["m1", "m2", "m3"]
    assert marks.finish() is None
    assert marks.add("b", MARK_MS, 0.0) == "m4"


@dataclass(frozen=True)
class Row:
    id: str
    returned: tuple[tuple[str, float], ...]  # marks, and when they came back
    at: float  # when the caller spoke
    heard: list[tuple[str, int]]


ROWS = (
    Row("at once", (), 0.0, [("a", 0), ("b", 0)]),
    Row("within the first chunk", (), 0.3, [("a", 300), ("b", 0)]),
    Row("p27 no mark came back", (), 9.0, [("a", 500), ("b", 0)]),
    Row("a chunk and a part", (("m1", 0.6),), 0.7, [("a", 600), ("b", 0)]),
    Row("late marks", (("m1", 2.5),), 2.6, [("a", 600), ("b", 0)]),
    Row("the part is not longer than its chunk", (("m1", 0.5),), 3.0, [("b", 0)]),
    Row("the first item is whole", (("m1", 0.5), ("m2", 1.0)), 1.25, [("b", 250)]),
    Row("a mark was lost", (("m2", 1.0),), 1.25, [("b", 250)]),
    Row("all was heard", (("m1", 0.5), ("m2", 1.0), ("m3", 1.5)), 1.6, []),
    Row("an unknown mark", (("m9", 0.2), ("", 0.2)), 0.3, [("a", 300), ("b", 0)]),
    Row("a mark twice", (("m1", 0.5), ("m1", 0.9)), 0.6, [("a", 600), ("b", 0)]),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_an_item_was_heard_as_far_as_its_marks_and_the_time_since(row: Row) -> None:
    """An item of a second, 400 ms of another behind it, all sent at once."""
    marks = PlaybackMarks()
    assert sent(marks, "a", 1000, 0.0) + sent(marks, "b", 400, 0.0) == ["m1", "m2", "m3"]
    for name, now in row.returned:
        marks.returned(name, now)

    assert marks.clear(row.at) == row.heard
    assert not marks.outstanding


def test_p27_marks_of_cleared_audio_are_no_proof_of_playback() -> None:
    """P27: `clear` makes all marks come back; what is said next is measured by its own."""
    marks = PlaybackMarks()
    sent(marks, "a", 1000, 0.0)
    marks.clear(0.2)
    assert sent(marks, "b", 600, 0.3) == ["m3", "m4"]
    for name in ("m1", "m2"):
        marks.returned(name, 0.35)

    assert marks.outstanding
    assert marks.clear(0.4) == [("b", 100)]


def test_a_pause_between_deltas_is_not_heard() -> None:
    """A service that is slower than speech: time goes by and nothing is played."""
    marks = PlaybackMarks()
    marks.add("a", 100.0, 0.0)
    marks.add("a", 100.0, 5.0)
    assert marks.remaining(5.0) == pytest.approx(0.1)

    assert marks.clear(5.04) == [("a", 140)]
    assert marks.remaining(6.0) == 0.0


def test_an_item_goes_on_after_its_chunk_was_played() -> None:
    """What came before counts, whether its mark is back or not."""
    marks = PlaybackMarks()
    marks.add("a", 700.0, 0.0)
    marks.returned("m1", 0.7)
    marks.add("a", 300.0, 2.0)

    assert marks.clear(2.1) == [("a", 800)]


def test_an_item_without_an_end_is_played_when_a_later_mark_is_back() -> None:
    """The end of an item is told, as a rule."""
    marks = PlaybackMarks()
    marks.add("a", 100.0, 0.0)
    marks.add("b", 600.0, 0.0)
    marks.returned("m1", 0.7)

    assert not marks.outstanding


def test_an_item_that_goes_on_after_a_clear_has_lost_what_was_cleared() -> None:
    """The agent's history has it no longer."""
    marks = PlaybackMarks()
    marks.add("a", 1000.0, 0.0)
    assert marks.clear(0.3) == [("a", 300)]
    marks.add("a", 400.0, 0.3)

    assert marks.clear(0.4) == [("a", 400)]


def test_a_peer_without_marks_costs_no_memory() -> None:
    """The oldest audio counts as played."""
    marks = PlaybackMarks()
    for _ in range(LIMIT + 1):
        marks.add("a", MARK_MS, 0.0)

    assert marks.clear(0.0) == [("a", int(MARK_MS))]


def test_a_mark_says_up_to_where_the_telephone_has_played() -> None:
    """Of the item before it; one that came back before, or is unknown, says nothing."""
    marks = PlaybackMarks()
    sent(marks, "a", 1000, 0.0)
    sent(marks, "b", 400, 0.0)

    assert [marks.returned(name, 1.0) for name in ("m1", "m1", "m3", "m2", "m9")] == [
        ("a", 500.0),
        None,
        ("b", 400.0),
        None,
        None,
    ]
