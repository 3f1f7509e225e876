"""What a dialogue expects is compared with what was done."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from tests.evaluation.dialogues import HERE, folder
from tests.evaluation.scoring import Call

TODAY = date(2026, 11, 27)  # a Friday


def test_a_default_may_be_given_or_left_out() -> None:
    """Only what differs from the default has to be said; what differs unasked is wrong."""
    defaults = {"amount": 1}

    assert Call("bring", {"item": "iron"}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert Call("bring", {"item": "iron", "amount": 1}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert Call("bring", {"item": "iron", "note": ""}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert not Call("bring", {"item": "iron", "amount": 2}, defaults).is_right("bring", {"item": "iron"}, TODAY)
    assert not Call("bring", {"item": "iron"}, defaults).is_right("bring", {"item": "iron", "amount": 2}, TODAY)
    assert not Call("bring", {"item": "iron"}, defaults).is_right("fetch", {"item": "iron"}, TODAY)
    assert not Call("bring", {"item": "iron", "room": 3}, defaults).is_right("bring", {"item": "iron"}, TODAY)


def test_a_team_is_a_name_or_a_folder() -> None:
    """A name is one of the committed teams; a path is anywhere."""
    assert folder("clinic") == HERE / "clinic"
    assert folder("/tmp/teams/gym") == Path("/tmp/teams/gym")
