"""What persons do to a call: the words on the wire are those of the core."""

from __future__ import annotations

from typing import get_args

from orchestrator.core.call import HANDLERS
from orchestrator.core.people.events import PersonEvent, Purpose, When


def test_every_event_has_who_handles_it() -> None:
    """As for all other events."""
    assert set(get_args(PersonEvent)) <= HANDLERS.keys()


def test_the_words_are_those_of_the_wire() -> None:
    """`team.person.PURPOSE`, and `when`."""
    assert [purpose.value for purpose in Purpose] == ["note", "say", "instruct"]
    assert [when.value for when in When] == ["silent", "when_idle", "interrupt"]
