"""Where sound was heard, in steps; the clock is an argument."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.records.audio.placing import (
    FOREVER,
    GRACE,
    ITEMS,
    RANGES,
    WAITING,
    Arriving,
    Place,
    Places,
    Sent,
)
from orchestrator.records.audio.sound import STEP_CHARACTERS, STEPS

FRAME = STEPS // 50


TENTH = "." * (STEP_CHARACTERS * STEPS // 10)  # of a second


def about(seconds: float) -> Any:
    """Return what is equal to nearly the same."""
    return pytest.approx(seconds)


def at(seconds: float) -> int:
    """Return the sample at a time."""
    return round(seconds * STEPS)


# --- sound that comes as it is heard ---


def spoken(caller: Arriving, until: int, name: str, size: int = FRAME) -> None:
    """Let a frame come, whose text begins with its name."""
    caller.add(until, size, name.ljust(STEP_CHARACTERS * size, "."))


def placed(caller: Arriving, now: int = at(1e6)) -> list[tuple[int, str]]:
    """Return what has a place: where it begins, and the names in it; each piece ends with its texts."""
    found = caller.due(now)
    for piece in found:
        assert piece.until == piece.end
        assert STEP_CHARACTERS * (piece.end - piece.start) == sum(map(len, piece.texts))
    return [(piece.start, "".join(piece.texts).replace(".", "")) for piece in found]


def test_a_microphone_is_placed_when_it_was_heard() -> None:
    """The first piece where it began, the others behind it, whatever the jitter."""
    caller = Arriving()
    for number in range(50):
        spoken(caller, at(1.0) + (number + 1) * FRAME + at(0.02) * (number % 3), str(number % 10))

    assert placed(caller) == [(at(1.0), 5 * "0123456789")]


def test_a_pause_is_silence() -> None:
    """A client that sends nothing while its caller is silent."""
    caller = Arriving()
    for number in (0, 1, 100, 101):
        spoken(caller, (number + 1) * FRAME, str(number))

    assert placed(caller) == [(0, "01"), (100 * FRAME, "100101")]


def test_a_burst_after_a_stall_is_placed_where_it_was_said() -> None:
    """The network stops for a quarter of a second: what comes then at once lies before that moment, without a gap."""
    caller = Arriving()
    for number in range(10):
        spoken(caller, (number + 1) * FRAME, "a")
    for _ in range(10, 22):
        spoken(caller, 22 * FRAME, "b")

    assert placed(caller, 22 * FRAME) == [(0, 10 * "a")], "the others are not old enough yet"
    assert placed(caller) == [(10 * FRAME, 12 * "b")]


def test_who_sends_faster_than_time_is_placed_without_gaps() -> None:
    """A program with a recording; how far it runs ahead is known."""
    caller = Arriving()
    for _ in range(100):
        spoken(caller, at(1), "a")

    assert placed(caller) == [(0, 100 * "a")]
    assert caller.lead == 100 * FRAME - at(1)


def test_a_piece_after_a_pause_waits_for_those_that_may_explain_it() -> None:
    """Only what follows has a place at once."""
    caller = Arriving()
    spoken(caller, at(1), "a")

    assert placed(caller, at(1.2)) == []
    assert placed(caller, at(1.4)) == [(at(1) - FRAME, "a")]
    spoken(caller, at(1) + FRAME, "b")
    assert placed(caller, at(1.4)) == [(at(1), "b")]


def test_what_is_not_kept_takes_its_time() -> None:
    """And is no part of what is."""
    caller = Arriving()
    spoken(caller, FRAME, "a")
    caller.add(2 * FRAME, FRAME, "")
    spoken(caller, 3 * FRAME, "b")

    assert [(piece.start, len(piece.texts)) for piece in caller.due(at(9))] == [(0, 1), (FRAME, 0), (2 * FRAME, 1)]


# --- sound that was sent ahead ---


def sent(*pieces: tuple[str, float, float]) -> Sent:
    """Return what was sent: (item, when, seconds of it), in pieces of 100 ms that are sent at once."""
    team = Sent()
    for item_id, when, seconds in pieces:
        for _ in range(round(seconds * 10)):
            assert team.add(item_id, at(when), at(0.1), TENTH)
    return team


def heard(team: Sent, now: float = 1e6) -> list[tuple[str, float, float]]:
    """Return (item, start, end) of what has been heard, with pieces that follow each other as one."""
    found: list[tuple[str, float, float]] = []
    for piece in team.due(at(now)):
        if piece.until == piece.start:
            continue
        start, end = piece.start / STEPS, piece.until / STEPS
        if found and found[-1][0] == piece.item_id and found[-1][2] == start:
            start = found.pop()[1]
        found.append((piece.item_id, start, end))
    return found


def test_what_is_sent_ahead_is_heard_without_gaps() -> None:
    """And the next item behind it; what comes after a pause is heard when it is sent."""
    team = sent(("a", 1.0, 2.0), ("b", 1.5, 1.0), ("c", 9.0, 1.0))

    assert heard(team) == [("a", 1.0, 3.0), ("b", 3.0, 4.0), ("c", 9.0, 10.0)]


def test_it_is_given_out_when_it_has_been_heard_for_good() -> None:
    """Not before: it may still be cut."""
    team = sent(("a", 1.0, 2.0))

    assert heard(team, 1.8) == []
    assert heard(team, 2.76) == [("a", 1.0, 2.0)]


def test_a_stopped_player_plays_no_more() -> None:
    """Nor what was to come behind; a new answer is heard at once."""
    team = sent(("a", 1.0, 5.0), ("b", 1.0, 5.0))
    team.stop(at(2.05))
    for _ in range(3):
        team.add("c", at(2.5), at(0.1), TENTH)

    assert heard(team) == [("a", 1.0, 2.05), ("c", 2.5, 2.8)]


def test_what_was_not_heard_keeps_nothing_waiting() -> None:
    """An answer that follows a long one which was cut is given out as soon as it has been heard."""
    team = sent(("a", 1.0, 100.0), ("x", 1.0, 100.0))
    team.stop(at(2.0))
    assert team.add("b", at(2.5), at(0.1), TENTH)

    assert heard(team, 4.0) == [("a", 1.0, 2.0), ("b", 2.5, about(2.6))]


@pytest.mark.parametrize(("ms", "end"), [(900, 1.9), (1050, 2.05), (1200, 2.2), (4000, 3.05)])
def test_the_client_knows_better_what_was_heard(ms: int, end: float) -> None:
    """Less than we thought, or a little more, because it was told to stop late; but no more than a second."""
    team = sent(("a", 1.0, 5.0))
    team.stop(at(2.05))
    team.truncate("a", at(ms / 1000))

    assert heard(team) == [("a", 1.0, about(end))]
    assert at(3.05) == at(2.05) + GRACE


def test_a_client_that_stops_by_itself() -> None:
    """It only says how much of an item it has played; the rest of that item is not heard."""
    team = sent(("a", 1.0, 1.0), ("b", 1.0, 5.0))
    team.truncate("b", at(0.5))

    assert heard(team) == [("a", 1.0, 2.0), ("b", 2.0, 2.5)]


def test_what_was_given_out_already_is_taken_back() -> None:
    """A report that comes late; what has taken its place on the time line stays."""
    team = sent(("a", 1.0, 5.0))
    assert heard(team, 3.0) == [("a", 1.0, 2.2)]

    assert team.truncate("a", at(0.7)) == [Place(at(1.7), at(2.2))]
    assert team.truncate("a", at(0.7)) == []
    assert team.truncate("nothing", 0) == []
    assert heard(team) == []


def test_only_what_was_not_heard_is_left_out() -> None:
    """A pause keeps the time line as it is."""
    team = sent(("a", 1.0, 2.0))
    team.hush(at(1.5))
    team.add("b", at(1.6), at(0.1), TENTH)

    assert heard(team) == [("a", 1.0, 1.5), ("b", 3.0, about(3.1))]


def test_marks_move_what_the_telephone_plays_late() -> None:
    """What is being played, as none of it was given out, and what follows."""
    team = sent(("a", 1.0, 2.0))
    team.marked("a", at(0.5), at(1.7))
    team.marked("a", at(1.0), at(2.2))
    team.add("b", at(9.0), at(0.1), TENTH)

    assert team.lag == at(0.2)
    assert heard(team) == [("a", 1.2, 3.2), ("b", 9.2, about(9.3))]


def test_a_late_mark_tears_nothing_apart() -> None:
    """Of what was given out in part, the rest follows; what comes later is placed by the mark."""
    team = sent(("a", 1.0, 2.0))
    assert heard(team, 2.5) == [("a", 1.0, about(1.7))]
    team.marked("a", at(1.5), at(2.7))
    team.add("b", at(9.0), at(0.1), TENTH)

    assert heard(team) == [("a", about(1.7), 3.0), ("b", 9.2, about(9.3))]


def test_marks_that_say_nothing() -> None:
    """Of an unknown item, of one that was cut, or before it can have been played."""
    team = sent(("a", 1.0, 2.0))
    team.marked("a", at(1.5), at(1.1))
    team.marked("nothing", at(1.5), at(9))
    team.stop(at(1.5))
    team.marked("a", at(1.5), at(9))

    assert team.lag == 0
    assert heard(team) == [("a", 1.0, 1.5)]


def test_five_minutes_may_wait() -> None:
    """What is more is dropped."""
    team = Sent()
    assert team.add("a", 0, WAITING + 1, "long")

    assert not team.add("a", 0, FRAME, "more")
    assert team.add("a", at(1), FRAME, "later")


# --- where items are ---


def test_items_are_found_again() -> None:
    """With the gaps that they have; the oldest are forgotten."""
    places = Places()
    places.add("a", 0, 10)
    places.add("a", 10, 20)
    places.add("a", 50, 60)

    assert places.of("a") == [Place(0, 20), Place(50, 60)]
    assert [places.after("a", count) for count in (0, 20, 25, 99)] == [0, 20, 55, 60]
    for number in range(ITEMS):
        places.add(str(number), 0, 1)
    assert places.of("a") == []
    assert places.after("a", 5) is None


def test_an_item_of_many_pieces_is_remembered_in_bounds() -> None:
    """Then those that follow count as one."""
    places = Places()
    for number in range(RANGES + 50):
        places.add("a", 2 * number, 2 * number + 1)

    assert len(places.of("a")) == RANGES
    assert places.of("a")[-1].end == 2 * (RANGES + 49) + 1


def test_places_overlap() -> None:
    """Or do not."""
    assert Place(5, 9).within(7, FOREVER) == Place(7, 9)
    assert Place(5, 9).within(9, 12) is None
