"""The lines of a journal, read: what happened, and what the caller's side knows by it."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import events as ev
from orchestrator.gateway.projection import Projection
from orchestrator.gateway.resuming.journal import CallJournal
from orchestrator.gateway.resuming.past import Happened, ends, events, steps
from orchestrator.gateway.session import SessionView
from tests.core.scene import FRONT


def view() -> SessionView:
    """Return a session object."""
    return SessionView(session_id="sess_1", model="helpdesk", expires_at=1, reserved=frozenset())


@pytest.mark.parametrize("kind", ["response.output_audio_transcript.delta", "response.output_text.delta"])
def test_words_come_back_with_what_the_caller_was_sent(kind: str) -> None:
    """As a frame that can be forwarded, where it was one; else as a payload of its type."""
    lines: list[str] = []
    journal = CallJournal(lines.append, lambda: None, 0.0)
    payload = {"type": kind, "response_id": "r", "item_id": "i", "delta": "Good day"}
    whole = {"frame": json.dumps(payload)} if "audio" in kind else {"payload": payload}
    journal.observe(ev.TranscriptProduced(FRONT, "r", "i", "Good day", **whole), [], 1.0)
    journal.flush()
    (happened,) = events(steps(lines), view(), Projection())

    event = happened.event
    assert isinstance(event, ev.TranscriptProduced)
    told = json.loads(event.frame) if event.frame else event.payload
    assert (told["type"], told["delta"], told["response_id"], told["item_id"]) == (kind, "Good day", "r", "i")
    assert bool(event.frame) is ("audio" in kind)


def test_the_callers_side_knows_again_what_it_was_told() -> None:
    """The session object, names of own tools, and items that the caller makes are in entries of the gateway's own."""
    before, lines = view(), list[str]()
    before.update({"type": "realtime", "tools": [{"type": "function", "name": "look", "parameters": {}}]})
    journal = CallJournal(lines.append, lambda: None, 10.0)
    journal.session(before.kept(), 11.0)
    journal.own_item("item_mine", "root", 12.0)
    after, projection = view(), Projection()

    assert list(events(steps(lines), after, projection)) == []
    assert after.echo() == before.echo()
    assert after.tool_names == {"look"}
    assert projection.knows("item_mine")


def test_an_event_of_another_version_is_left_out() -> None:
    """A node of an older version goes on without it; the end of the journal is known all the same."""
    lines = ['[{"t":1.0,"in":{"type":"NeverHeardOf"}}]', '[{"t":2.0,"in":{"type":"CallerCleared"}}]']

    assert list(steps(lines)) == [Happened(2.0, ev.CallerCleared())]


def test_a_journal_ends_with_the_last_of_what_was_counted() -> None:
    """Audio may go on while words come to an end; a journal without lines has not begun."""
    lines = ['[{"t":1.0,"in":{"type":"A"}}]', '[{"t":2.0,"in":{"until":2.9}},{"t":2.1,"in":{}},{"t":2.2,"own":"i"}]']

    assert ends(lines) == 2.9
    assert ends([]) == 0.0
