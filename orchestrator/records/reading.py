"""From the lines of a record to what happened in the call."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from orchestrator.observe.facts import Fact
from orchestrator.observe.story import Story
from orchestrator.records.archive import KEPT, Archive
from orchestrator.records.filter import LOST
from orchestrator.records.format.decoding import Moment, read
from orchestrator.records.summary import summarize


def read_facts(lines: Iterable[str]) -> list[Fact]:
    """Return the facts of a call, of one that goes on as far as they are known; raises `RecordError`.

    The times are those of the record; the facts of all seats are in the order in which they were known.
    """
    facts: list[Fact] = []
    stories: dict[str, Story] = {}
    last = 0.0
    for one in read(lines).moments():
        if isinstance(one, Moment):
            if one.seat not in stories:
                stories[one.seat] = Story((facts.append,), began=0.0, seat=one.seat)
            stories[one.seat].observe(one.event, one.effects, one.t)
            last = max(last, one.t)
    for story in stories.values():
        story.so_far(last)
    return facts


def read_call(archive: Archive, call_id: str) -> tuple[dict[str, Any], list[Fact]]:
    """Return the summary of a call, complete also while it goes on, and its facts; raises `UnknownCall`.

    Of a call without an end the facts say more than the summary, which was written a little before the last of them.
    """
    call = archive.summary(call_id)
    facts = read_facts(archive.lines(call_id))
    whole = call["ended"] is not None and call["ending"] != LOST
    known = {name: call[name] for name in (call if whole else (*KEPT, "audio")) if call[name] not in (None, [], "")}
    return {**call, **summarize(facts), **known, "delivery": archive.delivery(call_id)}, facts
