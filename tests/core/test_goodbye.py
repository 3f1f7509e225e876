"""How a call ends at a limit."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.goodbye import GOODBYE_SECONDS
from orchestrator.core.ids import Timer, TimerKind
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, bank, expired, only

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
    assert not only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped")))


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


ENDED = do.EndCall(ev.Ending.FINISHED, "the agent ended the call")


def parted(scene: Scene, parting: ev.Parting, *, spoken: str = "", output: str = "done") -> list[do.Effect]:
    """Let front call a tool that ends the call, after some words or without any; return what that brings."""
    if spoken:
        scene.speech("front", "r1", spoken, ms=2000)
    else:
        scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    effects = scene.feed(ev.ToolReturned(scene.ours("fc1"), output, parting=parting))
    return effects + scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))


def test_p70_what_the_agent_has_said_is_its_goodbye() -> None:
    """P70: words and function call in one response: nothing more is asked for; it ends when they were heard."""
    scene = limited()
    effects = parted(scene, ev.Parting(), spoken="Goodbye, take care.")

    assert do.Announce("call.ending", {"agent": "front", "reason": "the agent ended the call"}) in effects
    assert only(do.SendFunctionOutput, effects)[0].output == "done"
    assert not only(do.CreateResponse, effects)
    assert only(do.StartTimer, effects)[-1] == do.StartTimer(Timer(TimerKind.GOODBYE), 2.5)
    assert only(do.EndCall, scene.after(2.5, expired(TimerKind.GOODBYE))) == [ENDED]


@pytest.mark.parametrize(
    ("parting", "spoken", "output", "asked"),
    [
        (ev.Parting(), "", "done", "say goodbye"),
        (ev.Parting(result=True), "I book that.", "Booked: 48213.", "say goodbye"),
        (ev.Parting("Bye for now."), "", "done", "Say exactly: Bye for now."),
        (ev.Parting("Bye for now."), "One moment.", "done", "Say exactly: Bye for now."),
    ],
    ids=["nothing was said", "a result to tell", "given words", "given words after others"],
)
def test_p70_the_last_words_are_asked_for(parting: ev.Parting, spoken: str, output: str, asked: str) -> None:
    """P70: once, without functions; the call ends when they were heard."""
    scene = limited()
    (create,) = only(do.CreateResponse, parted(scene, parting, spoken=spoken, output=output))
    assert asked in str(create.options.get("instructions")) + create.extra
    assert create.options["tool_choice"] == "none"

    scene.now += 2.0
    assert said(scene, "r2", 3.0) == [do.StartTimer(Timer(TimerKind.GOODBYE), 3.5)]
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE))) == [ENDED]


def test_p70_long_last_words_are_heard_to_their_end() -> None:
    """P70: what was said is bounded by a minute, not by the time in which it has to be said."""
    scene = limited()
    parted(scene, ev.Parting())

    assert said(scene, "r2", 45.0) == [do.StartTimer(Timer(TimerKind.GOODBYE), 45.5)]


def test_p70_a_caller_who_speaks_into_the_goodbye_is_answered() -> None:
    """P70: the line stays open until the answer was heard."""
    scene = limited()
    scene.speech("front", "r1", "Goodbye, take care.", ms=2000)
    scene.function("front", "r1", "find_order")
    scene.feed(ev.ToolReturned(scene.ours("fc1"), "done", parting=ev.Parting()), ev.SpeechStarted(FRONT, "i1"))
    assert Timer(TimerKind.GOODBYE) in scene.call.state.agenda.timers
    effects = scene.feed(ev.ResponseFinished(FRONT, "r1", "cancelled"), ev.TurnCommitted(FRONT, "i1"))
    assert not only(do.StartTimer, [one for one in effects if "goodbye" in str(one)])

    effects = scene.answer("front", "r2", "You too.", ms=1000)
    assert only(do.StartTimer, effects)[-1] == do.StartTimer(Timer(TimerKind.GOODBYE), 1.5)


def test_p70_an_agent_without_the_caller_cannot_end_the_call() -> None:
    """P70: the caller has moved on while its tool ran; the call goes on with the next agent."""
    scene = Scene(LIMITED)
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    scene.feed(ev.CallerReferred("billing"))
    effects = scene.feed(ev.ToolReturned(scene.ours("fc1"), "done", parting=ev.Parting()))

    assert "only the agent that has the caller can end it" in only(do.SendFunctionOutput, effects)[0].output
    assert scene.call.state.caller.goodbye is None


def test_p70_a_consulted_agent_cannot_end_the_call() -> None:
    """P70: the planner is asked in the background, and its tool tries."""
    scene = bank()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    effects = scene.function("front", "r1", "ask_planner", '{"question": "How?"}')
    (planner,) = [one.session for one in only(do.OpenSession, effects)]
    scene.feed(ev.SessionOpened(planner), ev.ResponseStarted(planner, "p1"))
    scene.function(planner, "p1", "rates", call_id="fc2")
    effects = scene.feed(ev.ToolReturned(scene.ours("fc2"), "done", parting=ev.Parting("Bye.")))

    assert "can end it" in only(do.SendFunctionOutput, effects)[0].output
    assert scene.call.state.caller.goodbye is None


def test_p70_a_limit_and_the_agent_end_the_call_once() -> None:
    """P70: who was first says why."""
    scene = limited()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    scene.feed(expired(TimerKind.CALL))
    effects = scene.feed(ev.ToolReturned(scene.ours("fc1"), "done", parting=ev.Parting()))

    assert not [one for one in only(do.Announce, effects) if one.name == "call.ending"]
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))[0].ending is ev.Ending.TOO_LONG


def test_p70_a_session_that_drops_is_asked_for_the_last_words_when_it_is_back() -> None:
    """P70: after the answer that was cut, which is asked for again."""
    scene = limited()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    scene.feed(ev.ToolReturned(scene.ours("fc1"), "done", parting=ev.Parting("Bye.")), ev.SessionLost(FRONT, "reset"))
    scene.feed(ev.SessionOpened(FRONT))
    (create,) = only(do.CreateResponse, scene.answer("front", "r2"))

    assert create.options["instructions"] == "Say exactly: Bye."


def prompted(scene: Scene, number: int) -> list[do.Effect]:
    """Let front's service take the caller's silence for a turn."""
    triggered = {"type": "input_audio_buffer.timeout_triggered", "item_id": f"s{number}"}
    committed = ev.TurnCommitted(FRONT, f"s{number}", {"type": "input_audio_buffer.committed"})
    return scene.feed(ev.SessionReported(FRONT, triggered), committed)


def test_p70_a_caller_who_is_gone_is_asked_three_times() -> None:
    """P70: the service would ask for ever; then the call ends by the rule of silence, with words."""
    scene = Scene(LIMITED.replace("silence: 300", "silence: {at: 300, say: Nobody is there.}"))
    scene.open()
    for number in range(3):
        assert Timer(TimerKind.GOODBYE) not in scene.call.state.agenda.timers
        prompted(scene, number)
        assert only(do.PlayAudio, scene.answer("front", f"r{number}", "Are you still there?"))
    prompted(scene, 4)
    assert only(do.CancelResponse, scene.feed(ev.ResponseStarted(FRONT, "r4"))) == [do.CancelResponse(FRONT, "r4")]
    (create,) = only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r4", "cancelled")))

    assert create.options["instructions"] == "Say exactly: Nobody is there."
    said(scene, "r5", 1.0)
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))[0].ending is ev.Ending.SILENCE


@pytest.mark.parametrize("how", ["speaks", "types", "presses a key"])
def test_p70_whoever_answers_is_asked_anew(how: str) -> None:
    """P70: only silences in a row count."""
    scene = limited()
    answers = {
        "speaks": (ev.SpeechStarted(FRONT, "i1"), ev.TurnCommitted(FRONT, "i1")),
        "types": (ev.CallerTyped({"id": "t1", "role": "user", "content": [{"text": "hello"}]}),),
        "presses a key": (ev.CallerPressed(),),
    }
    for number in range(8):
        prompted(scene, number)
        scene.answer("front", f"r{number}", "Are you still there?")
        if number % 3 == 2:
            scene.feed(*answers[how])
            scene.answer("front", f"a{number}")

    assert scene.call.state.caller.goodbye is None


def test_p70_a_silence_that_no_service_answers_is_nobodys_question() -> None:
    """P70: without `create_response` the caller's application asks, as often as it wants."""
    manual = "    turn_detection: {type: server_vad, create_response: false}\n    greeting: Hello"
    scene = Scene(LIMITED.replace("    greeting: Hello", manual, 1))
    scene.open()

    assert [only(do.CreateResponse, prompted(scene, number)) for number in range(5)] == [[]] * 5
    assert scene.call.state.caller.goodbye is None


def test_p70_silence_is_no_word_of_the_caller() -> None:
    """P70: neither in the transcript nor for the limits, and nothing at all of an agent without the caller."""
    scene = Scene(LIMITED)
    scene.open("billing")
    scene.turn("front", "i1", "An invoice.")
    scene.moved("front", "billing")
    effects = prompted(scene, 1)

    assert only(do.TellCaller, effects) == []
    assert only(do.StartTimer, effects) == []
    assert [str(line) for line in scene.call.state.transcript.history()] == ["Caller: An invoice."]
    assert (scene.call.state.route.turn_since, scene.call.state.caller.prompts) == (False, 0)
