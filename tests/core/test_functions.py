"""Function calls: tools of the team, tools of the caller, mistakes."""

from __future__ import annotations

import json

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.functions import PENDING
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.state import ROUNDS
from tests.core.scene import BILLING, FRONT, TEAMWORK, TEAMWORK_TOOLS, TECH, VAULT, Scene, expired, only, own

CLIENT = ev.CallerSettings(tools=({"type": "function", "name": "show_map"},))
ANSWER = {"id": "out_1", "type": "function_call_output", "call_id": "fc1", "output": "shown"}


def calling(name: str = "find_order", settings: ev.CallerSettings | None = None) -> tuple[Scene, list[object]]:
    scene = Scene()
    scene.open(settings=settings)
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    return scene, list(scene.function("front", "r1", name, '{"number": "48213"}'))


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


def test_several_tools_of_one_response_end_in_one_response() -> None:
    """Every output first, then one response.create."""
    scene, _ = calling()
    scene.function("front", "r1", "find_order", call_id="fc2")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    assert only(do.CreateResponse, scene.feed(ev.ToolReturned("fc2", "two"))) == []
    assert len(only(do.CreateResponse, scene.feed(ev.ToolReturned("fc1", "one")))) == 1


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


def test_the_callers_answer_after_a_handoff_goes_to_the_agent_that_asked() -> None:
    """The conversation that made the function call is the only one that knows it."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(ev.SessionOpened(BILLING))
    scene.function("front", "r1", "transfer_to_billing", call_id="fc2")
    scene.feed(ev.ResponseStarted(BILLING, "r2"))

    assert scene.feed(ev.CallerAnswered(ANSWER)) == [do.AddItem(FRONT, ANSWER)]


def test_an_answer_for_a_session_that_is_gone_is_told_as_a_note() -> None:
    """Its function-call id means nothing on the new session, but what it says does."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(ev.SessionLost(FRONT, "reset"), ev.SessionOpened(FRONT))

    (note,) = only(do.AddItem, scene.feed(ev.CallerAnswered(ANSWER)))
    assert (note.session.agent, note.item["role"]) == ("front", "system")
    assert "'show_map'" in note.item["content"][0]["text"]
    assert "shown" in note.item["content"][0]["text"]


def test_an_application_can_tell_of_earlier_function_calls() -> None:
    """A client that reconnects replays its history: its own function call, and the output that belongs to it."""
    scene = Scene()
    scene.open()
    called = {"id": "old_1", "type": "function_call", "name": "show_map", "call_id": "fc1", "arguments": "{}"}
    scene.feed(ev.CallerTyped(called))

    assert scene.feed(ev.CallerAnswered(ANSWER, "e1")) == [do.AddItem(FRONT, ANSWER, event_id="e1")]


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


def test_a_tools_result_outlives_its_session() -> None:
    """The result is told to the reopened session as a note, and the agent speaks."""
    scene, _ = calling()
    scene.feed(ev.SessionLost(FRONT, "reset"))
    scene.feed(ev.SessionOpened(FRONT))
    scene.feed(ev.ResponseStarted(FRONT, "r2"), ev.ResponseFinished(FRONT, "r2", "completed"))
    effects = scene.feed(ev.ToolReturned("fc1", "shipped"))

    (item,) = only(do.AddItem, effects)
    assert "find_order" in item.item["content"][0]["text"]
    assert "shipped" in item.item["content"][0]["text"]
    assert only(do.SendFunctionOutput, effects) == []
    assert only(do.CreateResponse, effects)


def test_a_tools_result_while_its_session_is_away_waits_in_the_transcript() -> None:
    """The session that opens next is told of it."""
    scene, _ = calling()
    scene.turn("front", "i1", "Where is it?")
    scene.feed(ev.SessionLost(FRONT, "reset"))
    scene.feed(ev.ToolReturned("fc1", "shipped"))

    texts = [item.item["content"][0]["text"] for item in only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))]
    assert any("find_order → shipped" in text for text in texts)


def test_a_hang_up_cancels_the_tools_that_run() -> None:
    """P30: nothing goes on for a caller who left; a call of the caller's own tool is just forgotten."""
    scene, _ = calling("find_order", CLIENT)
    scene.function("front", "r1", "show_map", call_id="fc2")

    assert only(do.CancelTool, scene.feed(ev.CallerLeft())) == [do.CancelTool("fc1")]


def bank(agent: str = "front") -> Scene:
    """A call with the bank; the caller is with an agent that has just begun a response."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open(agent)
    if agent == "billing":
        scene.call.state.route.visited.add("verify")
        scene.call.state.variables.set("account", "123456")
        scene.call.state.variables.set("verified", True, "check_pin")
        scene.moved("front", "billing")
        scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"), expired(TimerKind.FAREWELL))
    scene.feed(ev.ResponseStarted(own(agent), "r1"))
    return scene


def told(effects: list[do.Effect]) -> str:
    """Return what the model was told."""
    return only(do.SendFunctionOutput, effects)[0].output


def test_a_rule_caps_how_often_a_tool_runs() -> None:
    """`refund at most 1 per call`; what was never begun does not count."""
    scene = bank("billing")
    assert "refund needs card. card is set by take_card: call it first." in told(
        scene.function("billing", "r1", "refund", call_id="fc2")
    )
    scene.function("billing", "r1", "take_card", call_id="fc3")
    scene.feed(ev.ToolReturned("fc3", "ok", {"card": "4111222244443333"}))
    assert only(do.RunTool, scene.function("billing", "r1", "refund", call_id="fc4"))
    scene.feed(ev.ToolFailed("fc4", "amount: missing", ran=False))
    assert only(do.RunTool, scene.function("billing", "r1", "refund", call_id="fc5"))

    assert "can run once per call and has already" in told(scene.function("billing", "r1", "refund", call_id="fc6"))
    scene.feed(ev.ToolFailed("fc5", "it broke"))
    assert "can run once" in told(scene.function("billing", "r1", "refund", call_id="fc7"))


def test_several_times_are_counted() -> None:
    """The number is told."""
    scene = Scene(TEAMWORK.replace("refund at most 1", "take_card at most 2"), TEAMWORK_TOOLS)
    scene.open()
    scene.call.state.functions.tools = {**TEAMWORK_TOOLS, "front": {"take_card": None}}
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    for number in range(2):
        assert only(do.RunTool, scene.function("front", "r1", "take_card", call_id=f"fc{number}"))

    assert "can run 2 times per call" in told(scene.function("front", "r1", "take_card", call_id="fc9"))


def test_a_tool_is_given_only_what_its_agent_may_know_and_sets_only_what_it_may() -> None:
    """`card stays in billing`; `verified` is set by another tool, `account` has a form."""
    scene = bank()
    scene.call.state.functions.tools = {**TEAMWORK_TOOLS, "front": {"look": None}}
    (run,) = only(do.RunTool, scene.function("front", "r1", "look"))
    assert set(run.variables) == {"account", "verified"}
    effects = scene.feed(ev.ToolReturned("fc1", "seen", {"card": "1", "verified": True, "account": "x"}))

    assert json.loads(told(effects)) == {
        "result": "seen",
        "error": "verified is set by check_pin only; account must match ^[0-9]{6}$",
    }
    assert not any(scene.call.state.variables.values().values())


def filling(say: str = "refund") -> Scene:
    """Let billing call a slow function and end its response."""
    scene = bank("billing")
    scene.call.state.variables.set("card", "4111222244443333", "take_card")
    scene.function("billing", "r1", say, '{"question": "what?"}', call_id="fc2")
    scene.feed(ev.ResponseFinished(BILLING, "r1", "completed"))
    return scene


def test_p24_a_slow_tool_or_consult_is_bridged_by_a_filler() -> None:
    """P24: word for word, or in the agent's own words; once; the answer follows when it is there."""
    effects = filling().feed(expired(TimerKind.FILLER, "fc2"))
    assert only(do.CreateResponse, effects)[0].options["instructions"] == "Say exactly: I am still here."
    assert only(do.CreateResponse, effects)[0].options["tool_choice"] == "none"
    effects = filling("ask_lawyer").feed(expired(TimerKind.FILLER, "fc2"))
    assert "looking into it" in only(do.CreateResponse, effects)[0].extra

    scene = filling()
    scene.feed(expired(TimerKind.FILLER, "fc2"), ev.ResponseStarted(BILLING, "r2"))
    assert not only(do.CreateResponse, scene.feed(ev.ToolReturned("fc2", "done")))
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(BILLING, "r2", "completed")))


def test_a_filler_waits_for_a_moment_in_which_nothing_is_said() -> None:
    """The agent still speaks, or what it said still plays."""
    scene = filling()
    scene.speech("billing", "r2", ms=3000.0)
    again = [do.StartTimer(Timer(TimerKind.FILLER, "fc2"), 2.0)]
    assert scene.feed(expired(TimerKind.FILLER, "fc2")) == again
    scene.feed(ev.ResponseFinished(BILLING, "r2", "completed"))
    assert scene.feed(expired(TimerKind.FILLER, "fc2")) == again

    assert only(do.CreateResponse, scene.after(3.0, expired(TimerKind.FILLER, "fc2")))


def test_nobody_hears_a_filler_after_the_caller_moved_on_or_when_the_call_ends() -> None:
    """The function's agent has the caller no more, its session is gone, or goodbye is being said."""
    scene = filling()
    scene.feed(expired(TimerKind.CALL))
    assert scene.feed(expired(TimerKind.FILLER, "fc2")) == []
    scene = filling("ask_lawyer")
    scene.turn("billing", "i7")
    scene.feed(ev.ResponseStarted(BILLING, "r2"))
    scene.function("billing", "r2", "transfer_to_front", call_id="fc3")
    scene.feed(ev.ResponseFinished(BILLING, "r2", "completed"), ev.ResponseStarted(FRONT, "r3"))

    assert scene.feed(expired(TimerKind.FILLER, "fc2")) == []


def test_a_tool_of_the_application_that_is_never_answered_holds_up_nothing() -> None:
    """The agent goes on with its own tools, and is renewed; a late answer still finds its place."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.turn("front", "i2")
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    scene.function("front", "r2", "find_order", call_id="fc2")
    scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    assert only(do.CreateResponse, scene.feed(ev.ToolReturned("fc2", "shipped")))
    assert only(do.AddItem, scene.feed(ev.CallerAnswered(ANSWER)))


def test_what_the_application_has_not_answered_is_bounded() -> None:
    """P36: the oldest is forgotten."""
    scene, _ = calling("show_map", CLIENT)
    for number in range(2, PENDING + 10):
        scene.function("front", "r1", "show_map", call_id=f"fc{number}")

    assert len(scene.call.state.functions.open) == PENDING
    assert only(do.Refuse, scene.feed(ev.CallerAnswered(ANSWER)))


def test_a_tool_that_fails_while_its_session_is_away_is_told_to_the_next_one() -> None:
    """It would go on as if nothing had been tried."""
    scene, _ = calling()
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.SessionLost(FRONT, "reset"))
    scene.feed(ev.ToolFailed("fc1", "declined"))
    told = [effect.item["content"][0]["text"] for effect in only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))]

    assert "Earlier in this call: Tool: find_order → declined" in told


def test_an_agent_that_only_calls_functions_is_asked_for_words_and_then_no_more() -> None:
    """A model that calls what was refused over and over costs no more than some responses for a turn of the caller."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    asked: list[do.CreateResponse] = []
    for number in range(50):
        response = f"r{number}"
        scene.feed(ev.ResponseStarted(FRONT, response))
        scene.function("front", response, "no_such_tool", call_id=f"fc{number}")
        wanted = only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, response, "completed")))
        if not wanted:
            break
        asked += wanted
    assert [ask.options.get("tool_choice") for ask in asked] == [None] * ROUNDS + ["none"]

    scene.turn("front", "i2")
    scene.feed(ev.ResponseStarted(FRONT, "again"))
    scene.function("front", "again", "no_such_tool", call_id="fc99")
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "again", "completed")))
