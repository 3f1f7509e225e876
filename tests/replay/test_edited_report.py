"""What is printed of a call with an edited team."""

from __future__ import annotations

import json
from pathlib import Path

from orchestrator.replay.edited import Edited
from orchestrator.replay.edited_report import report, told
from orchestrator.replay.outcomes import Change
from tests.replay.talks import edited


def test_a_call_that_nothing_changes_is_a_line(tmp_path: Path) -> None:
    """No more is to be said."""
    assert list(report(edited(tmp_path))) == ["unchanged: 22 events, 0.44 s"]


def test_what_changes_is_told_as_then_and_now(tmp_path: Path) -> None:
    """Then why nobody knows more, and where it stops."""
    text = "\n".join(report(edited(tmp_path, ("handoffs: 5", "handoffs: 0"))))

    assert "refusals differ from 0.20 s on\n  then: (none)\n  now:  front: transfer_to_billing (handoffs)" in text
    assert "from 0.26 s on the models' answers are those to the old team: front would have been asked" in text
    assert "    caller: My invoice, please.\n  - then, + now:\n" in text
    assert "the comparison stops at 0.26 s: front would have had the caller: " in text


def test_what_is_supposed_is_said_so(tmp_path: Path) -> None:
    """A long difference is cut."""
    edit = "instructions: Find out what the caller needs.", "instructions: |\n" + "      Do it.\n" * 60
    text = "\n".join(report(edited(tmp_path, edit, ("Solve", "Answer"))))

    assert " lines more" in text
    assert "at 0.26 s billing would have been asked something else" in text
    assert text.endswith("the rest supposes that the models would have answered the same")


def test_an_ending_is_one_thing() -> None:
    """It does not differ from a time on."""
    ending = Change(name="ending", t=9.0, then=["left, with front"], now=["silence, with front"], supposing=True)
    done = Edited("sess_1", changes=[ending], asked=[])

    assert list(report(done))[1] == "the ending differs at 9.00 s, supposing the same answers"


def test_the_same_is_told_as_json(tmp_path: Path) -> None:
    """For programs."""
    same = json.loads(json.dumps(told(edited(tmp_path))))
    assert (same["verdict"], same["asked"], same["stopped"], same["changes"]) == ("unchanged", [], None, [])
    other = json.loads(json.dumps(told(edited(tmp_path, ("handoffs: 5", "handoffs: 0")))))
    assert other["stopped"]["t"] == 0.26
    assert {change["name"] for change in other["changes"]} == {"agents", "refusals"}
