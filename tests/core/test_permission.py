"""Whether something may happen: needs, arguments, rules."""

from __future__ import annotations

import pytest

from orchestrator.core.tools.rules import ToolRule
from orchestrator.core.wording import NOT_JSON
from tests.core.scene import TEAMWORK, TEAMWORK_TOOLS, Scene, bank, refused


def test_what_a_way_needs_is_told_with_the_function_that_leads_there() -> None:
    """The agent asks for what a caller can say, and calls what only a tool can set."""
    scene = bank()
    said = refused(scene.transfer("front", "billing"))

    assert said["error"] == (
        "transfer_to_billing needs account, verified. Ask the caller for account. verified is set by check_pin, "
        "which verify can call: hand the caller over to verify first."
    )
    assert said["call_first"] == "transfer_to_verify"


def test_whose_tool_it_is_decides_what_is_told() -> None:
    """The agent's own tool is to be called; without a way to it, its agents are named."""
    own = Scene(
        TEAMWORK.replace("verified: {type: boolean, set_by: check_pin}", "verified: {set_by: take_card}"),
        {**TEAMWORK_TOOLS, "front": {"take_card": ToolRule()}},
    )
    own.open()
    assert refused(own.transfer("front", "billing"))["call_first"] == "take_card"

    far = Scene(TEAMWORK, {**TEAMWORK_TOOLS, "verify": {}, "lawyer": {"check_pin": ToolRule()}})
    far.open()
    said = refused(far.transfer("front", "billing"))
    assert "which lawyer can call." in said["error"]
    assert "call_first" not in said


def test_what_was_not_found_out_before_cannot_be_had() -> None:
    """No agent has the function that the team's `before` names."""
    scene = Scene(TEAMWORK, {**TEAMWORK_TOOLS, "verify": {}, "lawyer": {}})
    scene.open()
    said = refused(scene.transfer("front", "billing"))

    assert "verified is found out when a call begins, and was not: it cannot be had in this call." in said["error"]
    assert "call_first" not in said


def test_ill_arguments_are_refused_with_what_they_must_be() -> None:
    """Type and pattern, before anything moves."""
    scene = bank()
    said = refused(scene.transfer("front", "billing", '{"account": "12"}'))
    assert said["error"] == ("account must match ^[0-9]{6}$. Ask the caller, then call transfer_to_billing again.")
    assert scene.call.state.variables.get("account") is None

    said = refused(scene.transfer("front", "billing", '{"account": "123456", "nonsense": 1}', "fc2"))
    assert said["error"].startswith("transfer_to_billing needs verified.")
    assert scene.call.state.variables.get("account") is None


def test_an_argument_must_be_as_its_variable_too() -> None:
    """The edge may say less than the variable's declaration: both hold."""
    scene = Scene(
        TEAMWORK.replace("needs: [account, verified]", "needs: [verified], args: {account: string}"), TEAMWORK_TOOLS
    )
    scene.open()

    said = refused(scene.transfer("front", "billing", '{"account": "12"}'))
    assert said["error"].startswith("account must match ^[0-9]{6}$.")


def test_a_rule_about_the_way_holds_for_models_and_programs() -> None:
    """`verify before billing`: whatever a tool has set, and whoever asks."""
    scene = bank()
    scene.call.state.variables.set("account", "123456")
    scene.call.state.variables.set("verified", True, "check_pin")

    assert "before the caller was with verify" in refused(scene.transfer("front", "billing"))["error"]
    assert scene.call.refusal("billing") == "'billing' cannot take over before the caller was with verify."
    assert "that can have the caller" in str(scene.call.refusal("planner"))


@pytest.mark.parametrize(
    "said", ["null", '""', "{}", "", '{"reason": null}', '{"account": "null"}', '{"account": null}']
)
def test_p64_arguments_that_say_nothing_are_none(said: str) -> None:
    """P64: in whatever way models leave them out."""
    assert refused(bank().transfer("front", "billing", said))["error"].startswith(
        "transfer_to_billing needs account, verified."
    )


@pytest.mark.parametrize("said", ['{"account": NaN}', '{"reason": Infinity}', "nonsense", "5"])
def test_p63_arguments_are_strict_json(said: str) -> None:
    """P63: what is not is told, and nothing moves."""
    assert refused(bank().transfer("front", "billing", said))["error"].endswith(NOT_JSON)
