"""What the thread holds of a call: encoded once, masked by what is secret, never more than there is room for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from orchestrator.records.unwritten import Unwritten
from orchestrator.records.writing import Dropped, Writing
from tests.records.recording import Secrets, opening

ROOM = 1_000_000


def begun(**given: Any) -> tuple[Writing, Unwritten]:
    """Return a call as both threads see it."""
    writing = Writing(opening("sess_1", **given), Dropped())
    return writing, Unwritten(writing)


def lines(call: Unwritten) -> list[Any]:
    """Return the lines that wait, after the header."""
    return [json.loads(line) for line in call.lines[1:]]


def test_the_header_is_the_first_line() -> None:
    """With its texts masked, and its numbers as they are."""
    secrets = Secrets()
    secrets.known = ["f00d", "1"]
    _, call = begun(secrets=secrets)

    header = json.loads(call.lines[0])
    assert header["team_hash"] == "secret:pin"
    assert header["v"] == 1


def test_entries_are_encoded_once_and_in_order() -> None:
    """An encoder may remember what came before."""
    seen: list[Any] = []

    def encode(entries: Sequence[Any]) -> list[str]:
        seen.extend(entries)
        return [json.dumps(len(seen))]

    writing, call = begun(encode=encode)
    for number in (1, 2):
        writing.put(number)
        call.collect(ROOM)
        call.collect(ROOM)

    assert seen == [1, 2]
    assert lines(call) == [1, 2]


def test_a_new_secret_is_hidden_in_lines_that_wait() -> None:
    """When the database is away they may wait for long."""
    secrets = Secrets()
    writing, call = begun(secrets=secrets)
    writing.put({"said": "4711"})
    call.collect(ROOM)
    secrets.known.append("4711")
    writing.remask()
    call.collect(ROOM)

    assert lines(call) == [{"said": "secret:pin"}]


def test_what_there_is_no_room_for_becomes_a_gap() -> None:
    """The record says how many entries are missing, and where."""
    writing, call = begun()
    writing.put("short")
    room = call.collect(ROOM)
    writing.put("long" * 100)
    writing.put("long" * 100)
    call.collect(room)
    writing.put("short")
    call.collect(ROOM)

    first, gap, last = lines(call)
    assert (first, gap["gap"], last) == ("short", 2, "short")
    assert gap["t"] >= 0
    assert writing.dropped.count == 2


def test_entries_that_the_event_loop_dropped_are_told_once() -> None:
    """In the place where they would have been."""
    writing, call = begun()
    writing.missed = 3
    for number in (1, 2):
        writing.put(number)
        call.collect(ROOM)

    assert [line if isinstance(line, int) else line["gap"] for line in lines(call)] == [1, 3, 2]


def test_an_encoder_that_fails_costs_its_entries_only(capsys: pytest.CaptureFixture[str]) -> None:
    """The mistake is logged, and the record goes on."""

    def encode(given: Sequence[Any]) -> list[str]:
        if given == ["a"]:
            raise ValueError
        return ["1"]

    writing, call = begun(encode=encode)
    writing.put("a")
    call.collect(ROOM)
    writing.put("b")
    call.collect(ROOM)

    assert lines(call)[0]["gap"] == 1
    assert lines(call)[1] == 1
    assert writing.dropped.count == 1
    assert "could not be recorded" in capsys.readouterr().out


def test_a_text_that_cannot_be_masked_is_left_out() -> None:
    """Rather nothing than a secret."""

    def mask(_: str) -> str:
        raise ValueError

    writing, call = begun(mask=mask)
    writing.close({"reason": "4711"}, "my pin is 4711")

    assert "sess_1" not in call.lines[0]
    assert "4711" not in str(call.summary())


def test_what_was_put_before_the_end_is_in_the_record() -> None:
    """And the end is known in the same moment."""
    writing, call = begun()
    writing.put(1)
    writing.close({"ending": "left"}, "")
    call.collect(ROOM)

    assert (lines(call), call.ended) == ([1], True)
