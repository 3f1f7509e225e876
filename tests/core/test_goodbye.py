"""How a call ends at a limit."""

from __future__ import annotations

import pytest

from orchestrator.core.effects import Announce, CreateResponse, EndCall, SendFunctionOutput, StartTimer
from orchestrator.core.events import (
    CallerReferred,
    RequestRefused,
    ResponseFinished,
    ResponseStarted,
    SessionLost,
    SessionOpened,
    SpeechStarted,
    TimerExpired,
    ToolReturned,
    TurnCommitted,
)
from orchestrator.core.goodbye import GOODBYE_SECONDS
from tests.core.scene import HELPDESK, Scene, only

LIMITED = HELPDESK.replace(
    "limits: {call: 3600,", "limits: {call: {at: 3600, say: Bye now.}, tokens: 100, money: {at: 0.5, say: No money.},"
)


def limited() -> Scene:
    """A call with every limit, that has begun."""
    scene = Scene(LIMITED)
    scene.open()
    return scene


def said(scene: Scene, response: str, seconds: float) -> list[StartTimer]:
    """Let the agent say goodbye; return the timers that this starts at its end."""
    scene.speech("front", response, "Goodbye.", ms=seconds * 1000)
    return only(StartTimer, scene.feed(ResponseFinished("front", response, "completed")))


def test_p37_the_caller_hears_why_and_the_call_ends_when_it_was_played() -> None:
    """P37: a spoken way out, word for word where the team file says so."""
    scene = limited()
    effects = scene.feed(TimerExpired("call"))
    assert only(CreateResponse, effects)[0].options["instructions"] == "Say exactly: Bye now."
    assert only(CreateResponse, effects)[0].options["tool_choice"] == "none"
    why = {"agent": "front", "reason": "the call reached its time limit"}
    assert Announce("call.ending", why) in effects
    assert StartTimer("goodbye", GOODBYE_SECONDS) in effects

    assert said(scene, "r1", 2.5) == [StartTimer("goodbye", 3.0)]
    assert only(EndCall, scene.feed(TimerExpired("goodbye"))) == [EndCall(4410, "the call reached its time limit")]


def test_p37_a_goodbye_that_another_response_forestalls_is_said_after_it() -> None:
    """P37: turn detection was quicker; the end of its response is not the end of the call."""
    scene = limited()
    scene.feed(TimerExpired("call"), ResponseStarted("front", "quicker"))
    scene.feed(RequestRefused("front", "conversation_already_has_active_response", "busy"))
    effects = scene.feed(ResponseFinished("front", "quicker", "completed"))

    assert only(CreateResponse, effects)[0].options["instructions"] == "Say exactly: Bye now."
    assert "goodbye" not in {timer.name for timer in only(StartTimer, effects)}
    assert said(scene, "r1", 2.5) == [StartTimer("goodbye", 3.0)]


def test_p37_a_caller_who_speaks_for_long_is_not_silent() -> None:
    """P37: what counts is whether anybody speaks."""
    scene = limited()
    scene.feed(SpeechStarted("front", "i1"))

    assert not only(CreateResponse, scene.feed(TimerExpired("silence")))
    assert "silence" in scene.call.state.out.timers


def test_p37_a_function_that_is_answered_meanwhile_is_followed_by_the_goodbye_once() -> None:
    """P37: an agent that goes on calling functions does not put off the end."""
    scene = limited()
    scene.feed(ResponseStarted("front", "r1"))
    scene.function("front", "r1", "find_order", call_id="fc1")
    scene.feed(TimerExpired("call"))
    scene.function("front", "r1", "no_such_tool", call_id="fc2")
    (create,) = only(CreateResponse, scene.feed(ResponseFinished("front", "r1", "completed")))
    assert create.options["instructions"] == "Say exactly: Bye now."

    said(scene, "r2", 1.0)
    assert not only(CreateResponse, scene.feed(ToolReturned("fc1", "shipped")))


def test_p37_waiting_for_a_tool_is_not_silence() -> None:
    """P37: it has its own time."""
    scene = limited()
    scene.feed(ResponseStarted("front", "r1"))
    scene.function("front", "r1", "find_order", call_id="fc1")
    scene.feed(ResponseFinished("front", "r1", "completed"))
    effects = scene.feed(TimerExpired("silence"))

    assert not only(CreateResponse, effects)
    assert [timer.name for timer in only(StartTimer, effects)] == ["silence"]


def test_p37_silence_is_ended_in_the_agents_own_words() -> None:
    """Without a text the agent finds it."""
    scene = limited()
    (create,) = only(CreateResponse, scene.feed(TimerExpired("silence")))

    assert "nobody has spoken for too long" in create.extra  # under its own instructions, which it keeps
    assert only(EndCall, scene.feed(TimerExpired("goodbye")))[0].code == 4408


@pytest.mark.parametrize(
    ("finished", "words"),
    [
        (ResponseFinished("front", "r1", "completed", usage={"input_tokens": 90, "output_tokens": 10}), "tokens"),
        (ResponseFinished("front", "r1", "completed", cost=0.5), "No money."),
    ],
    ids=["tokens", "money"],
)
def test_p37_tokens_and_money_are_capped(finished: ResponseFinished, words: str) -> None:
    """P37: counted over all agents; the response that passes the cap is heard to its end."""
    scene = limited()
    scene.speech("front", "r0")
    ill = ResponseFinished("front", "r0", "completed", usage={"input_tokens": "9", "output_tokens": -5})
    assert not only(CreateResponse, scene.feed(ill))
    scene.speech("front", "r1")

    (create,) = only(CreateResponse, scene.feed(finished))
    assert words in str(create.options.get("instructions")) + create.extra
    assert only(EndCall, scene.feed(TimerExpired("goodbye")))[0].code == 4413


def test_a_turn_is_still_answered() -> None:
    """The caller was speaking when the time was over: the goodbye follows the answer."""
    scene = limited()
    scene.feed(SpeechStarted("front", "i1"))
    assert not only(CreateResponse, scene.feed(TimerExpired("call")))
    scene.feed(TurnCommitted("front", "i1"))
    scene.feed(ResponseStarted("front", "r1"))

    effects = scene.feed(ResponseFinished("front", "r1", "completed"))
    assert only(CreateResponse, effects)[0].options["instructions"] == "Say exactly: Bye now."


def test_nothing_new_is_begun() -> None:
    """A transfer, a consult, a referral: the call is ending; another limit changes nothing."""
    scene = limited()
    scene.speech("front", "r1")
    scene.feed(TimerExpired("call"))

    refused = scene.function("front", "r1", "transfer_to_billing", '{"reason": "x"}')
    assert "ending" in only(SendFunctionOutput, refused)[0].output
    assert scene.call.refusal("billing") == "The call is ending."
    spent = ResponseFinished("front", "r1", "completed", cost=1.0)
    assert not [effect for effect in only(Announce, scene.feed(spent)) if effect.name == "call.ending"]


def test_a_goodbye_waits_for_an_agent_that_can_say_it() -> None:
    """While the session is opened again, and while the caller moves: both are bounded."""
    scene = limited()
    scene.feed(SessionLost("front", "reset"))
    assert scene.feed(TimerExpired("call")) == [StartTimer("call", 1.0)]
    scene.feed(SessionOpened("front"), CallerReferred("billing"))
    assert scene.feed(TimerExpired("call")) == [StartTimer("call", 1.0)]
    scene.feed(SessionOpened("billing"), ResponseStarted("billing", "r1"))
    scene.feed(ResponseFinished("billing", "r1", "completed"))

    assert only(CreateResponse, scene.feed(TimerExpired("call")))[0].agent == "billing"


def test_money_that_is_spent_while_the_caller_moves_is_noticed_after() -> None:
    """The check is made again until somebody can say it."""
    scene = limited()
    scene.feed(CallerReferred("billing"), ResponseStarted("front", "r1"))
    effects = scene.feed(ResponseFinished("front", "r1", "cancelled", cost=1.0))
    assert StartTimer("spent", 1.0) in effects
    scene.feed(SessionOpened("billing"), ResponseStarted("billing", "r2"))
    scene.feed(ResponseFinished("billing", "r2", "completed"))

    assert scene.call.state.caller.goodbye is not None
