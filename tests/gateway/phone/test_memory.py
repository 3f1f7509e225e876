"""What a further stream of a phone call has to know of those before it."""

from __future__ import annotations

import json

import pytest

from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.gateway.phone.memory import NOTHING, Memory, memory_of
from orchestrator.gateway.resuming.journal import CallJournal


@pytest.mark.parametrize("memory", [NOTHING, Memory("48"), Memory("", ("item_1", 1500))])
def test_the_last_line_counts(memory: Memory) -> None:
    """Of those that the journal has of it."""
    lines: list[str] = []
    journal = CallJournal(lines.append, lambda: None, 0.0)
    journal.transport(Memory("4", ("item_0", 1)).written(), 1.0)
    journal.transport(memory.written(), 2.0)
    lines.append(json.dumps([{"t": 3, "in": {"text": "x", "transport": "air"}}]))

    assert memory_of(reversed(lines)) == memory


def test_a_journal_may_have_none() -> None:
    """Then nothing is known."""
    assert memory_of(['{"t":1,"in":{}}']) == NOTHING


def test_marks_say_what_was_heard() -> None:
    """And the clock says of the rest for how long it has not been."""
    assert Memory(heard=("item_1", 1500)).taken_over(0.5) == CallTakenOver("item_1", 1500, 0.5)
    assert NOTHING.taken_over(0.5) == CallTakenOver(silent=0.5)
