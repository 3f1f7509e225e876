"""Function calls: tools of the team, tools of the caller, mistakes."""

from __future__ import annotations

import json

from orchestrator.core.effects import (
    AddItem,
    Announce,
    CancelTool,
    ConfigureSession,
    CreateResponse,
    Effect,
    Refuse,
    RunTool,
    SendFunctionOutput,
    StartTimer,
    TellCaller,
)
from orchestrator.core.events import (
    CallerAnswered,
    CallerLeft,
    CallerReferred,
    CallerSettings,
    CallerTyped,
    FunctionCalled,
    ResponseFinished,
    ResponseStarted,
    SessionLost,
    SessionOpened,
    TimerExpired,
    ToolFailed,
    ToolReturned,
)
from orchestrator.core.functions import PENDING
from orchestrator.core.state import ROUNDS
from tests.core.scene import TEAMWORK, TEAMWORK_TOOLS, Scene, only

CLIENT = CallerSettings(tools=({"type": "function", "name": "show_map"},))
ANSWER = {"id": "out_1", "type": "function_call_output", "call_id": "fc1", "output": "shown"}


def calling(name: str = "find_order", settings: CallerSettings | None = None) -> tuple[Scene, list[object]]:
    scene = Scene()
    scene.open(settings=settings)
    scene.feed(ResponseStarted("front", "r1"))
    return scene, list(scene.function("front", "r1", name, '{"number": "48213"}'))


def test_a_tool_runs_and_its_result_is_answered_once() -> None:
    """The agent is asked to go on when its response is done."""
    scene, effects = calling()
    assert RunTool("front", "fc1", "find_order", '{"number": "48213"}', {"account": None, "company": "Acme"}) in effects
    assert scene.function("front", "r1", "find_order") == []

    returned = scene.after(0.5, ToolReturned("fc1", "shipped"))
    assert only(SendFunctionOutput, returned) == [SendFunctionOutput("front", "fc1", "shipped")]
    assert only(CreateResponse, returned) == []
    (announce,) = [effect for effect in only(Announce, returned) if effect.name == "tool.returned"]
    assert announce.fields == {"agent": "front", "name": "find_order", "ok": True, "seconds": 0.5}
    assert scene.feed(ToolReturned("fc1", "again")) == []
    assert only(CreateResponse, scene.feed(ResponseFinished("front", "r1", "completed")))


def test_several_tools_of_one_response_end_in_one_response() -> None:
    """Every output first, then one response.create."""
    scene, _ = calling()
    scene.function("front", "r1", "find_order", call_id="fc2")
    scene.feed(ResponseFinished("front", "r1", "completed"))

    assert only(CreateResponse, scene.feed(ToolReturned("fc2", "two"))) == []
    assert len(only(CreateResponse, scene.feed(ToolReturned("fc1", "one")))) == 1


def test_p23_a_tool_that_fails_is_an_output_and_the_agent_speaks() -> None:
    """P23: never silence."""
    scene, _ = calling()
    scene.feed(ResponseFinished("front", "r1", "completed"))
    effects = scene.feed(ToolFailed("fc1", "no such order"))

    assert json.loads(only(SendFunctionOutput, effects)[0].output) == {"error": "no such order"}
    assert only(CreateResponse, effects)
    assert scene.feed(ToolFailed("fc1", "again")) == []


def test_an_agent_without_functions_is_told_to_use_words() -> None:
    """The list of what it can call is empty."""
    scene = Scene("team: t\nagents: {front: {instructions: Hi}}\n")
    scene.open()
    scene.feed(ResponseStarted("front", "r1"))
    scene.call.state.tools = {"front": {}}

    assert "answer in words" in only(SendFunctionOutput, scene.function("front", "r1", "help"))[0].output


def test_variables_that_a_tool_sets_reach_the_agents_that_mention_them() -> None:
    """An agent whose instructions mention a variable is told of its new value."""
    scene, _ = calling()
    scene.feed(ToolReturned("fc1", "ok", {"account": "7"}))
    assert scene.call.state.variables.get("account") == "7"

    scene.feed(ResponseFinished("front", "r1", "completed"))
    scene.transfer("front", "vault", call_id="fc2")
    scene.feed(SessionOpened("vault"))
    scene.function("front", "resp_fc2", "find_order", call_id="fc3")
    effects = scene.feed(ToolReturned("fc3", "ok", {"account": "8"}))
    assert [(effect.agent, effect.variables) for effect in only(ConfigureSession, effects)] == [
        ("vault", {"account": "8"})
    ]


def test_the_callers_own_tools_are_the_callers_to_answer() -> None:
    """The function call is shown to the caller; its output goes to the agent that asked; it asks for the response."""
    scene, _ = calling("nothing", CLIENT)
    effects = scene.feed(
        FunctionCalled("front", "r1", "i1", "fc1", "show_map", "{}", {"type": "response.output_item.done"})
    )
    assert effects == [TellCaller({"type": "response.output_item.done"})]

    assert scene.feed(CallerAnswered(ANSWER)) == [AddItem("front", ANSWER)]
    (refusal,) = only(Refuse, scene.feed(CallerAnswered(ANSWER, "e1")))
    assert (refusal.param, refusal.event_id) == ("item.call_id", "e1")


def test_the_callers_answer_after_a_handoff_goes_to_the_agent_that_asked() -> None:
    """The conversation that made the function call is the only one that knows it."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(SessionOpened("billing"))
    scene.function("front", "r1", "transfer_to_billing", call_id="fc2")
    scene.feed(ResponseStarted("billing", "r2"))

    assert scene.feed(CallerAnswered(ANSWER)) == [AddItem("front", ANSWER)]


def test_an_answer_for_a_session_that_is_gone_is_told_as_a_note() -> None:
    """Its function-call id means nothing on the new session, but what it says does."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(SessionLost("front", "reset"), SessionOpened("front"))

    (note,) = only(AddItem, scene.feed(CallerAnswered(ANSWER)))
    assert (note.agent, note.item["role"]) == ("front", "system")
    assert "'show_map'" in note.item["content"][0]["text"]
    assert "shown" in note.item["content"][0]["text"]


def test_an_application_can_tell_of_earlier_function_calls() -> None:
    """A client that reconnects replays its history: its own function call, and the output that belongs to it."""
    scene = Scene()
    scene.open()
    called = {"id": "old_1", "type": "function_call", "name": "show_map", "call_id": "fc1", "arguments": "{}"}
    scene.feed(CallerTyped(called))

    assert scene.feed(CallerAnswered(ANSWER, "e1")) == [AddItem("front", ANSWER, event_id="e1")]


def test_p18_a_tool_can_move_the_caller() -> None:
    """P18: the tool's result is answered, then the handoff goes its way; the source says no more."""
    scene, _ = calling()
    scene.feed(SessionOpened("tech"), ResponseFinished("front", "r1", "completed"))

    effects = scene.feed(ToolReturned("fc1", "broken", transfer=CallerReferred("tech", "it is broken")))

    assert only(SendFunctionOutput, effects) == [SendFunctionOutput("front", "fc1", "broken")]
    assert [effect.agent for effect in only(CreateResponse, effects)] == ["tech"]
    (briefing,) = only(AddItem, effects)
    assert "it is broken" in briefing.item["content"][0]["text"]


def test_p18_a_tool_that_cannot_move_the_caller_is_told_why() -> None:
    """The vault needs an account that nobody has named: the model gets the result and the reason, and speaks."""
    scene, _ = calling()
    scene.feed(ResponseFinished("front", "r1", "completed"))

    effects = scene.feed(ToolReturned("fc1", "rich", transfer=CallerReferred("vault")))

    (output,) = only(SendFunctionOutput, effects)
    assert "account" in json.loads(output.output)["error"]
    assert [effect.agent for effect in only(CreateResponse, effects)] == ["front"]


def test_a_tools_result_outlives_its_session() -> None:
    """The result is told to the reopened session as a note, and the agent speaks."""
    scene, _ = calling()
    scene.feed(SessionLost("front", "reset"))
    scene.feed(SessionOpened("front"))
    scene.feed(ResponseStarted("front", "r2"), ResponseFinished("front", "r2", "completed"))
    effects = scene.feed(ToolReturned("fc1", "shipped"))

    (item,) = only(AddItem, effects)
    assert "find_order" in item.item["content"][0]["text"]
    assert "shipped" in item.item["content"][0]["text"]
    assert only(SendFunctionOutput, effects) == []
    assert only(CreateResponse, effects)


def test_a_tools_result_while_its_session_is_away_waits_in_the_transcript() -> None:
    """The session that opens next is told of it."""
    scene, _ = calling()
    scene.turn("front", "i1", "Where is it?")
    scene.feed(SessionLost("front", "reset"))
    scene.feed(ToolReturned("fc1", "shipped"))

    texts = [item.item["content"][0]["text"] for item in only(AddItem, scene.feed(SessionOpened("front")))]
    assert any("find_order → shipped" in text for text in texts)


def test_a_hang_up_cancels_the_tools_that_run() -> None:
    """P30: nothing goes on for a caller who left; a call of the caller's own tool is just forgotten."""
    scene, _ = calling("find_order", CLIENT)
    scene.function("front", "r1", "show_map", call_id="fc2")

    assert only(CancelTool, scene.feed(CallerLeft())) == [CancelTool("fc1")]


def bank(agent: str = "front") -> Scene:
    """A call with the bank; the caller is with an agent that has just begun a response."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open(agent)
    if agent == "billing":
        scene.call.state.route.visited.add("verify")
        scene.call.state.variables.set("account", "123456")
        scene.call.state.variables.set("verified", True, "check_pin")
        scene.moved("front", "billing")
        scene.feed(ResponseFinished("billing", "opening_fc1", "completed"), TimerExpired("farewell"))
    scene.feed(ResponseStarted(agent, "r1"))
    return scene


def told(effects: list[Effect]) -> str:
    """Return what the model was told."""
    return only(SendFunctionOutput, effects)[0].output


def test_a_rule_caps_how_often_a_tool_runs() -> None:
    """`refund at most 1 per call`; what was never begun does not count."""
    scene = bank("billing")
    assert "refund needs card. card is set by take_card: call it first." in told(
        scene.function("billing", "r1", "refund", call_id="fc2")
    )
    scene.function("billing", "r1", "take_card", call_id="fc3")
    scene.feed(ToolReturned("fc3", "ok", {"card": "4111222244443333"}))
    assert only(RunTool, scene.function("billing", "r1", "refund", call_id="fc4"))
    scene.feed(ToolFailed("fc4", "amount: missing", ran=False))
    assert only(RunTool, scene.function("billing", "r1", "refund", call_id="fc5"))

    assert "can run once in a call, and it has" in told(scene.function("billing", "r1", "refund", call_id="fc6"))
    scene.feed(ToolFailed("fc5", "it broke"))
    assert "can run once" in told(scene.function("billing", "r1", "refund", call_id="fc7"))


def test_several_times_are_counted() -> None:
    """The number is told."""
    scene = Scene(TEAMWORK.replace("refund at most 1", "take_card at most 2"), TEAMWORK_TOOLS)
    scene.open()
    scene.call.state.tools = {**TEAMWORK_TOOLS, "front": {"take_card": None}}
    scene.feed(ResponseStarted("front", "r1"))
    for number in range(2):
        assert only(RunTool, scene.function("front", "r1", "take_card", call_id=f"fc{number}"))

    assert "can run 2 times in a call" in told(scene.function("front", "r1", "take_card", call_id="fc9"))


def test_a_tool_is_given_only_what_its_agent_may_know_and_sets_only_what_it_may() -> None:
    """`card stays in billing`; `verified` is set by another tool, `account` has a form."""
    scene = bank()
    scene.call.state.tools = {**TEAMWORK_TOOLS, "front": {"look": None}}
    (run,) = only(RunTool, scene.function("front", "r1", "look"))
    assert set(run.variables) == {"account", "verified"}
    effects = scene.feed(ToolReturned("fc1", "seen", {"card": "1", "verified": True, "account": "x"}))

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
    scene.feed(ResponseFinished("billing", "r1", "completed"))
    return scene


def test_p24_a_slow_tool_or_consult_is_bridged_by_a_filler() -> None:
    """P24: word for word, or in the agent's own words; once; the answer follows when it is there."""
    effects = filling().feed(TimerExpired("filler:fc2"))
    assert only(CreateResponse, effects)[0].options["instructions"] == "Say exactly: I am still here."
    assert only(CreateResponse, effects)[0].options["tool_choice"] == "none"
    effects = filling("ask_lawyer").feed(TimerExpired("filler:fc2"))
    assert "looking into it" in only(CreateResponse, effects)[0].extra

    scene = filling()
    scene.feed(TimerExpired("filler:fc2"), ResponseStarted("billing", "r2"))
    assert not only(CreateResponse, scene.feed(ToolReturned("fc2", "done")))
    assert only(CreateResponse, scene.feed(ResponseFinished("billing", "r2", "completed")))


def test_a_filler_waits_for_a_moment_in_which_nothing_is_said() -> None:
    """The agent still speaks, or what it said still plays."""
    scene = filling()
    scene.speech("billing", "r2", ms=3000.0)
    again = [StartTimer("filler:fc2", 2.0)]
    assert scene.feed(TimerExpired("filler:fc2")) == again
    scene.feed(ResponseFinished("billing", "r2", "completed"))
    assert scene.feed(TimerExpired("filler:fc2")) == again

    assert only(CreateResponse, scene.after(3.0, TimerExpired("filler:fc2")))


def test_nobody_hears_a_filler_after_the_caller_moved_on_or_when_the_call_ends() -> None:
    """The function's agent has the caller no more, its session is gone, or goodbye is being said."""
    scene = filling()
    scene.feed(TimerExpired("call"))
    assert scene.feed(TimerExpired("filler:fc2")) == []
    scene = filling("ask_lawyer")
    scene.turn("billing", "i7")
    scene.feed(ResponseStarted("billing", "r2"))
    scene.function("billing", "r2", "transfer_to_front", call_id="fc3")
    scene.feed(ResponseFinished("billing", "r2", "completed"), ResponseStarted("front", "r3"))

    assert scene.feed(TimerExpired("filler:fc2")) == []


def test_a_tool_of_the_application_that_is_never_answered_holds_up_nothing() -> None:
    """The agent goes on with its own tools, and is renewed; a late answer still finds its place."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(ResponseFinished("front", "r1", "completed"))
    scene.turn("front", "i2")
    scene.feed(ResponseStarted("front", "r2"))
    scene.function("front", "r2", "find_order", call_id="fc2")
    scene.feed(ResponseFinished("front", "r2", "completed"))
    assert only(CreateResponse, scene.feed(ToolReturned("fc2", "shipped")))
    assert only(AddItem, scene.feed(CallerAnswered(ANSWER)))


def test_what_the_application_has_not_answered_is_bounded() -> None:
    """P36: the oldest is forgotten."""
    scene, _ = calling("show_map", CLIENT)
    for number in range(2, PENDING + 10):
        scene.function("front", "r1", "show_map", call_id=f"fc{number}")

    assert len(scene.call.state.functions) == PENDING
    assert only(Refuse, scene.feed(CallerAnswered(ANSWER)))


def test_a_tool_that_fails_while_its_session_is_away_is_told_to_the_next_one() -> None:
    """It would go on as if nothing had been tried."""
    scene, _ = calling()
    scene.feed(ResponseFinished("front", "r1", "completed"), SessionLost("front", "reset"))
    scene.feed(ToolFailed("fc1", "declined"))
    told = [effect.item["content"][0]["text"] for effect in only(AddItem, scene.feed(SessionOpened("front")))]

    assert "Earlier in this call: Tool: find_order → declined" in told


def test_an_agent_that_only_calls_functions_is_asked_for_words_and_then_no_more() -> None:
    """A model that calls what was refused over and over costs no more than some responses for a turn of the caller."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    asked: list[CreateResponse] = []
    for number in range(50):
        response = f"r{number}"
        scene.feed(ResponseStarted("front", response))
        scene.function("front", response, "no_such_tool", call_id=f"fc{number}")
        wanted = only(CreateResponse, scene.feed(ResponseFinished("front", response, "completed")))
        if not wanted:
            break
        asked += wanted
    assert [ask.options.get("tool_choice") for ask in asked] == [None] * ROUNDS + ["none"]

    scene.turn("front", "i2")
    scene.feed(ResponseStarted("front", "again"))
    scene.function("front", "again", "no_such_tool", call_id="fc99")
    assert only(CreateResponse, scene.feed(ResponseFinished("front", "again", "completed")))
