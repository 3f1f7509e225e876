"""Who handles a function call, and what comes back: tools, the caller's application, agents."""

from __future__ import annotations

import json

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind
from tests.core.scene import (
    FRONT,
    TEAMWORK,
    TEAMWORK_TOOLS,
    TECH,
    VAULT,
    Scene,
    calling,
    only,
    serving,
    told,
)

CLIENT = ev.CallerSettings(tools=({"type": "function", "name": "show_map"},))
ANSWER = {"id": "out_1", "type": "function_call_output", "call_id": "fc1", "output": "shown"}


def test_a_tool_runs_and_its_result_is_answered_once() -> None:
    """The agent is asked to go on when its response is done."""
    scene, effects = calling()
    assert (
        do.RunTool(FRONT, "fc1", "find_order", '{"number": "48213"}', {"account": None, "company": "Acme"}) in effects
    )
    assert scene.function("front", "r1", "find_order") == []

    returned = scene.after(0.5, ev.ToolReturned("fc1", "shipped"))
    assert only(do.SendFunctionOutput, returned) == [do.SendFunctionOutput(FRONT, "fc1", "shipped")]
    assert only(do.CreateResponse, returned) == []
    (announce,) = [effect for effect in only(do.Announce, returned) if effect.name == "tool.returned"]
    assert announce.fields == {"agent": "front", "name": "find_order", "ok": True, "seconds": 0.5}
    assert scene.feed(ev.ToolReturned("fc1", "again")) == []
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_p23_a_tool_that_fails_is_an_output_and_the_agent_speaks() -> None:
    """P23: never silence."""
    scene, _ = calling()
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    effects = scene.feed(ev.ToolFailed("fc1", "no such order"))

    assert json.loads(only(do.SendFunctionOutput, effects)[0].output) == {"error": "no such order"}
    assert only(do.CreateResponse, effects)
    assert scene.feed(ev.ToolFailed("fc1", "again")) == []


def test_an_agent_without_functions_is_told_to_use_words() -> None:
    """The list of what it can call is empty."""
    scene = Scene("team: t\nagents: {front: {instructions: Hi}}\n")
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.call.state.functions.tools = {"front": {}}

    assert "answer in words" in only(do.SendFunctionOutput, scene.function("front", "r1", "help"))[0].output


def test_variables_that_a_tool_sets_reach_the_agents_that_mention_them() -> None:
    """An agent whose instructions mention a variable is told of its new value."""
    scene, _ = calling()
    scene.feed(ev.ToolReturned("fc1", "ok", {"account": "7"}))
    assert scene.call.state.variables.get("account") == "7"

    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.transfer("front", "vault", call_id="fc2")
    scene.feed(ev.SessionOpened(VAULT))
    scene.function("front", "resp_fc2", "find_order", call_id="fc3")
    effects = scene.feed(ev.ToolReturned("fc3", "ok", {"account": "8"}))
    assert [(effect.session.agent, effect.variables) for effect in only(do.ConfigureSession, effects)] == [
        ("vault", {"account": "8"})
    ]


def test_the_callers_own_tools_are_the_callers_to_answer() -> None:
    """The function call is shown to the caller; its output goes to the agent that asked; it asks for the response."""
    scene, _ = calling("nothing", CLIENT)
    effects = scene.feed(
        ev.FunctionCalled(FRONT, "r1", "i1", "fc1", "show_map", "{}", {"type": "response.output_item.done"})
    )
    assert effects == [do.TellCaller({"type": "response.output_item.done"})]

    assert scene.feed(ev.CallerAnswered(ANSWER)) == [do.AddItem(FRONT, ANSWER)]
    (refusal,) = only(do.Refuse, scene.feed(ev.CallerAnswered(ANSWER, "e1")))
    assert (refusal.param, refusal.event_id) == ("item.call_id", "e1")


def test_p18_a_tool_can_move_the_caller() -> None:
    """P18: the tool's result is answered, then the handoff goes its way; the source says no more."""
    scene, _ = calling()
    scene.feed(ev.SessionOpened(TECH), ev.ResponseFinished(FRONT, "r1", "completed"))

    effects = scene.feed(ev.ToolReturned("fc1", "broken", transfer=ev.CallerReferred("tech", "it is broken")))

    assert only(do.SendFunctionOutput, effects) == [do.SendFunctionOutput(FRONT, "fc1", "broken")]
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["tech"]
    (briefing,) = only(do.AddItem, effects)
    assert "it is broken" in briefing.item["content"][0]["text"]


def test_p18_a_tool_that_cannot_move_the_caller_is_told_why() -> None:
    """The vault needs an account that nobody has named: the model gets the result and the reason, and speaks."""
    scene, _ = calling()
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    effects = scene.feed(ev.ToolReturned("fc1", "rich", transfer=ev.CallerReferred("vault")))

    (output,) = only(do.SendFunctionOutput, effects)
    assert "account" in json.loads(output.output)["error"]
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["front"]


def test_a_tool_is_given_only_what_its_agent_may_know_and_sets_only_what_it_may() -> None:
    """`card stays in billing`; `verified` is set by another tool, `account` has a form."""
    scene = serving()
    scene.call.state.functions.tools = {**TEAMWORK_TOOLS, "front": {"look": None}}
    (run,) = only(do.RunTool, scene.function("front", "r1", "look"))
    assert set(run.variables) == {"account", "verified"}
    effects = scene.feed(ev.ToolReturned("fc1", "seen", {"card": "1", "verified": True, "account": "x"}))

    assert json.loads(told(effects)) == {
        "result": "seen",
        "error": "verified is set by check_pin only; account must match ^[0-9]{6}$",
    }
    assert not any(scene.call.state.variables.values().values())


def test_a_consulted_agent_is_not_told_of_ways_that_it_does_not_have() -> None:
    """It has no caller to hand over."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "ask_planner", '{"question": "How?"}')
    planner = SessionId("planner", SessionKind.CONSULT, 1)
    scene.feed(ev.SessionOpened(planner), ev.ResponseStarted(planner, "r2"))

    assert "call: rates, ask_lawyer, ask_broker." in told(scene.function(planner, "r2", "help", call_id="fc2"))
