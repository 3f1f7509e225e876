"""What can be under way, as data."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.core.in_progress import Answerer, FunctionCall
from tests.core.scene import BILLING, FRONT, Scene


def test_only_a_tool_runs() -> None:
    """The caller's application, a handoff and another agent answer in their own time."""
    running = [answerer for answerer in Answerer if FunctionCall(FRONT, "call_0", "f", answerer, 0.0).running]

    assert running == [Answerer.TOOL]


def test_a_call_begins_without_function_calls() -> None:
    """Each call has a ledger of its own."""
    one, other = Scene().call.state.functions, Scene().call.state.functions
    one.runs["refund"] = 1

    assert other.runs == {}
    assert one.open == {}


def test_a_handoff_is_asked_when_the_target_was() -> None:
    """And no longer when the target has dropped since."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    handoff = scene.call.state.route.handoff
    assert handoff is not None
    assert handoff.asked

    scene.feed(ev.SessionLost(BILLING, "reset"))
    assert not handoff.asked
