"""How a call ends at a limit."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.goodbye import GOODBYE_SECONDS
from orchestrator.core.ids import Timer, TimerKind
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, expired, only

LIMITED = HELPDESK.replace(
    "limits: {call: 3600,", "limits: {call: {at: 3600, say: Bye now.}, tokens: 100, money: {at: 0.5, say: No money.},"
)


def limited() -> Scene:
    """A call with every limit, that has begun."""
    scene = Scene(LIMITED)
    scene.open()
    return scene


def said(scene: Scene, response: str, seconds: float) -> list[do.StartTimer]:
    """Let the agent say goodbye; return the timers that this starts at its end."""
    scene.speech("front", response, "Goodbye.", ms=seconds * 1000)
    return only(do.StartTimer, scene.feed(ev.ResponseFinished(FRONT, response, "completed")))


def test_p37_the_caller_hears_why_and_the_call_ends_when_it_was_played() -> None:
    """P37: a spoken way out, word for word where the team file says so."""
    scene = limited()
    effects = scene.feed(expired(TimerKind.CALL))
    assert only(do.CreateResponse, effects)[0].options["instructions"] == "Say exactly: Bye now."
    assert only(do.CreateResponse, effects)[0].options["tool_choice"] == "none"
    why = {"agent": "front", "reason": "the call reached its time limit"}
    assert do.Announce("call.ending", why) in effects
    assert do.StartTimer(Timer(TimerKind.GOODBYE), GOODBYE_SECONDS) in effects

    assert said(scene, "r1", 2.5) == [do.StartTimer(Timer(TimerKind.GOODBYE), 3.0)]
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE))) == [
        do.EndCall(ev.Ending.TOO_LONG, "the call reached its time limit")
    ]


def test_p37_a_goodbye_that_another_response_forestalls_is_said_after_it() -> None:
    """P37: turn detection was quicker; the end of its response is not the end of the call."""
    scene = limited()
    scene.feed(expired(TimerKind.CALL), ev.ResponseStarted(FRONT, "quicker"))
    scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
    effects = scene.feed(ev.ResponseFinished(FRONT, "quicker", "completed"))

    assert only(do.CreateResponse, effects)[0].options["instructions"] == "Say exactly: Bye now."
    assert TimerKind.GOODBYE not in {start.timer.kind for start in only(do.StartTimer, effects)}
    assert said(scene, "r1", 2.5) == [do.StartTimer(Timer(TimerKind.GOODBYE), 3.0)]


def test_p37_a_caller_who_speaks_for_long_is_not_silent() -> None:
    """P37: what counts is whether anybody speaks."""
    scene = limited()
    scene.feed(ev.SpeechStarted(FRONT, "i1"))

    assert not only(do.CreateResponse, scene.feed(expired(TimerKind.SILENCE)))
    assert Timer(TimerKind.SILENCE) in scene.call.state.agenda.timers


def test_p37_a_function_that_is_answered_meanwhile_is_followed_by_the_goodbye_once() -> None:
    """P37: an agent that goes on calling functions does not put off the end."""
    scene = limited()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order", call_id="fc1")
    scene.feed(expired(TimerKind.CALL))
    scene.function("front", "r1", "no_such_tool", call_id="fc2")
    (create,) = only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))
    assert create.options["instructions"] == "Say exactly: Bye now."

    said(scene, "r2", 1.0)
    assert not only(do.CreateResponse, scene.feed(ev.ToolReturned("fc1", "shipped")))


def test_p37_waiting_for_a_tool_is_not_silence() -> None:
    """P37: it has its own time."""
    scene = limited()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order", call_id="fc1")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    effects = scene.feed(expired(TimerKind.SILENCE))

    assert not only(do.CreateResponse, effects)
    assert [start.timer for start in only(do.StartTimer, effects)] == [Timer(TimerKind.SILENCE)]


def test_p37_silence_is_ended_in_the_agents_own_words() -> None:
    """Without a text the agent finds it."""
    scene = limited()
    (create,) = only(do.CreateResponse, scene.feed(expired(TimerKind.SILENCE)))

    assert "nobody has spoken for too long" in create.extra  # under its own instructions, which it keeps
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))[0].ending is ev.Ending.SILENCE


@pytest.mark.parametrize(
    ("finished", "words"),
    [
        (ev.ResponseFinished(FRONT, "r1", "completed", usage={"input_tokens": 90, "output_tokens": 10}), "tokens"),
        (ev.ResponseFinished(FRONT, "r1", "completed", cost=0.5), "No money."),
    ],
    ids=["tokens", "money"],
)
def test_p37_tokens_and_money_are_capped(finished: ev.ResponseFinished, words: str) -> None:
    """P37: counted over all agents; the response that passes the cap is heard to its end."""
    scene = limited()
    scene.speech("front", "r0")
    ill = ev.ResponseFinished(FRONT, "r0", "completed", usage={"input_tokens": "9", "output_tokens": -5})
    assert not only(do.CreateResponse, scene.feed(ill))
    scene.speech("front", "r1")

    (create,) = only(do.CreateResponse, scene.feed(finished))
    assert words in str(create.options.get("instructions")) + create.extra
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))[0].ending is ev.Ending.SPENT


def test_a_turn_is_still_answered() -> None:
    """The caller was speaking when the time was over: the goodbye follows the answer."""
    scene = limited()
    scene.feed(ev.SpeechStarted(FRONT, "i1"))
    assert not only(do.CreateResponse, scene.feed(expired(TimerKind.CALL)))
    scene.feed(ev.TurnCommitted(FRONT, "i1"))
    effects = scene.answer("front", "r1")

    assert only(do.CreateResponse, effects)[0].options["instructions"] == "Say exactly: Bye now."


def test_nothing_new_is_begun() -> None:
    """A transfer, a consult, a referral: the call is ending; another limit changes nothing."""
    scene = limited()
    scene.speech("front", "r1")
    scene.feed(expired(TimerKind.CALL))

    refused = scene.function("front", "r1", "transfer_to_billing", '{"reason": "x"}')
    assert "ending" in only(do.SendFunctionOutput, refused)[0].output
    assert scene.call.refusal("billing") == "The call is ending."
    spent = ev.ResponseFinished(FRONT, "r1", "completed", cost=1.0)
    assert not [effect for effect in only(do.Announce, scene.feed(spent)) if effect.name == "call.ending"]


def test_a_goodbye_waits_for_an_agent_that_can_say_it() -> None:
    """While the session is opened again, and while the caller moves: both are bounded."""
    scene = limited()
    scene.feed(ev.SessionLost(FRONT, "reset"))
    assert scene.feed(expired(TimerKind.CALL)) == [do.StartTimer(Timer(TimerKind.CALL), 1.0)]
    scene.feed(ev.SessionOpened(FRONT), ev.CallerReferred("billing"))
    assert scene.feed(expired(TimerKind.CALL)) == [do.StartTimer(Timer(TimerKind.CALL), 1.0)]
    scene.feed(ev.SessionOpened(BILLING))
    scene.answer("billing", "r1")

    assert only(do.CreateResponse, scene.feed(expired(TimerKind.CALL)))[0].session.agent == "billing"


def test_money_that_is_spent_while_the_caller_moves_is_noticed_after() -> None:
    """The check is made again until somebody can say it."""
    scene = limited()
    scene.feed(ev.CallerReferred("billing"), ev.ResponseStarted(FRONT, "r1"))
    effects = scene.feed(ev.ResponseFinished(FRONT, "r1", "cancelled", cost=1.0))
    assert do.StartTimer(Timer(TimerKind.SPENT), 1.0) in effects
    scene.feed(ev.SessionOpened(BILLING), ev.ResponseStarted(BILLING, "r2"))
    scene.feed(ev.ResponseFinished(BILLING, "r2", "completed"))

    assert scene.call.state.caller.goodbye is not None


def test_p37_a_goodbye_that_is_refused_is_not_asked_for_over_and_over() -> None:
    """P37: a service that does not take it gets it once; the call ends when its time is over."""
    scene = limited()
    scene.feed(expired(TimerKind.CALL))
    effects = scene.feed(ev.RequestRefused(FRONT, "invalid_value", "no", param="response.instructions"))

    assert not only(do.CreateResponse, effects)
    assert not only(do.CreateResponse, scene.turn("front", "i1"))
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))


def test_p37_a_goodbye_that_fails_too_often_is_given_up() -> None:
    """P37: it is tried again as any response, and no more often."""
    scene = limited()
    scene.feed(expired(TimerKind.CALL))
    asked = []
    for number in range(3):
        scene.feed(ev.ResponseStarted(FRONT, f"r{number}"), ev.ResponseFinished(FRONT, f"r{number}", "failed"))
        asked.append(len(only(do.CreateResponse, scene.feed(expired(TimerKind.OWED, FRONT)))))

    assert asked == [1, 1, 0]


@pytest.mark.parametrize(
    "event", [ev.SpeechStarted(FRONT, "i1"), ev.ResponseStarted(FRONT, "r1")], ids=["a turn", "a response"]
)
def test_p47_a_session_of_which_nothing_is_heard_does_not_keep_the_call_open(event: ev.Event) -> None:
    """P47: it has half a minute longer; after that the goodbye is tried, and the call ends without one."""
    scene = limited()
    scene.feed(event)
    assert scene.after(300.0, expired(TimerKind.SILENCE)) == [do.StartTimer(Timer(TimerKind.SILENCE), 1.0)]
    assert Timer(TimerKind.GOODBYE) in [
        start.timer for start in only(do.StartTimer, scene.after(30.0, expired(TimerKind.SILENCE)))
    ]

    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))[0].ending is ev.Ending.SILENCE


def test_p47_the_silence_limit_counts_from_the_last_words_also_in_text() -> None:
    """P47: not from the beginning of the response, which may have come late."""
    scene = Scene(LIMITED)
    scene.open(settings=ev.CallerSettings(modalities=("text",)))
    scene.feed(ev.CallerAsked(), ev.ResponseStarted(FRONT, "r1"))
    scene.after(100.0, ev.TranscriptProduced(FRONT, "r1", "i1", "Hello"), ev.ResponseFinished(FRONT, "r1", "completed"))

    assert scene.after(200.0, expired(TimerKind.SILENCE)) == [do.StartTimer(Timer(TimerKind.SILENCE), 100.0)]


def test_p47_a_goodbye_that_is_not_heard_is_followed_by_no_apology() -> None:
    """P47: it is asked for once more; the call ends when its time is over."""
    scene = limited()
    scene.feed(expired(TimerKind.CALL))
    asked = []
    for number in range(2):
        scene.feed(ev.ResponseStarted(FRONT, f"r{number}"))
        asked.append(len(only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, f"r{number}", "completed")))))

    assert asked == [1, 0]
