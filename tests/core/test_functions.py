"""The ledger of function calls: rules, fillers, answers that come late or never."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.functions import PENDING, SEEN
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.response import BUSY
from orchestrator.core.state import ROUNDS
from orchestrator.core.tools.events import ToolProgressed
from orchestrator.core.tools.rules import ToolRule
from tests.core.scene import (
    BILLING,
    FRONT,
    TEAMWORK,
    TEAMWORK_TOOLS,
    VERIFY,
    Scene,
    bank,
    calling,
    done,
    expired,
    only,
    rules,
    serving,
    told,
)

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

    assert only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc2"), "two"))) == []
    assert len(only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc1"), "one")))) == 1


LONG = "call_" + "x" * 40


@pytest.mark.parametrize(
    ("first", "second"),
    [("call_0", "call_0"), (f"{LONG}1", f"{LONG}2"), (f"{LONG}{LONG}a", f"{LONG}{LONG}b"), ("0", "0"), ("é", "é")],
)
def test_p49_every_function_call_runs_and_is_answered_whatever_its_id(first: str, second: str) -> None:
    """P49: an id that was there before is a new call, while the first one still runs and after; each is answered."""
    scene, _ = calling("nonsense")
    ours = []
    for response, call_id in (("r2", first), ("r3", second), ("r4", second)):
        scene.feed(ev.ResponseStarted(FRONT, response))
        event = ev.FunctionCalled(FRONT, response, f"item_{response}", call_id, "find_order", "{}")
        (run,) = only(do.RunTool, scene.feed(event))
        assert scene.feed(event) == []  # reported twice
        scene.feed(ev.ResponseFinished(FRONT, response, "completed"))
        ours.append(run.call_id)
    assert len(set(ours)) == 3
    assert all(len(made) <= 32 for made in ours)

    answered = [scene.feed(ev.ToolReturned(made, f"order {at}")) for at, made in enumerate(ours)]
    assert [only(do.SendFunctionOutput, effects) for effects in answered] == [
        [do.SendFunctionOutput(FRONT, call_id, f"order {at}")] for at, call_id in enumerate((first, second, second))
    ]
    assert [line.text for line in scene.call.state.transcript.history()] == [
        f"find_order → order {n}" for n in range(3)
    ]


def test_p49_two_calls_of_one_response_may_share_their_id() -> None:
    """P49: they are two items."""
    scene, _ = calling("nonsense")
    events = [ev.FunctionCalled(FRONT, "r1", f"item_{n}", "call_0", "find_order", "{}") for n in range(2)]
    runs = only(do.RunTool, scene.feed(*events))

    answers = [only(do.SendFunctionOutput, scene.feed(ev.ToolReturned(run.call_id, "done"))) for run in runs]
    assert answers == [[do.SendFunctionOutput(FRONT, "call_0", "done")]] * 2


def test_p49_agents_may_use_the_same_ids() -> None:
    """P49: a consult, its tool and a tool of the next agent, all `call_0`; each answer goes where it belongs."""
    scene = bank("verify")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "ask_planner", '{"question": "how?"}', call_id="call_0")
    planner = SessionId("planner", SessionKind.CONSULT, 1)
    scene.feed(ev.SessionOpened(planner), ev.ResponseStarted(planner, "r2"))
    (rates,) = only(do.RunTool, scene.function(planner, "r2", "rates", call_id="call_0"))
    scene.function("front", "r1", "transfer_to_verify", call_id="call_00")
    scene.feed(ev.ResponseStarted(VERIFY, "r3"))
    (check,) = only(do.RunTool, scene.function("verify", "r3", "check_pin", call_id="call_0"))

    assert told(scene.feed(ev.ToolReturned(rates.call_id, "3 %"))) == "3 %"
    assert told(scene.feed(ev.ToolReturned(check.call_id, "right"))) == "right"
    scene.feed(ev.ResponseFinished(planner, "r2", "completed"), ev.ResponseStarted(planner, "r4"))
    scene.feed(ev.TranscriptProduced(planner, "r4", "i", "In rates."))
    effects = scene.feed(ev.ResponseFinished(planner, "r4", "completed"))
    assert only(do.SendFunctionOutput, effects) == [do.SendFunctionOutput(FRONT, "call_0", "In rates.")]


def test_p49_the_applications_own_tools_may_repeat_their_ids() -> None:
    """P49: each answer counts, the oldest that is still waited for first."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.ResponseStarted(FRONT, "r2"))
    scene.function("front", "r2", "show_map")
    assert only(do.AddItem, scene.feed(ev.CallerAnswered(ANSWER), ev.CallerAnswered({**ANSWER, "id": "out_2"})))
    assert only(do.Refuse, scene.feed(ev.CallerAnswered({**ANSWER, "id": "out_3"})))


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
    effects = scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped"))

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
    scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped"))

    texts = [item.item["content"][0]["text"] for item in only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))]
    assert any("find_order → shipped" in text for text in texts)


def test_a_hang_up_cancels_the_tools_that_run() -> None:
    """P30: nothing goes on for a caller who left; a call of the caller's own tool is just forgotten."""
    scene, _ = calling("find_order", CLIENT)
    scene.function("front", "r1", "show_map", call_id="fc2")

    assert only(do.CancelTool, scene.feed(ev.CallerLeft())) == [do.CancelTool(scene.ours("fc1"))]


def test_a_rule_caps_how_often_a_tool_runs() -> None:
    """`refund at most 1 per call`; what was never begun does not count."""
    scene = serving("billing")
    effects = scene.function("billing", "r1", "refund", call_id="fc2")
    assert "refund needs card. card is set by take_card: call it first." in told(effects)
    assert rules(effects) == ["needs"]
    scene.function("billing", "r1", "take_card", call_id="fc3")
    scene.feed(ev.ToolReturned(scene.ours("fc3"), "ok", {"card": "4111222244443333"}))
    assert only(do.RunTool, scene.function("billing", "r1", "refund", call_id="fc4"))
    scene.feed(ev.ToolFailed(scene.ours("fc4"), "amount: missing", ran=False))
    assert only(do.RunTool, scene.function("billing", "r1", "refund", call_id="fc5"))

    effects = scene.function("billing", "r1", "refund", call_id="fc6")
    assert "can run once per call and has already" in told(effects)
    assert rules(effects) == ["at most"]
    scene.feed(ev.ToolFailed(scene.ours("fc5"), "it broke"))
    assert "can run once" in told(scene.function("billing", "r1", "refund", call_id="fc7"))


def test_a_refusal_is_announced_without_secrets() -> None:
    """A model may write anything as the name of a function."""
    scene = serving("billing")
    scene.call.state.variables.set("card", "4111222244443333", "take_card")
    (refused,) = only(do.Announce, scene.function("billing", "r1", "pay_4111222244443333", call_id="fc2"))

    assert refused.name == "function.refused"
    assert refused.fields["agent"] == "billing"
    assert refused.fields["name"].startswith("pay_")
    assert "4111222244443333" not in str(refused)


def test_several_times_are_counted() -> None:
    """The number is told."""
    scene = Scene(TEAMWORK.replace("refund at most 1", "take_card at most 2"), TEAMWORK_TOOLS)
    scene.open()
    scene.call.state.functions.tools = {**TEAMWORK_TOOLS, "front": {"take_card": ToolRule()}}
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    for number in range(2):
        assert only(do.RunTool, scene.function("front", "r1", "take_card", call_id=f"fc{number}"))

    assert "can run 2 times per call" in told(scene.function("front", "r1", "take_card", call_id="fc9"))


def test_the_last_tools_that_ran_can_be_looked_at() -> None:
    """What each got and returned, also when it failed; the oldest are forgotten."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open()
    scene.call.state.functions.tools = {**TEAMWORK_TOOLS, "front": {"take_card": ToolRule()}}
    for number in range(SEEN + 2):
        scene.feed(ev.ResponseStarted(FRONT, f"r{number}"))
        scene.function("front", f"r{number}", "take_card", call_id=f"fc{number}")
        scene.feed(ev.ToolReturned(scene.ours(f"fc{number}"), f"card {number}"))
        scene.feed(ev.ResponseFinished(FRONT, f"r{number}", "completed"))
    assert [run.output for run in scene.call.state.functions.seen.values()] == [
        f"card {number}" for number in range(2, SEEN + 2)
    ]

    scene.function("front", "last", "take_card", call_id="last")
    (*_, last) = scene.call.state.functions.seen.values()
    assert (last.agent, last.name, last.output) == ("front", "take_card", None)
    scene.feed(ev.ToolFailed(scene.ours("last"), "it broke"))
    assert last.output == "it broke"

    for number in range(SEEN + 1):
        scene.function("front", "last", "take_card", call_id=f"slow{number}")
    scene.feed(ev.ToolReturned(scene.ours("slow0"), "too late to be seen"))
    assert [run.output for run in scene.call.state.functions.seen.values()] == [None] * SEEN


def test_p24_a_slow_tool_or_consult_is_bridged_by_a_filler() -> None:
    """P24: word for word, or in the agent's own words; once; the answer follows when it is there."""
    scene = filling()
    effects = scene.feed(expired(TimerKind.FILLER, scene.ours("fc2")))
    assert only(do.CreateResponse, effects)[0].options["instructions"] == "Say exactly: I am still here."
    assert only(do.CreateResponse, effects)[0].options["tool_choice"] == "none"
    scene = filling("ask_lawyer")
    effects = scene.feed(expired(TimerKind.FILLER, scene.ours("fc2")))
    assert "looking into it" in only(do.CreateResponse, effects)[0].extra

    scene = filling()
    scene.feed(expired(TimerKind.FILLER, scene.ours("fc2")), ev.ResponseStarted(BILLING, "r2"))
    assert not only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc2"), "done")))
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(BILLING, "r2", "completed")))


def test_a_filler_waits_for_a_moment_in_which_nothing_is_said() -> None:
    """The agent still speaks, or what it said still plays."""
    scene = filling()
    scene.speech("billing", "r2", ms=3000.0)
    again = [do.StartTimer(Timer(TimerKind.FILLER, scene.ours("fc2")), 2.0)]
    assert scene.feed(expired(TimerKind.FILLER, scene.ours("fc2"))) == again
    scene.feed(ev.ResponseFinished(BILLING, "r2", "completed"))
    assert scene.feed(expired(TimerKind.FILLER, scene.ours("fc2"))) == again

    assert only(do.CreateResponse, scene.after(3.0, expired(TimerKind.FILLER, scene.ours("fc2"))))


def test_a_tool_that_says_that_it_is_still_at_it_brings_the_filler_again() -> None:
    """At most every five seconds, not while one is about to be said, and never for what is answered or has none."""
    scene = filling()
    call_id = scene.ours("fc2")
    assert scene.after(5.0, ToolProgressed(call_id)) == []
    scene.feed(expired(TimerKind.FILLER, call_id), ev.ResponseStarted(BILLING, "r2"))
    scene.feed(*done(BILLING, "r2"))
    assert scene.after(4.9, ToolProgressed(call_id)) == []
    assert only(do.CreateResponse, scene.after(0.2, ToolProgressed(call_id)))
    scene.feed(ev.ToolReturned(call_id, "done"))
    assert scene.after(9.0, ToolProgressed(call_id)) == []

    scene = serving("billing")
    scene.function("billing", "r1", "take_card", call_id="fc2")
    assert scene.after(9.0, ToolProgressed(scene.ours("fc2"))) == []


def test_nobody_hears_a_filler_after_the_caller_moved_on_or_when_the_call_ends() -> None:
    """The function's agent has the caller no more, its session is gone, or goodbye is being said."""
    scene = filling()
    scene.feed(expired(TimerKind.CALL))
    assert scene.feed(expired(TimerKind.FILLER, scene.ours("fc2"))) == []
    scene = filling("ask_lawyer")
    scene.turn("billing", "i7")
    scene.feed(ev.ResponseStarted(BILLING, "r2"))
    scene.function("billing", "r2", "transfer_to_front", call_id="fc3")
    scene.feed(ev.ResponseFinished(BILLING, "r2", "completed"), ev.ResponseStarted(FRONT, "r3"))

    assert scene.feed(expired(TimerKind.FILLER, scene.ours("fc2"))) == []


def test_a_tool_of_the_application_that_is_never_answered_holds_up_nothing() -> None:
    """The agent goes on with its own tools, and is renewed; a late answer still finds its place."""
    scene, _ = calling("show_map", CLIENT)
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.turn("front", "i2")
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    scene.function("front", "r2", "find_order", call_id="fc2")
    scene.feed(ev.ResponseFinished(FRONT, "r2", "completed"))
    assert only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc2"), "shipped")))
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
    scene.feed(ev.ToolFailed(scene.ours("fc1"), "declined"))
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


SPOKEN: tuple[ev.Event, ...] = (
    ev.SpeechStarted(FRONT, "i2"),
    ev.SpeechStopped(FRONT, "i2"),
    ev.TurnCommitted(FRONT, "i2"),
    ev.ResponseStarted(FRONT, "r2"),
)
COMMITTED = 2  # where the service begins to answer the caller
MOMENTS = range(1, len(SPOKEN) + 1)  # before which of these events


@pytest.mark.parametrize(("returns", "read"), [(at, then) for at in MOMENTS for then in MOMENTS if then >= at])
def test_a_tool_that_returns_while_the_caller_speaks_is_answered(returns: int, read: int) -> None:
    """Unless the service had read what it returned when it began to answer the caller, they are told after that."""
    scene, _ = calling()
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    item = {"id": "fco_1", "type": "function_call_output", "call_id": "fc1", "output": "shipped"}
    events: list[ev.Event] = list(SPOKEN)
    events.insert(read, ev.ItemReported(FRONT, "fco_1", {"item": item}))
    events.insert(returns, ev.ToolReturned(scene.ours("fc1"), "shipped"))
    early = scene.feed(*events)
    for _ in only(do.CreateResponse, early):
        scene.feed(ev.RequestRefused(FRONT, BUSY, "the caller is being answered"))
    late = scene.feed(*done(FRONT, "r2"))

    assert len(only(do.SendFunctionOutput, early)) == 1
    assert len(only(do.CreateResponse, late)) == (0 if read <= COMMITTED else 1)
