"""What is expected in a test of a team."""

from __future__ import annotations

from typing import get_args

import pytest
from pydantic import ValidationError

from orchestrator.core.events import Ending
from orchestrator.core.permission import Rule
from orchestrator.team.trials import Expected, HandoffExpected
from orchestrator.team.trials.expectations import EndOfCall, Refusal, expression_in


def test_short_forms_of_what_is_expected() -> None:
    """One entry without brackets, a call by its name, a handoff by its target."""
    expected = Expected.model_validate(
        {"says": "PIN", "calls": ["check_pin", {"refund": {"cents": 12}}], "handoff": "x"}
    )

    assert expected.says == ("PIN",)
    assert expected.calls == ({"check_pin": {}}, {"refund": {"cents": 12}})
    assert expected.handoff == HandoffExpected(to="x")
    assert expected.refused is None
    assert Expected.model_validate({"calls": {"refund": None}}).calls == ({"refund": {}},)


def test_refusals_and_endings_are_those_of_a_call() -> None:
    """In the words of the core, which the team file cannot import."""
    assert list(get_args(Refusal)) == list(Rule)
    assert list(get_args(EndOfCall)) == list(Ending)


def test_text_between_slashes_is_a_regular_expression() -> None:
    """It is tried when it is read; a single slash is a word."""
    assert expression_in("/order [0-9]+/") == "order [0-9]+"
    assert [expression_in(words) for words in ("order", "/", "//", "and/or", "/a")] == [None] * 5
    with pytest.raises(ValidationError, match="invalid regular expression"):
        Expected.model_validate({"says": ["fine", "/(/"]})
