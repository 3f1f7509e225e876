"""Entries as lines."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.memory.masking import Masker
from orchestrator.records.format.encoding import encode, lines_of
from orchestrator.records.format.entries import Entry, Joined
from orchestrator.records.format.hiding import Hider
from orchestrator.records.format.keeping import Kept

FRONT = SessionId("front")


def lines(event: ev.Event, *effects: do.Effect, **how: Any) -> list[dict[str, Any]]:
    """Return the lines of an event."""
    return list(lines_of(Entry(1.0, how.pop("seat", ""), event, effects, how.pop("kept", Kept.ALL), **how)))


def test_effects_follow_their_event() -> None:
    """With its time, to the microsecond."""
    first, second = lines_of(Entry(1.00000049, "", ev.CallerPressed(), [do.StopPlayback(told=True)], Kept.ALL))

    assert first == {"t": 1.0, "in": {"type": "CallerPressed"}}
    assert second == {"t": 1.0, "out": {"type": "StopPlayback", "told": True}}


def test_a_seat_is_named_in_each_of_its_lines() -> None:
    """Also where it is taken."""
    assert {line["seat"] for line in lines(ev.CallerAsked(), do.StirSeats(), seat="police")} == {"police"}
    assert list(lines_of(Joined(2.0, "police", {"agent": "a"}))) == [
        {"t": 2.0, "seat": "police", "joined": {"agent": "a"}}
    ]


def test_frames_in_a_row_are_one_effect() -> None:
    """To each session, or of each item."""
    frames: list[do.Effect] = [
        do.SendAudio(FRONT, "a"),
        do.SendAudio(FRONT, "b"),
        do.PlayAudio("i", "c"),
        do.PlayAudio("k", "d"),
    ]
    written = [line["out"] for line in lines(ev.SessionOpened(FRONT), *frames)[1:]]

    assert written == [
        {"type": "SendAudio", "session": "front", "frames": 2},
        {"type": "PlayAudio", "item_id": "i", "frames": 1},
        {"type": "PlayAudio", "item_id": "k", "frames": 1},
    ]


def test_what_the_caller_is_told_as_it_came_is_written_once() -> None:
    """Most of a record would be that, otherwise."""
    event = ev.SessionReported(FRONT, {"type": "rate_limits.updated"})
    same, other = lines(event, do.TellCaller(dict(event.payload)), do.TellCaller({"type": "x"}))[1:]

    assert same["out"] == {"type": "TellCaller", "payload": "="}
    assert other["out"] == {"type": "TellCaller", "payload": {"type": "x"}}


def test_sound_pictures_and_unfinished_arguments_are_not_kept() -> None:
    """They are large, or too short for a secret to be found in them."""
    content = [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}, {"type": "x", "audio": "AAAA"}]
    (typed,) = lines(ev.CallerTyped({"id": "i", "content": content}))
    delta = {"type": "response.function_call_arguments.delta", "delta": "49"}
    (progressed,) = lines(ev.ResponseProgressed(FRONT, "r", delta))

    assert "AAAA" not in json.dumps(typed)
    assert progressed["in"]["payload"] == {**delta, "delta": None}


def test_words_are_joined_and_their_payload_is_not_kept() -> None:
    """It says the same once more."""
    event = ev.TranscriptProduced(FRONT, "r", "i", "one", {"type": "delta", "delta": "one"})
    heard, told = lines(event, do.TellCaller(event.payload), frames=2, until=1.5, texts=["one", " two"])

    assert heard["in"]["text"] == "one two"
    assert (heard["in"]["frames"], heard["in"]["until"], "payload" in heard["in"]) == (2, 1.5, False)
    assert told["out"]["payload"] == "="


def test_words_that_are_not_kept_are_null() -> None:
    """That they were there can still be seen."""
    heard, told = lines(
        *(ev.TranscriptProduced(FRONT, "r", "i", "one"), do.TellWords("r", "i", 0, "one", "{}")),
        frames=1,
        until=1.0,
        texts=["one"],
        kept=Kept.NONE,
    )

    assert (heard["in"]["text"], told["out"]["text"]) == (None, None)


def test_lines_are_written_without_secrets() -> None:
    """In one go, for all entries that wait."""
    masker = Masker({"card": {"49291838"}}, {})
    entries = [Entry(0.0, "", ev.TurnTranscribed(FRONT, "i", text), [], Kept.ALL) for text in ("49291838", "ünd")]

    assert encode(entries, Hider(lambda: masker)) == [
        '{"t":0.0,"in":{"type":"TurnTranscribed","session":"front","item_id":"i","text":"secret:card"}}',
        '{"t":0.0,"in":{"type":"TurnTranscribed","session":"front","item_id":"i","text":"ünd"}}',
    ]


def test_audio_and_words_are_hidden_as_everything_else() -> None:
    """They take a shorter way: nothing in them but the text is anybody's."""
    response, item = "resp_4711", "item_4711"
    frame = ev.AudioProduced(FRONT, response, item, 4711, "f")
    entries = [
        Entry(1.0, "4711", ev.CallerSpoke("f", 20), [do.SendAudio(FRONT, "f")], Kept.ALL, frames=4711, ms=4711.0),
        Entry(2.0, "", frame, [do.PlayAudio(item, "f")], Kept.ALL),
    ]
    for number, text in enumerate(("It is 4", "711.", "4711", '{"card": 4711}', "[4711]", "=")):
        words = ev.TranscriptProduced(FRONT, response, item, text)
        told = do.TellWords(response, item, 0, text, "f")
        entries.append(Entry(float(number), "", words, [told], Kept.ALL))
        entries.append(Entry(float(number), "", words, [told], Kept.ALL, frames=1, texts=[text]))
    short, long = (Hider(lambda: Masker({"card": ["4711"]}, {})) for _ in range(2))
    written = encode(entries, short)

    assert [json.loads(line) for line in written] == [long.line(line) for one in entries for line in lines_of(one)]
    assert sum("secret:card" in line for line in written) > 6
