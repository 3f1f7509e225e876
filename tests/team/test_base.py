"""What all mappings of a team file have in common, shown with limits."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.team.limits import Limit, Limits


def test_unknown_keys_are_refused() -> None:
    """A misspelt key is an error, not a default."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Limits.model_validate({"silense": 3})


def test_nothing_changes_after_loading() -> None:
    """The models are frozen."""
    limits = Limits()

    with pytest.raises(ValidationError, match="frozen"):
        limits.handoffs = 1  # type: ignore[misc]


@pytest.mark.parametrize("written", [3, {"at": 3}], ids=["short", "full"])
def test_a_short_form_is_the_value_of_the_main_key(written: object) -> None:
    """Both forms give the same model."""
    assert Limits.model_validate({"silence": written}).silence == Limit(at=3)


def test_a_list_is_not_a_short_form() -> None:
    """It is refused as a whole, so that the message is about the list."""
    with pytest.raises(ValidationError, match="model_type"):
        Limits.model_validate({"silence": [3]})


def test_only_keys_that_the_file_sets_are_written() -> None:
    """Defaults are left out, at every depth."""
    assert Limits().written() == {}
    assert Limits.model_validate({"silence": 3}).written() == {"silence": {"at": 3.0}}


def test_editors_accept_both_forms() -> None:
    """The JSON Schema describes the short form beside the mapping."""
    short, full = Limits.model_json_schema()["$defs"]["Limit"]["anyOf"]

    assert short == {"type": "number", "exclusiveMinimum": 0}
    assert set(full["properties"]) == {"at", "say"}
    assert full["additionalProperties"] is False
