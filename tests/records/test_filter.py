"""What somebody asks for is asked for by name."""

from __future__ import annotations

from dataclasses import fields

from orchestrator.records import Filter


def test_a_filter_that_says_nothing_wants_the_newest_calls() -> None:
    """Everything is optional, and a list has an end."""
    wanted = Filter()

    assert {field.name for field in fields(wanted) if getattr(wanted, field.name) is not None} == {"limit"}
