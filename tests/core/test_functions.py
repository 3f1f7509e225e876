"""The ledger of function calls: rules, fillers, answers that come late or never."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.functions import PENDING
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.state import ROUNDS
from tests.core.scene import BILLING, FRONT, TEAMWORK, TEAMWORK_TOOLS, Scene, calling, expired, only, serving, told

CLIENT = ev.CallerSettings(tools=({"type": "function", "name": "show_map"},))
ANSWER = {"id": "out_1", "type": "function_call_output", "call_id": "fc1", "output": "shown"}


def filling(say: str = "refund") -> Scene:
    """Let billing call a slow function and end its response."""
    scene = serving("billing")
    scene.call.state.variables.set("card", "4111222244443333", "take_card")
    scene.function("billing", "r1", say, '{"question": "what?"}', call_id="fc2")
    scene.feed(ev.ResponseFinished(BILLING, "r1", "completed"))
    return scene


def test_several_tools_of_one_response_end_in_one_response() -> None:
    """Every output first, then one response.create."""
    scene, _ = calling()
    scene.function("front", "r1", "find_order", call_id="fc2")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    assert only(do.CreateResponse, scene.feed(ev.ToolReturned("fc2", "two"))) == []
    assert len(only(do.CreateResponse, scene.feed(ev.ToolReturned("fc1", "one")))) == 1


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


def test_a_tools_result_outlives_its_session() -> None:
    """The result is told to the reopened session as a note, and the agent speaks."""
    scene, _ = calling()
    scene.feed(ev.SessionLost(FRONT, "reset"))
    scene.feed(ev.SessionOpened(FRONT))
    scene.answer("front", "r2")
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


def test_a_rule_caps_how_often_a_tool_runs() -> None:
    """`refund at most 1 per call`; what was never begun does not count."""
    scene = serving("billing")
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
