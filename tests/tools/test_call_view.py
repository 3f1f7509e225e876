"""What a tool sees of the call: its variables, and what it may ask for."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.team import Variable
from orchestrator.tools import CallView, Variables
from orchestrator.tools.results import RESULT


def view(**variables: Any) -> CallView:
    return CallView(id="call_1", agent="orders", variables=variables)


def test_only_declared_variables_exist() -> None:
    """A misspelt variable is an error with a suggestion, for reading and for writing, by any method."""
    variables = view(customer="Miller").variables

    with pytest.raises(KeyError, match="Did you mean 'customer'"):
        variables["custmer"] = "x"
    with pytest.raises(KeyError, match="Did you mean 'customer'"):
        _ = variables["custmer"]
    with pytest.raises(KeyError, match="Declare it under `variables:`"):
        variables.update(zip_code="1")
    with pytest.raises(KeyError):
        variables.setdefault("zip_code", "1")
    assert variables.get("zip_code") is None
    assert dict(variables) == {"customer": "Miller"}


def test_variables_are_scalars() -> None:
    """A list or an object is refused; deleting unsets."""
    variables = view(customer="Miller").variables

    with pytest.raises(TypeError, match="must be text, a number, a boolean or None, not list"):
        variables["customer"] = ["Miller"]
    del variables["customer"]
    assert variables["customer"] is None


def test_variables_are_as_the_team_file_declares_them() -> None:
    """`set_by` and the constraints hold, and variables that stay with other agents are hidden."""
    declared = {
        "account": Variable(type="string", pattern="^[0-9]{6}$"),
        "verified": Variable(type="boolean", set_by="check_pin"),
        "card": Variable(secret=True),
    }
    variables = Variables({"account": None, "verified": None}, declared, "find_order")

    with pytest.raises(PermissionError, match="'verified' may only be set by check_pin"):
        variables["verified"] = True
    with pytest.raises(ValueError, match="'account' must match"):
        variables["account"] = "12"
    with pytest.raises(KeyError, match="'card' is kept from this agent"):
        variables["card"] = "4111"
    variables["account"] = "123456"
    del variables["account"]
    own = Variables({"verified": None}, declared, "check_pin")
    own["verified"] = True

    assert (dict(variables), dict(own)) == ({"account": None, "verified": None}, {"verified": True})


def test_p50_an_unset_variable_is_missing_to_methods_with_a_default() -> None:
    """P50: `get`, `setdefault` and `pop` give the default; several are set at once, and all can be unset."""
    variables = Variables({"total": None, "name": "Ann"})

    assert (variables.get("total", 0), variables.pop("total", 1), variables.setdefault("total", 2)) == (0, 1, 2)
    assert (variables.setdefault("total", 3), variables.pop("total"), variables["total"]) == (2, 2, None)
    variables |= {"total": 5}
    variables.update(name="Bob")
    assert dict(variables) == {"total": 5, "name": "Bob"}
    with pytest.raises(KeyError, match="no variable 'nme'"):
        variables |= {"nme": "x"}
    with pytest.raises(KeyError, match="no variable 'nme'"):
        variables.pop("nme")
    variables.clear()
    assert dict(variables) == {"total": None, "name": None}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_p63_a_variable_is_a_finite_number(number: float) -> None:
    """P63: others are no JSON, in which variables travel."""
    with pytest.raises(ValueError, match="variable 'total' must be a finite number"):
        view(total=0).variables["total"] = number


def test_p51_what_a_tool_says_to_an_agent_is_text() -> None:
    """P51: anything else is told to its author, who can repair it; and no more of it than of a result."""
    seen = CallView("call_1", "front", agents=("front", "manager"))
    for wrong in (None, 5, ["x"]):
        with pytest.raises(TypeError, match="must be text"):
            seen.hand_over("manager", wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="must be text"):
            seen.end(wrong)  # type: ignore[arg-type]
    seen.hand_over("manager", "x" * 10 * RESULT)
    seen.end("x" * 10 * RESULT)

    assert seen.transfer is not None
    assert seen.last_words is not None
    assert max(len(seen.transfer[1]), len(seen.last_words)) < RESULT + 100
