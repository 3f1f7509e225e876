"""What holds when a test of a team begins."""

from __future__ import annotations

from orchestrator.team.base import Unquoted
from orchestrator.team.trials import Given, Mock


def test_a_mock_is_one_answer_or_one_for_each_call() -> None:
    """A word is what the tool returns; `real` is its function."""
    fails, pays = {"fails": "declined"}, {"returns": {"paid": Unquoted("12")}, "sets": {"done": True}}
    given = Given.model_validate({"tools": {"check_pin": "right", "refund": [fails, pays], "find": "real"}})

    assert given.tools == {
        "check_pin": (Mock(returns="right"),),
        "refund": (Mock(fails="declined"), Mock(returns={"paid": 12}, sets={"done": True})),
        "find": "real",
    }


def test_all_tools_can_be_real() -> None:
    """One word for all of them."""
    assert Given.model_validate({"tools": "real"}).tools == "real"
