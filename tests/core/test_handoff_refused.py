"""Handoffs that are refused with what the model, or the program, can do."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.state import Phase
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, bank, only, own, refused, rules


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("transfer_to_front", "You are 'front'"),
        ("transfer_to_billng", "transfer_to_billing"),
        ("nonsense", "find_order"),
    ],
    ids=["itself", "unknown agent", "unknown function"],
)
def test_p12_p23_a_call_of_nothing_is_refused_with_what_there_is(name: str, says: str) -> None:
    """P12, P23: the model is told what it can call, and speaks."""
    scene = Scene()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1", {}))
    effects = scene.function("front", "r1", name)
    effects += scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    (output,) = only(do.SendFunctionOutput, effects)
    assert says in json.loads(output.output)["error"]
    assert rules(effects) == ["unknown"]
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["front"]


@pytest.mark.parametrize("arguments", ["broken", "[1]", "{}", '{"sku": ""}'], ids=["json", "list", "missing", "empty"])
def test_bad_arguments_of_a_transfer_are_refused(arguments: str) -> None:
    """The model is told what is wrong and can call again."""
    scene = Scene()
    scene.open("stock")
    effects = scene.transfer("front", "stock", arguments)

    (output,) = only(do.SendFunctionOutput, effects)
    assert "error" in json.loads(output.output)
    assert rules(effects) == ["arguments"]
    assert scene.call.state.phase is Phase.TALKING


def test_p11_ping_pong_is_refused_until_the_caller_has_spoken() -> None:
    """P11: two agents cannot toss the caller to and fro."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    effects = scene.transfer("billing", "front", call_id="fc2")
    assert "said nothing since" in only(do.SendFunctionOutput, effects)[0].output
    assert rules(effects) == ["ping-pong"]

    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    scene.turn("billing", "i4")
    scene.transfer("billing", "front", call_id="fc3")
    assert scene.call.state.phase is Phase.HANDING_OFF


def test_p11_the_number_of_handoffs_is_limited() -> None:
    """P11: the hop limit ends a loop with a reason that the model can act on."""
    scene = Scene()
    scene.open("billing")
    source, target = "front", "billing"
    for hop in range(5):
        scene.moved(source, target, call_id=f"fc{hop}")
        scene.feed(ev.ResponseFinished(own(target), f"opening_fc{hop}", "completed"))
        scene.turn(target, f"turn{hop}")
        source, target = target, source
    effects = scene.transfer(source, target, call_id="last")

    assert "too often" in only(do.SendFunctionOutput, effects)[0].output
    assert rules(effects) == ["handoffs"]


def test_an_agent_whose_variables_are_unset_cannot_take_over() -> None:
    """P45: the refusal names what has to be known first; nothing is read aloud by its name."""
    scene = Scene()
    assert "vault" not in [effect.session.agent for effect in only(do.OpenSession, scene.open())]
    effects = scene.transfer("front", "vault")

    assert "account" in only(do.SendFunctionOutput, effects)[0].output
    assert rules(effects) == ["needs"]


@pytest.mark.parametrize(
    ("agent", "why"),
    [("front", "already with 'front'"), ("vault", "account"), ("nobody", "no agent 'nobody'")],
)
def test_p18_the_program_is_told_why_not(agent: str, why: str) -> None:
    """The reason is there before the event is fed, and the handoff is announced as failed if it is fed all the same."""
    scene = Scene()
    scene.open()

    assert why in str(scene.call.refusal(agent))
    (announce,) = only(do.Announce, scene.feed(ev.CallerReferred(agent)))
    assert announce.name == "handoff.failed"
    assert why in announce.fields["reason"]


def test_p18_the_program_has_to_wait_for_its_turn() -> None:
    """Before the first session is open, and while a handoff is under way."""
    scene = Scene()
    assert "being connected" in str(scene.call.refusal("billing"))
    scene.open()
    scene.transfer("front", "billing")
    assert "already" in str(scene.call.refusal("tech"))


def test_a_refused_handoff_changes_no_variable() -> None:
    """What came with it is judged as if it were set, and forgotten when the way is closed."""
    scene = bank("verify", "billing")
    told = refused(scene.transfer("front", "billing", '{"account": "123456"}'))
    assert told["error"].startswith("transfer_to_billing needs verified.")
    assert scene.call.state.variables.get("account") is None
    assert not only(do.ConfigureSession, scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed")))

    scene.call.state.variables.set("verified", True, "check_pin")
    scene.call.state.route.visited.add("verify")
    scene.transfer("front", "billing", '{"account": "123456"}', "fc2")
    assert scene.call.state.phase is Phase.HANDING_OFF
    assert scene.call.state.variables.get("account") == "123456"


def test_what_the_targets_instructions_need_may_come_with_the_handoff() -> None:
    """The account is set by the transfer itself, before the target is opened."""
    text = HELPDESK.replace("      vault: secrets", "      vault: {args: {account: string}}")
    scene = Scene(text)
    scene.open()
    effects = scene.transfer("front", "vault", '{"account": "123456"}')

    (opened,) = only(do.OpenSession, effects)
    assert (opened.session.agent, opened.variables) == ("vault", {"account": "123456"})
