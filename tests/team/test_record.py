"""What a team file says of the record of a call."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.team.record import Record
from orchestrator.team.schema import Team

AGENTS = {"front": {"name": "front", "instructions": "Help."}}


def record(value: object) -> Record | None:
    """Read the key `record` of a team."""
    return Team.model_validate({"team": "t", "start": "front", "agents": AGENTS, "record": value}).record


def test_words_are_kept_for_a_month_by_default() -> None:
    """And no sound; `true` says the same, and `false` keeps nothing."""
    kept = Team.model_validate({"team": "t", "start": "front", "agents": AGENTS}).record

    assert kept == record(True) == Record()
    assert (Record().transcript, Record().audio, Record().seconds) == (True, False, 30 * 24 * 3600)
    assert record(False) is None


@pytest.mark.parametrize(
    ("keep", "seconds"),
    [("1 day", 86400), ("12 hours", 43200), ("90 minutes", 5400), ("2 weeks", 1209600), ("forever", None)],
)
def test_a_span_of_time_has_a_unit(keep: str, seconds: float | None) -> None:
    """In words that people use; without an end it is `forever`."""
    assert Record(keep=keep).seconds == seconds


@pytest.mark.parametrize("keep", ["30", "0 days", "1 month", "days", ""])
def test_any_other_span_is_refused(keep: str) -> None:
    """A month has no length, and a number alone could be anything."""
    with pytest.raises(ValidationError):
        Record(keep=keep)
