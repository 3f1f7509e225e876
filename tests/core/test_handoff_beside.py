"""Other function calls beside a transfer: a second transfer, tools."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from tests.core.scene import BILLING, FRONT, Scene, expired, only


def test_p06_two_transfers_in_one_response_the_first_wins() -> None:
    """P06: the second is answered, not ignored."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.transfer("front", "billing")
    effects = scene.function("front", "resp_fc1", "transfer_to_tech", call_id="fc2")

    (output,) = only(do.SendFunctionOutput, effects)
    assert output.call_id == "fc2"
    assert "superseded" in output.output
    assert only(do.CreateResponse, effects) == []


def test_p05_p20_a_tool_beside_a_transfer_is_answered_first_and_only_the_target_speaks() -> None:
    """P05, P20: tools are answered on the source without a response, then one handoff."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1", {}))
    assert only(do.RunTool, scene.function("front", "r1", "find_order", call_id="tool"))
    assert only(do.CreateResponse, scene.function("front", "r1", "transfer_to_billing")) == []
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    effects = scene.after(2.0, ev.ToolReturned(scene.ours("tool"), "shipped"))

    assert only(do.SendFunctionOutput, effects) == [do.SendFunctionOutput(FRONT, "tool", "shipped")]
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]


def test_a_tool_that_takes_too_long_does_not_hold_the_handoff_for_ever() -> None:
    """When the time is over and the target is there, the switch is made."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1", {}))
    scene.function("front", "r1", "find_order", call_id="tool")
    scene.function("front", "r1", "transfer_to_billing")
    effects = scene.after(10.0, expired(TimerKind.HANDOFF))
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]

    scene.feed(ev.ResponseStarted(BILLING, "r2", {}))
    late = scene.feed(ev.ToolReturned(scene.ours("tool"), "shipped"))
    assert only(do.SendFunctionOutput, late) == [do.SendFunctionOutput(FRONT, "tool", "shipped")]
    assert only(do.CreateResponse, late) == []
