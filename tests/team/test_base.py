"""What all mappings of a team file have in common."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pydantic import Field, ValidationError

from orchestrator.team.base import Short, Strict


class Pause(Short):
    """A mapping with a short form: the value of `at`."""

    short: ClassVar[str] = "at"
    at: float = Field(gt=0)
    say: str = ""


class Call(Strict):
    """A mapping without a short form."""

    pause: Pause = Pause(at=5)


def test_unknown_keys_are_refused() -> None:
    """A misspelt key is an error, not a default."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Call.model_validate({"pase": 3})


def test_nothing_changes_after_loading() -> None:
    """The models are frozen."""
    call = Call()

    with pytest.raises(ValidationError, match="frozen"):
        call.pause = Pause(at=1)  # type: ignore[misc]


@pytest.mark.parametrize("written", [3, {"at": 3}], ids=["short", "full"])
def test_a_short_form_is_the_value_of_the_main_key(written: object) -> None:
    """Both forms give the same model."""
    assert Call.model_validate({"pause": written}).pause == Pause(at=3)


def test_a_list_is_no_short_form() -> None:
    """It is refused as a whole, so that the message is about the list."""
    with pytest.raises(ValidationError, match="model_type"):
        Call.model_validate({"pause": [3]})


def test_only_keys_that_the_file_sets_are_written() -> None:
    """Defaults are left out, at every depth."""
    assert Call().written() == {}
    assert Call.model_validate({"pause": 3}).written() == {"pause": {"at": 3.0}}


def test_editors_accept_both_forms() -> None:
    """The JSON Schema describes the short form beside the mapping."""
    schema = Call.model_json_schema()
    short, full = schema["$defs"]["Pause"]["anyOf"]

    assert short == {"type": "number", "exclusiveMinimum": 0}
    assert set(full["properties"]) == {"at", "say"}
    assert full["additionalProperties"] is False
