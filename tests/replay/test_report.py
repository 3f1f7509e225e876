"""What is printed of a call that ran again."""

from __future__ import annotations

import json

from orchestrator.replay.exact import replay
from orchestrator.replay.report import plural, report, told
from orchestrator.team.limits import Record
from tests.core.scene import HELPDESK
from tests.replay.talks import billed, changed


def printed(lines: list[str]) -> list[str]:
    """Return what is printed of a record."""
    return list(report(replay(lines)))


def test_a_call_that_is_the_same_is_said_in_a_line() -> None:
    """And what is not compared in another one."""
    first, second = printed(billed())

    assert first == "exact: 22 events, 44 effects"
    assert second.startswith("not compared: audio and words on their way (11 effects)")


def test_a_difference_is_shown_where_it_is() -> None:
    """With the words around it, and how many follow."""
    lines = changed(changed(billed(), "Reason: an invoice", "Reason: a refund"), '"reason":"hang-up"', '"reason":"x"')
    text = "\n".join(printed(lines))

    assert "different: 2 events of 22 (recorded by orchestrator " in text
    assert "first at 0.24 s, event 12: SessionOpened billing" in text
    assert "    caller: My invoice, please." in text
    assert "-        Reason: a refund" in text
    assert "+        Reason: an invoice" in text
    assert "    caller: Thanks." in text
    assert "after it: 1 event with other effects" in text


def test_what_cannot_be_compared_is_said() -> None:
    """And how much of the call that is."""
    lines = billed()
    gap = printed([*lines[:20], '{"t":0.12,"gap":7}', *lines[20:]])
    assert any("7 entries were not recorded" in line and "% of the call" in line for line in gap)
    broken = printed([*lines, "{"])
    assert any("not a whole line" in line for line in broken)
    silent = billed(Record(transcript=False), f"{HELPDESK}record: {{transcript: false}}\n")
    assert any("which the team's `record` left out (" in line for line in printed(silent))
    other = printed(changed(silent, '"name":"find_invoice"', '"name":"find_order"'))
    assert other[0].startswith("exact as far as can be told")
    assert any("that may depend on these words; the first at 0.28 s" in line for line in other)


def test_the_same_is_told_as_json() -> None:
    """For programs."""
    same = told(replay(billed()))
    assert (same["exact"], same["first"], same["not_compared"]["passed"]) == (True, None, 11)
    other = json.loads(json.dumps(told(replay(changed(billed(), "Reason: an", "Reason: no")))))
    assert (other["exact"], other["first"]["number"], other["first"]["event"]["type"]) == (False, 12, "SessionOpened")


def test_things_are_counted() -> None:
    """In the singular and in the plural."""
    assert (plural(1, "event"), plural(2, "event"), plural(0, "entry", "entries")) == (
        "1 event",
        "2 events",
        "0 entries",
    )
