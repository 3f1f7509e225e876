"""A test of a team, as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.team.trials import Trial


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({}, "either `talk` or a simulated `caller`"),
        ({"talk": [{"caller": "hi"}], "caller": {"goal": "x"}}, "either `talk` or a simulated `caller`"),
        ({"caller": {"goal": "x"}, "end": {"agent": "front"}}, "Write under `expect`"),
        ({"talk": [{"caller": "hi"}], "expect": {"agent": "front"}}, "Write `expect` in a turn"),
    ],
)
def test_a_test_has_one_kind_of_caller(keys: dict[str, Any], fault: str) -> None:
    """With the place where to write what is expected of each."""
    with pytest.raises(ValidationError, match=fault):
        Trial.model_validate(keys)


def test_a_test_may_say_what_models_do() -> None:
    """Then no real one is needed."""
    turn = {"caller": "hi"}
    assert not Trial.model_validate({"talk": [turn]}).scripted
    assert Trial.model_validate({"talk": [turn, {**turn, "model": [{"front": "Hello."}]}]}).scripted
