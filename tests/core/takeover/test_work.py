"""What becomes of function calls when another process takes the call over."""

from __future__ import annotations

from orchestrator.core import Call
from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.people.events import PersonDecided
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.core.tools.rules import ToolRule
from orchestrator.core.wording import NOT_BACK_YET, OUTCOME_UNKNOWN
from orchestrator.team.people import Confirm
from tests.core.people.desks import DESK
from tests.core.people.desks import TOOLS as DESK_TOOLS
from tests.core.scene import FRONT, TEAMWORK, TEAMWORK_TOOLS, Scene, bank, calling, only, serving, team

CLIENT = ev.CallerSettings(tools=({"type": "function", "name": "client_tool"},))
PLANNER = SessionId("planner", SessionKind.CONSULT, 1)
LAWYER = SessionId("lawyer", SessionKind.CONSULT, 2)


def words(effects: list[do.Effect]) -> str:
    """Return what sessions are told."""
    items = [effect.item for effect in only(do.AddItem, effects)]
    return "\n".join(part["text"] for item in items for part in item["content"])


def repeatable(rule: ToolRule) -> Scene:
    """A call in which front has called a tool that can run twice, or one that a person has to agree to."""
    scene = Scene()
    scene.call = Call(team(DESK), {**DESK_TOOLS, "front": {"find_order": rule}}, seed="test")
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order", '{"number": "48213"}')
    return scene


def test_a_tool_that_is_idempotent_runs_again() -> None:
    """With the same id and arguments; the agent hears of its outcome in words, and then goes on."""
    scene = repeatable(ToolRule(idempotent=True))
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    effects = scene.feed(CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))
    after = scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped"))

    (run,) = only(do.RunTool, effects)
    assert (run.call_id, run.name, run.arguments) == (scene.ours("fc1"), "find_order", '{"number": "48213"}')
    assert NOT_BACK_YET.format(name="find_order") in words(begun)
    assert only(do.CreateResponse, begun) == []
    assert "returned: shipped" in words(after)
    assert only(do.SendFunctionOutput, after) == []
    assert len(only(do.CreateResponse, after)) == 1


def test_of_any_other_tool_nobody_knows_whether_it_was_done() -> None:
    """It is not run again; its agent is told so, now and whenever its session is opened anew."""
    scene, _ = calling()
    effects = scene.feed(CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))
    again = scene.feed(ev.SessionLost(FRONT, "gone"), ev.SessionOpened(FRONT))

    assert only(do.RunTool, effects) == []
    assert OUTCOME_UNKNOWN.format(name="find_order") in words(begun)
    assert len(only(do.CreateResponse, begun)) == 1
    assert OUTCOME_UNKNOWN.format(name="find_order") in words(again)
    assert scene.feed(ev.ToolReturned(scene.ours("fc1"), "late")) == []
    (seen,) = scene.call.state.functions.seen.values()
    assert seen.output == OUTCOME_UNKNOWN.format(name="find_order")


def test_a_tool_that_waits_for_a_person_waits_on() -> None:
    """For what is left of the time; who decides then finds it."""
    scene = repeatable(ToolRule(approval=Confirm(by="person", within=60)))
    effects = scene.after(20, CallTakenOver(), ev.SessionOpened(FRONT))
    decided = scene.feed(PersonDecided(scene.ours("fc1"), approve=True))

    assert do.StartTimer(Timer(TimerKind.APPROVAL, scene.ours("fc1")), 40.0) in effects
    assert [run.name for run in only(do.RunTool, decided)] == ["find_order"]


def test_a_function_of_the_callers_application_waits_on() -> None:
    """The client is the same; what it answers is told in words."""
    scene, _ = calling("client_tool", CLIENT)
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.feed(CallTakenOver(), ev.SessionOpened(FRONT))
    answered = scene.feed(ev.CallerAnswered({"id": "o1", "call_id": "fc1", "output": "a map"}))

    assert "returned: a map" in words(answered)
    assert only(do.Refuse, answered) == []


def test_a_consult_is_asked_again_and_told_what_its_tools_did() -> None:
    """A tool of it whose outcome nobody knows is not run again without a word."""
    scene = serving()
    scene.function("front", "r1", "ask_planner", '{"question": "How to pay?"}', call_id="c1")
    scene.feed(ev.SessionOpened(PLANNER), ev.ResponseStarted(PLANNER, "p1"))
    scene.function(PLANNER, "p1", "rates", call_id="t1")
    scene.feed(ev.ToolReturned(scene.ours("t1"), "3 percent"))
    scene.function(PLANNER, "p1", "rates", call_id="t2")
    effects = scene.after(1, CallTakenOver())
    begun = scene.feed(ev.SessionOpened(PLANNER))

    assert [effect.session for effect in only(do.OpenSession, effects)] == [PLANNER, FRONT]
    assert only(do.CloseSession, effects) == []
    assert only(do.RunTool, effects) == []
    assert "How to pay?" in words(begun)
    assert "rates → 3 percent" in words(begun)
    assert f"rates → {OUTCOME_UNKNOWN.format(name='rates')}" in words(begun)
    assert len(only(do.CreateResponse, begun)) == 1
    scene.feed(ev.SessionOpened(FRONT), ev.ResponseStarted(PLANNER, "p2"))
    scene.feed(ev.TranscriptProduced(PLANNER, "p2", "i", "By card."))
    assert "returned: By card." in words(scene.feed(ev.ResponseFinished(PLANNER, "p2", "completed")))


def test_a_tool_of_a_consult_that_is_idempotent_needs_no_word() -> None:
    """The agent that is asked again calls it again."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.call = Call(team(TEAMWORK), {**TEAMWORK_TOOLS, "planner": {"rates": ToolRule(idempotent=True)}}, seed="test")
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "ask_planner", '{"question": "How to pay?"}', call_id="c1")
    scene.feed(ev.SessionOpened(PLANNER), ev.ResponseStarted(PLANNER, "p1"))
    scene.function(PLANNER, "p1", "rates", call_id="t1")
    effects = scene.feed(CallTakenOver(), ev.SessionOpened(PLANNER))

    assert only(do.RunTool, effects) == []
    assert "rates" not in words(effects)


def two_deep() -> Scene:
    """Let the front ask the planner, and the planner the lawyer, who begins to answer."""
    scene = bank()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "ask_planner", '{"question": "How to pay?"}', call_id="c1")
    scene.feed(ev.SessionOpened(PLANNER), ev.ResponseStarted(PLANNER, "p1"))
    scene.function(PLANNER, "p1", "ask_lawyer", '{"question": "May we?"}', call_id="c2")
    scene.feed(ev.SessionOpened(LAWYER), ev.ResponseStarted(LAWYER, "l1"))
    return scene


def test_a_consult_within_a_consult_is_gone_and_what_it_did_is_known() -> None:
    """The agent that asked is asked again, and may ask again."""
    scene = two_deep()
    scene.call.state.sessions.beside[LAWYER].consult.note("law", "yes")  # type: ignore[union-attr]
    effects = scene.feed(CallTakenOver())
    begun = scene.feed(ev.SessionOpened(PLANNER))

    assert LAWYER not in scene.call.state.sessions.beside
    assert [effect.session for effect in only(do.OpenSession, effects)] == [PLANNER, FRONT]
    assert "law → yes" in words(begun)


def test_the_answer_of_a_consult_within_a_consult_is_known_to_who_asked() -> None:
    """It is told when that one is asked again."""
    scene = two_deep()
    scene.feed(ev.TranscriptProduced(LAWYER, "l1", "i", "Yes."), ev.ResponseFinished(LAWYER, "l1", "completed"))
    begun = scene.feed(CallTakenOver(), ev.SessionOpened(PLANNER))

    assert "ask_lawyer → Yes." in words(begun)
