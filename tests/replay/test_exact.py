"""Recorded calls run again, and what is said when something is different."""

from __future__ import annotations

import pytest

from orchestrator.records.format import RecordError
from orchestrator.replay.exact import replay
from orchestrator.team.limits import Record
from tests.core.scene import HELPDESK
from tests.replay.talks import billed, changed, header

SILENT = "record: {transcript: false}\n"


def test_a_call_runs_again() -> None:
    """Every event brings about what it did; audio is counted, not compared."""
    done = replay(billed())

    assert (done.same, done.differences) == (True, 0)
    assert (done.events, done.effects, done.passed) == (22, 44, 11)
    assert (done.wordless, done.ends, done.skipped) == (0, None, [])
    assert done.seconds == pytest.approx(0.44)


def test_the_first_difference_is_told_with_its_place() -> None:
    """When it was, what was said before and after, and what is different."""
    done = replay(changed(billed(), "Reason: an invoice", "Reason: a refund"))

    assert not done.same
    assert done.first is not None
    assert done.differences == 1
    assert (done.first.t, done.first.seat, done.first.number) == (0.24, "caller", 12)
    assert done.first.said == ["front: Hello, this is Acme.", "caller: My invoice, please."]
    assert done.first.said_then == ["billing: It is paid.", "caller: Thanks."]
    different = [line for line in done.first.diff if line[0] in "+-"]
    assert different == ["-        Reason: a refund", "+        Reason: an invoice"]


def test_differences_of_a_few_milliseconds_are_none() -> None:
    """When each frame of audio came is not in a record."""
    lines = billed()

    assert replay(changed(lines, '"seconds":0.04', '"seconds":0.06')).same
    assert not replay(changed(lines, '"seconds":0.04', '"seconds":0.4')).same


def test_after_a_gap_nothing_is_compared() -> None:
    """The call has gone on without what is missing."""
    lines = billed()
    at = next(number for number, line in enumerate(lines) if '"t":0.2,' in line)
    done = replay([*lines[:at], '{"t":0.2,"gap":7}', *changed(lines, "It is paid", "It is not")[at:]])

    assert done.same
    assert (done.ends, done.lost) == (0.2, 7)
    assert done.events + done.rest == 22


def test_an_event_that_is_not_known_ends_the_comparison() -> None:
    """A newer version may have written it."""
    done = replay(changed(billed(), '"type":"TurnCommitted"', '"type":"TurnDreamt"'))

    assert done.same
    assert done.ends is not None
    assert "TurnDreamt" in done.skipped[0]


def test_a_last_line_that_is_broken_is_no_difference() -> None:
    """The process ended while it was written."""
    done = replay([*billed(), '{"t":1.0,"in":{"ty'])

    assert done.same
    assert done.ends is None
    assert len(done.skipped) == 1


def test_words_that_were_left_out_are_not_compared() -> None:
    """All else is."""
    lines = billed(Record(transcript=False), HELPDESK + SILENT)
    done = replay(lines)

    assert done.same
    assert done.first is None
    assert done.wordless > 5
    (other,) = (one for one in [replay(changed(lines, '"name":"find_invoice"', '"name":"find_order"'))])
    assert other.first is not None
    assert not other.first.certain


def test_what_is_no_record_is_refused() -> None:
    """So is one of a version that is not known here."""
    with pytest.raises(RecordError, match="no record"):
        replay(["{}"])
    with pytest.raises(RecordError, match="version 99"):
        replay(header(billed(), v=99))
