"""Questions to other agents in the background."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.consults import AGAIN_SECONDS, OPEN
from orchestrator.core.ids import SessionId, SessionKind, Timer, TimerKind
from orchestrator.core.response import BUSY
from orchestrator.team.rules import Before
from tests.core.scene import (
    FRONT,
    TEAMWORK,
    TEAMWORK_TOOLS,
    Scene,
    expired,
    only,
    rules,
    told,
)

QUESTION = json.dumps({"question": "How can they pay 400 pounds?"})
PLANNER = SessionId("planner", SessionKind.CONSULT, 1)
SECOND = SessionId("planner", SessionKind.CONSULT, 2)
LAWYER = SessionId("lawyer", SessionKind.CONSULT, 2)


def asking(arguments: str = QUESTION, name: str = "ask_planner") -> tuple[Scene, list[do.Effect]]:
    """Let front ask the planner."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open()
    scene.turn("front", "i1", "How can I pay 400 pounds?")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    return scene, list(scene.function("front", "r1", name, arguments))


def asked() -> Scene:
    """Let the planner's session open too, and front's response end."""
    scene, _ = asking()
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.SessionOpened(PLANNER))
    return scene


SPARE = TEAMWORK.replace("Work out plans.", "Work out plans.\n    fallback: [local]")


def answer(
    scene: Scene, session: SessionId = PLANNER, text: str = "In four parts.", status: str = "completed"
) -> list[do.Effect]:
    """Let a consulted agent respond."""
    scene.feed(ev.ResponseStarted(session, f"r_{session}"))
    scene.feed(ev.TranscriptProduced(session, f"r_{session}", "item", text))
    return list(scene.feed(ev.ResponseFinished(session, f"r_{session}", status)))


def test_a_question_opens_a_session_of_its_own() -> None:
    """In text, without the caller; it is told what was said and asked, in one go."""
    scene, effects = asking()
    (opened,) = [effect for effect in effects if isinstance(effect, do.OpenSession)]
    assert (opened.session, opened.settings.modalities, opened.depth) == (PLANNER, ("text",), 1)
    assert do.Announce("consult.started", {"from": "front", "to": "planner"}) in effects
    assert do.StartTimer(Timer(TimerKind.CONSULT, PLANNER), 30.0) in effects

    effects = list(scene.feed(ev.SessionOpened(PLANNER)))
    brief, question = only(do.AddItem, effects)
    assert "Answer front" in brief.item["content"][0]["text"]
    assert "Caller: How can I pay 400 pounds?" in brief.item["content"][0]["text"]
    assert question.item["content"][0]["text"] == "How can they pay 400 pounds?"
    assert only(do.CreateResponse, effects) == [do.CreateResponse(PLANNER, {"output_modalities": ["text"]})]


def test_the_answer_is_that_of_the_function_call_and_the_caller_hears_nothing_else() -> None:
    """The agent that asked goes on with it; the consulted session is closed."""
    scene = asked()
    scene.now += 1.5
    effects = answer(scene)

    assert do.SendFunctionOutput(FRONT, "fc1", "In four parts.") in effects
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["front"]
    assert do.CloseSession(PLANNER) in effects
    assert not only(do.TellCaller, effects)
    returned = {"agent": "front", "name": "ask_planner", "ok": True, "seconds": 1.5}
    assert do.Announce("consult.returned", returned) in effects
    assert (
        scene.feed(ev.SessionOpened(PLANNER), ev.SessionLost(PLANNER, "late"), ev.ResponseStarted(PLANNER, "late"))
        == []
    )


def test_an_answer_that_was_cut_is_not_half_of_the_next() -> None:
    """The session drops in the middle of it and is asked again."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r1"), ev.TranscriptProduced(PLANNER, "r1", "i1", "In four"))
    scene.feed(ev.SessionLost(PLANNER, "reset"), ev.SessionOpened(PLANNER))

    assert do.SendFunctionOutput(FRONT, "fc1", "In four parts.") in answer(scene)


def test_a_secret_does_not_come_back_with_an_answer() -> None:
    """What a consulted agent's tools know stays with it."""
    scene = asked()
    scene.call.state.variables.set("card", "4111222244443333", "take_card")

    assert do.SendFunctionOutput(FRONT, "fc1", "Charge [card] twice.") in answer(
        scene, text="Charge 4111222244443333 twice."
    )


def test_a_consulted_agent_is_never_heard() -> None:
    """Even if its service speaks."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r2"))

    assert not only(do.PlayAudio, scene.feed(ev.AudioProduced(PLANNER, "r2", "i", 20.0, "frame")))


@pytest.mark.parametrize("arguments", ["{}", "[]", "broken", "[" * 100_000, '{"question": " "}', '{"question": 3}'])
def test_a_question_must_be_asked(arguments: str) -> None:
    """What is missing is told to the model, which goes on."""
    scene, effects = asking(arguments)

    assert "again" in only(do.SendFunctionOutput, effects)[0].output
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_its_tools_run_and_it_may_ask_others_to_a_depth_of_two() -> None:
    """Nested: planner asks lawyer; lawyer is not let ask on."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r2"))
    effects = scene.function(PLANNER, "r2", "rates", call_id="fc2")
    effects += scene.function(PLANNER, "r2", "ask_lawyer", QUESTION, call_id="fc3")
    assert [effect.session for effect in only(do.RunTool, effects)] == [PLANNER]
    assert [effect.depth for effect in only(do.OpenSession, effects)] == [2]
    scene.feed(ev.ResponseFinished(PLANNER, "r2", "completed"), ev.SessionOpened(LAWYER))
    scene.feed(ev.ResponseStarted(LAWYER, "r3"))
    refused = scene.function(LAWYER, "r3", "ask_broker", QUESTION, call_id="fc4")
    assert "cannot be asked from here" in only(do.SendFunctionOutput, refused)[0].output
    scene.feed(ev.ResponseFinished(LAWYER, "r3", "completed"))

    assert not only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc2"), "3 %")))
    effects = answer(scene, LAWYER, "It is allowed.")
    assert do.SendFunctionOutput(PLANNER, "fc3", "It is allowed.") in effects
    assert [effect.session for effect in only(do.CreateResponse, effects)] == [PLANNER]
    assert do.SendFunctionOutput(FRONT, "fc1", "In four parts.") in answer(scene)


def test_the_answer_comes_after_all_that_was_asked_meanwhile() -> None:
    """Two consults and the agent speaks once; the edge's context goes with each."""
    scene, _ = asking()
    scene.function("front", "r1", "ask_planner", QUESTION, call_id="fc2")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.SessionOpened(PLANNER), ev.SessionOpened(SECOND))

    assert not only(do.CreateResponse, answer(scene, PLANNER))
    assert only(do.CreateResponse, answer(scene, SECOND))


def test_a_nested_question_has_no_filler_and_unset_variables_are_told() -> None:
    """Only the agent with the caller fills silence; instructions of the asked one must be complete."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r2"))
    effects = scene.function(PLANNER, "r2", "ask_broker", QUESTION, call_id="fc2")
    assert not [effect for effect in only(do.StartTimer, effects) if effect.timer.kind is TimerKind.FILLER]

    text = TEAMWORK.replace("Work out plans.", '"Plans for {{ variables.account }}."')
    unset = Scene(text, TEAMWORK_TOOLS)
    unset.open()
    unset.feed(ev.ResponseStarted(FRONT, "r1"))
    effects = unset.function("front", "r1", "ask_planner", QUESTION)
    assert "before these are known: account" in only(do.SendFunctionOutput, effects)[0].output
    assert rules(effects) == ["needs"]


def test_how_many_are_open_is_bounded() -> None:
    """A call cannot open sessions without end."""
    scene, _ = asking()
    for number in range(2, OPEN + 1):
        assert only(do.OpenSession, scene.function("front", "r1", "ask_planner", QUESTION, call_id=f"fc{number}"))

    effects = scene.function("front", "r1", "ask_planner", QUESTION, call_id="fc9")
    assert "Too many questions" in only(do.SendFunctionOutput, effects)[0].output
    assert rules(effects) == ["consults"]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        (ev.TimerExpired(Timer(TimerKind.CONSULT, PLANNER)), "no answer within 30 seconds"),
        (ev.SessionLost(PLANNER, "the host db.internal knows no such model", fatal=True), "it could not answer"),
        (ev.RequestRefused(PLANNER, "invalid_value", "no", param="response.x"), "its request was refused"),
    ],
    ids=["time", "session", "refused"],
)
def test_p24_what_fails_is_told_to_the_agent_that_asked(event: ev.TimerExpired | ev.SessionLost, says: str) -> None:
    """P24, P61: the call goes on with an error that the model can act on, without the words of a provider."""
    effects = asked().feed(event)

    assert "db.internal" not in only(do.SendFunctionOutput, effects)[0].output
    assert says in only(do.SendFunctionOutput, effects)[0].output
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["front"]
    assert do.CloseSession(PLANNER) in effects or isinstance(event, ev.SessionLost)


def test_a_session_that_drops_is_asked_again_once() -> None:
    """What it had begun is stopped: its tool, its questions."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r2"))
    scene.function(PLANNER, "r2", "rates", call_id="fc2")
    scene.function(PLANNER, "r2", "ask_lawyer", QUESTION, call_id="fc3")
    effects = scene.feed(ev.SessionLost(PLANNER, "reset"))
    assert do.CancelTool(scene.ours("fc2")) in effects
    assert do.StopTimer(Timer(TimerKind.CONSULT, LAWYER)) in effects
    ended = [(effect.name, effect.fields["name"], effect.fields["ok"]) for effect in only(do.Announce, effects)]
    assert ended == [("tool.returned", "rates", False), ("consult.returned", "ask_lawyer", False)]
    assert only(do.OpenSession, effects)[0].session == PLANNER
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(PLANNER)))

    effects = scene.feed(ev.SessionLost(PLANNER, "reset"))
    assert "it could not answer" in only(do.SendFunctionOutput, effects)[0].output


def test_a_response_that_fails_or_says_nothing() -> None:
    """The first is tried again on a new session, the second is no answer."""
    scene = asked()
    effects = answer(scene, status="failed")
    assert do.CloseSession(PLANNER) in effects
    assert only(do.OpenSession, effects)
    scene.feed(ev.SessionOpened(PLANNER))

    effects = answer(scene, text=" ")
    assert "it had no answer" in only(do.SendFunctionOutput, effects)[0].output


def test_the_caller_leaves_meanwhile() -> None:
    """Nothing is left behind."""
    scene = asked()
    effects = scene.feed(ev.CallerLeft())

    assert do.CloseSession(PLANNER) in effects
    assert do.StopTimer(Timer(TimerKind.CONSULT, PLANNER)) in effects
    assert only(do.EndCall, effects)


def test_the_session_that_asked_drops() -> None:
    """It is told of the answer as a note, since it does not remember asking."""
    scene = asked()
    scene.feed(ev.SessionLost(FRONT, "reset"), ev.SessionOpened(FRONT))
    effects = answer(scene)

    assert "In four parts." in only(do.AddItem, effects)[0].item["content"][0]["text"]
    assert not only(do.SendFunctionOutput, effects)


def test_a_rule_holds_for_questions_too() -> None:
    """An agent may be asked only after the caller was with another, whatever was proven before the call."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.call.state.team = scene.call.state.team.model_copy(update={"rules": (Before("verify", "planner"),)})
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    effects = scene.function("front", "r1", "ask_planner", QUESTION)

    assert "before the caller was with verify" in only(do.SendFunctionOutput, effects)[0].output
    assert rules(effects) == ["before"]


def test_a_consulted_session_that_is_busy_is_asked_again() -> None:
    """After a pause; the answer is waited for as before."""
    scene = asked()
    effects = scene.feed(ev.RequestRefused(PLANNER, BUSY, "busy"))
    assert not only(do.CreateResponse, effects)
    assert do.StartTimer(Timer(TimerKind.OWED, PLANNER), AGAIN_SECONDS) in effects

    assert only(do.CreateResponse, scene.feed(expired(TimerKind.OWED, PLANNER)))
    assert do.SendFunctionOutput(FRONT, "fc1", "In four parts.") in answer(scene)


def test_the_caller_cannot_touch_a_consult() -> None:
    """Its response and its items are nobody's to name."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r2"), ev.ItemReported(PLANNER, "i2", {"item": {"role": "assistant"}}))

    assert only(do.Refuse, scene.feed(ev.CallerInterrupted("r2")))
    assert only(do.Refuse, scene.feed(ev.CallerDeleted("i2")))
    assert not only(do.CancelResponse, scene.feed(ev.CallerInterrupted("r2")))


def test_a_consulted_session_that_is_busy_with_another_response_is_asked_when_that_is_done() -> None:
    """What is refused then is not the response that runs."""
    scene = asked()
    scene.feed(ev.ResponseStarted(PLANNER, "r2"))
    assert not only(do.StartTimer, scene.feed(ev.RequestRefused(PLANNER, BUSY, "busy")))

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(PLANNER, "r2", "completed")))


def test_another_refusal_leaves_a_consult_as_it_was() -> None:
    """It was not about the response."""
    assert asked().feed(ev.RequestRefused(PLANNER, "invalid_value", "no")) == []


def test_nobody_is_asked_when_the_call_ends() -> None:
    """The agent is told to say goodbye."""
    scene = Scene(TEAMWORK, TEAMWORK_TOOLS)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"), expired(TimerKind.CALL))

    effects = scene.function("front", "r1", "ask_planner", QUESTION)
    assert "The call is ending" in told(effects)
    assert rules(effects) == ["ending"]


def test_a_consulted_session_that_stays_mute_is_opened_again() -> None:
    """It is given up; the next one is asked anew."""
    scene = asked()
    effects = scene.after(10.0, expired(TimerKind.ANSWER, PLANNER))

    assert only(do.CloseSession, effects) == [do.CloseSession(PLANNER)]


def hanging(text: str) -> Scene:
    """A call in which the planner has begun to answer."""
    scene = Scene(text, TEAMWORK_TOOLS)
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "ask_planner", QUESTION)
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.SessionOpened(PLANNER))
    scene.feed(ev.ResponseStarted(PLANNER, "r2"))
    return scene


def test_p47_a_consulted_agent_that_stops_has_its_share_of_the_time_then_its_next_model_has_the_rest() -> None:
    """P47: 20 seconds between two models; words count, empty ones do not."""
    scene, look = hanging(SPARE), expired(TimerKind.ANSWER, PLANNER)
    scene.after(4.0, ev.TranscriptProduced(PLANNER, "r2", "i", "In"))
    scene.after(4.0, ev.TranscriptProduced(PLANNER, "r2", "i", ""))
    assert scene.after(2.0, look) == [do.StartTimer(Timer(TimerKind.ANSWER, PLANNER), 9.0)]
    effects = scene.after(9.0, look)
    assert [opened.model for opened in only(do.OpenSession, effects)] == [1]
    assert do.Announce("response.unheard", {"agent": "planner", "reason": "timeout"}) in effects

    scene.feed(ev.SessionOpened(PLANNER), ev.ResponseStarted(PLANNER, "r3"))
    assert scene.after(10.0, look) == []


def test_p47_a_consulted_agent_without_another_model_has_all_the_time() -> None:
    """P47: a model may think for long; nobody waits for it in silence, since there are fillers."""
    scene = hanging(TEAMWORK)
    assert scene.after(10.0, expired(TimerKind.ANSWER, PLANNER)) == []

    assert "no answer within 30 seconds" in told(scene.after(20.0, expired(TimerKind.CONSULT, PLANNER)))


def test_p47_a_consulted_agent_that_waits_for_its_own_tool_is_left_alone() -> None:
    """P47: its response is done."""
    scene = hanging(SPARE)
    scene.function(PLANNER, "r2", "rates", call_id="fc2")
    scene.feed(ev.ResponseFinished(PLANNER, "r2", "completed"))

    assert scene.after(20.0, expired(TimerKind.ANSWER, PLANNER)) == []


def test_p47_a_consulted_agent_that_says_nothing_is_asked_once_more_then_that_is_said() -> None:
    """P47: the reason goes to the log, a plain sentence to the agent that asked."""
    scene = asked()
    effects = answer(scene, text=" ", status="incomplete")
    assert do.Announce("response.unheard", {"agent": "planner", "reason": "nothing said"}) in effects
    assert only(do.OpenSession, effects)
    scene.feed(ev.SessionOpened(PLANNER))

    assert "it had no answer" in told(answer(scene, text=""))
