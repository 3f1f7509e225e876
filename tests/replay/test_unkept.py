"""What was left out of a record, and what stands in its place."""

from __future__ import annotations

import json

from orchestrator.core import events as ev
from orchestrator.records.format.decoding import Moment, read
from orchestrator.replay.unkept import Unkept, alike
from orchestrator.team.limits import Record
from tests.core.scene import BILLING, FRONT, HELPDESK
from tests.replay.talks import billed

NO_WORDS = "record: {transcript: false}\n"
PAUSED = "record: {pause_in: [billing]}\n"


def unkept(text: str) -> Unkept:
    """Read a record of a team that says what is kept."""
    header = read(billed(Record(), HELPDESK + text)).header
    return Unkept(header, header.team)


def filled(one: Unkept, event: ev.Event, *lines: object) -> ev.Event:
    """Return an event with words in the place of those that were left out."""
    return one.filled(Moment(1.0, "caller", event, [], lines))  # type: ignore[arg-type]


def test_what_is_null_was_left_out_only_where_the_team_wants_it() -> None:
    """A transcript that failed is null too."""
    line = {"t": 1.0, "in": {"type": "TurnTranscribed", "text": None}}

    assert not unkept("").within(line)
    assert unkept(NO_WORDS).within(line)
    assert not unkept(NO_WORDS).within({"t": 1.0, "in": {"items": [{"audio": None}]}})
    paused = unkept(PAUSED)
    assert not paused.within(line)
    paused.look({"front", "billing"})
    assert paused.within(line)
    assert not unkept("record: false\n").within(line)


def test_something_stands_for_what_was_left_out() -> None:
    """What was called had arguments; what was heard had words."""
    one = unkept(NO_WORDS)
    called = ev.FunctionCalled(FRONT, "r", "i", "c", "transfer_to_stock", "")
    found = filled(one, called)
    assert isinstance(found, ev.FunctionCalled)
    assert json.loads(found.arguments).keys() == {"question", "reason", "sku", "text"}
    assert filled(one, ev.TranscriptProduced(FRONT, "r", "i", "")) == ev.TranscriptProduced(FRONT, "r", "i", "…")
    assert filled(one, ev.TurnTranscribed(FRONT, "i", None)) == ev.TurnTranscribed(FRONT, "i", "…")
    typed = filled(one, ev.CallerTyped({"content": [{"text": None, "n": 1}]}))
    assert typed == ev.CallerTyped({"content": [{"text": "…", "n": 1}]})
    assert filled(one, ev.CallerAsked({"instructions": None})) == ev.CallerAsked({"instructions": "…"})


def test_nothing_stands_for_what_was_not_there() -> None:
    """A transcript that failed, and arguments that could not be read, stay what they are."""
    one = unkept(NO_WORDS)
    failed = ev.TurnTranscribed(FRONT, "i", None, {"type": "conversation.item.input_audio_transcription.failed"})
    called = ev.FunctionCalled(BILLING, "r", "i", "c", "find_invoice", "")

    assert filled(one, failed) == failed
    assert filled(one, called, {"out": {"type": "Announce", "fields": {"rule": "arguments"}}}) == called
    assert filled(one, ev.CallerLeft()) == ev.CallerLeft()
    assert filled(unkept(""), called) == called


def test_words_that_were_left_out_are_like_any_others() -> None:
    """Where some may have been; everything else has to be the same."""
    assert alike([{"text": None, "id": 1}], [{"text": "words", "id": 1}], lenient=True)
    assert alike({"text": None}, {}, lenient=True)
    assert not alike({"text": None}, {"text": "words"}, lenient=False)
    assert not alike({"id": None}, {"id": "1"}, lenient=True)
    assert not alike([1], [1, 2], lenient=True)
    assert not alike({"a": 1}, {}, lenient=True)


def test_times_may_differ_by_a_little() -> None:
    """As long as both are numbers."""
    assert alike({"seconds": 1.0}, {"seconds": 1.04}, lenient=False)
    assert alike({"ms": 100}, {"ms": 140}, lenient=False)
    assert not alike({"ms": 100}, {"ms": 160}, lenient=False)
    assert not alike({"seconds": 1.0}, {"seconds": None}, lenient=False)
