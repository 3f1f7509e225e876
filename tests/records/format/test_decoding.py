"""Lines as moments of a call."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.records.format.decoding import Moment, Reading, Seat, read

FRONT = SessionId("front")


def reading(*lines: Any) -> Reading:
    """Begin to read a record with these lines."""
    return read([json.dumps({"v": 1}), *(line if isinstance(line, str) else json.dumps(line) for line in lines)])


def moments(*lines: Any) -> list[Moment]:
    """Return what happened."""
    return [moment for moment in reading(*lines).moments() if isinstance(moment, Moment)]


def spoke(t: float, frames: int, until: float, **more: Any) -> dict[str, Any]:
    """A line of audio."""
    return {"t": t, "in": {"type": "CallerSpoke", "ms": 20.0 * frames, "frames": frames, "until": until}, **more}


SENT = {"t": 1.0, "out": {"type": "SendAudio", "session": "front", "frames": 3}}
ASKED = {"t": 9.0, "in": {"type": "CallerAsked"}}


def test_an_event_has_the_effects_that_follow_it() -> None:
    """And its time and seat."""
    (first, second) = moments(ASKED, {"t": 9.0, "out": {"type": "StirSeats"}}, {**ASKED, "seat": "police"})

    assert first == Moment(9.0, "caller", ev.CallerAsked(), [do.StirSeats()])
    assert second == Moment(9.0, "police", ev.CallerAsked(), [])


def test_audio_is_spread_over_its_time() -> None:
    """Each frame is passed on as they all were."""
    found = moments(spoke(1.0, 3, 1.5), SENT, ASKED)

    assert [moment.t for moment in found] == [1.0, 1.25, 1.5, 9.0]
    assert [moment.event.ms for moment in found[:3] if isinstance(moment.event, ev.CallerSpoke)] == [20.0] * 3
    assert [[type(effect) for effect in moment.effects] for moment in found] == [[do.SendAudio]] * 3 + [[]]


def test_what_came_side_by_side_comes_in_the_order_of_time() -> None:
    """Until something else has happened."""
    words = {"type": "TranscriptProduced", "session": "front", "response_id": "r", "item_id": "i"}
    heard = {"t": 1.2, "in": {**words, "text": "one two", "frames": 2, "until": 1.4}}
    told = {"t": 1.2, "out": {"type": "TellWords", "response_id": "r", "item_id": "i", "content_index": 0, "text": "="}}
    found = moments(spoke(1.0, 3, 1.5), heard, told)

    assert [type(moment.event).__name__ for moment in found] == [
        *("CallerSpoke", "TranscriptProduced", "CallerSpoke", "CallerSpoke")
    ]
    assert found[1].effects == [do.TellWords("r", "i", 0, "one two", found[1].effects[0].frame)]  # type: ignore[union-attr]


def test_frames_that_an_event_set_free_are_its_effects() -> None:
    """As many as there were."""
    (opened,) = moments({"t": 1.0, "in": {"type": "SessionOpened", "session": "front"}}, SENT)

    assert [type(effect) for effect in opened.effects] == [do.SendAudio] * 3


def test_what_was_told_as_it_came_has_its_payload() -> None:
    """Which is written once."""
    event = {"type": "SessionReported", "session": "front", "payload": {"type": "x"}}
    (told,) = moments({"t": 1.0, "in": event}, {"t": 1.0, "out": {"type": "TellCaller", "payload": "="}})

    assert told.effects == [do.TellCaller({"type": "x"})]


def test_a_seat_is_taken_where_it_was() -> None:
    """With what its call is made of."""
    found = list(reading({"t": 2.0, "seat": "police", "joined": {"seed": "s"}}, ASKED).moments())

    assert found[0] == Seat(2.0, "police", {"seed": "s"})


@pytest.mark.parametrize("broken", ['{"t": 9.1, "in": {"type": "Cal', "[]", '{"in": {}}'])
def test_a_broken_line_is_skipped_and_said(broken: str) -> None:
    """The process may have been killed while it was written."""
    one = reading(ASKED, broken, "")

    assert [moment.t for moment in one.moments()] == [9.0]
    assert one.skipped == ["line 3: not a whole line, as the process ended while it was written"]


def test_what_this_version_does_not_know_is_skipped_and_said() -> None:
    """All the rest is read."""
    one = reading({"t": 1.0, "in": {"type": "Sneezed"}}, {"t": 1.0, "out": {"type": "StirSeats"}}, ASKED)

    assert [moment.t for moment in one.moments()] == [9.0]
    assert one.skipped == ["1.0 s: there is no event or effect 'Sneezed'"]


def test_gaps_are_counted() -> None:
    """An effect whose event is in one belongs to nothing."""
    one = reading(ASKED, {"t": 9.1, "gap": 120}, {"t": 9.2, "out": {"type": "StirSeats"}}, {"t": 9.3, "gap": 1})

    (moment,) = one.moments()
    assert isinstance(moment, Moment)
    assert moment.effects == []
    assert one.gaps == 121
    assert one.skipped == ["9.2 s: an effect without its event"]


def test_values_are_put_in_the_place_of_secrets() -> None:
    """Of the longest name that fits."""
    said = {"type": "TurnTranscribed", "session": "front", "item_id": "i", "text": "secret:card_old, secret:card"}
    one = reading({"t": 1.0, "in": said})
    (moment,) = one.moments({"secret:card": "1", "secret:card_old": "2"})

    assert isinstance(moment, Moment)
    assert moment.event == ev.TurnTranscribed(FRONT, "i", "2, 1")
