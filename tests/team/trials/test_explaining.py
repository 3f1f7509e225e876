"""What is wrong in a test, in words for its author; each mistake of `tests/team/broken/test*.yaml` is one of them."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from orchestrator.team.trials import (
    EndExpected,
    Expected,
    Given,
    HandoffExpected,
    Interrupt,
    Mock,
    Persona,
    Spoken,
    Step,
    Trial,
    Turn,
    WholeExpected,
)
from orchestrator.team.trials.explaining import explain, model_below


@pytest.mark.parametrize(
    ("path", "model"),
    [
        ("x", Trial),
        ("x given", Given),
        ("x given tools expect", Mock),
        ("talk caller", Persona),
        ("x expect", WholeExpected),
        ("x end", EndExpected),
        ("x talk", Turn),
        ("x talk caller", Spoken),
        ("x talk caller Spoken", Spoken),
        ("x talk expect", Expected),
        ("x talk expect handoff", HandoffExpected),
        ("x talk interrupt", Interrupt),
        ("x talk model", Step),
    ],
)
def test_the_keys_that_may_be_used_are_those_of_the_place(path: str, model: type[BaseModel]) -> None:
    """`caller` and `expect` of a turn are others than those of a whole test; names may be spelled like keys."""
    assert model_below(path.split()) is model


def test_what_is_no_matter_of_tests_is_explained_as_in_the_rest_of_a_team_file() -> None:
    """Such as a number that is too large."""
    assert explain("less_than_equal", ["tests", "x", "talk", "caller", "Spoken", "snr"], {}) is None
    assert explain("string_type", ["tests", "x", "talk", "model", "says"], {}) is None


def test_names_of_tests_agents_and_variables_are_told_apart() -> None:
    """By the key that they stand below."""
    pattern = "string_pattern_mismatch"
    assert explain(pattern, ["tests", "x\n", "[key]"], {}) == (
        "not a name for a test",
        "Use at most 120 characters, in one line.",
    )
    assert explain(pattern, ["tests", "x", "given", "variables", "a b", "[key]"], {}) == (
        "not a valid variable name",
        "Use letters, digits and underscores; do not start with a digit.",
    )
    assert explain(pattern, ["tests", "x", "end", "agent"], {}) == (
        "not a valid name",
        "Write an agent's name as it is in the team file.",
    )
