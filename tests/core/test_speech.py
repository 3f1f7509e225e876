"""What an agent's own session says: turns of the caller, responses, refusals."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.wording import APOLOGIZE
from tests.core.scene import BILLING, FRONT, HELPDESK, Scene, calling, done, expired, only


def test_a_turn_and_its_answer_are_told_in_order() -> None:
    """What the agent's session says reaches the caller as it came."""
    scene = Scene()
    scene.open()
    effects = scene.feed(
        ev.SpeechStarted(FRONT, "i1", {"n": 1}),
        ev.SpeechStopped(FRONT, "i1", {"n": 2}),
        ev.TurnCommitted(FRONT, "i1", {"n": 3}),
        ev.ItemReported(FRONT, "i1", {"n": 4}),
        ev.TurnTranscribed(FRONT, "i1", "Hi", {"n": 5}),
        ev.ResponseStarted(FRONT, "r1", {"n": 6}),
        ev.ResponseProgressed(FRONT, "r1", {"n": 7}),
        ev.TranscriptProduced(FRONT, "r1", "i2", "Hello", {"n": 8}),
        ev.AudioProduced(FRONT, "r1", "i2", 20.0, "frame"),
        ev.ResponseFinished(FRONT, "r1", "completed", payload={"n": 9}),
        ev.SessionReported(FRONT, {"n": 10}),
    )

    assert [effect.payload["n"] for effect in only(do.TellCaller, effects)] == list(range(1, 11))
    assert do.PlayAudio("i2", "frame") in effects


def test_a_new_turn_cancels_the_debt() -> None:
    """The session answers the caller's new words; an older reply is not wanted any more."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    scene.feed(ev.CallerAsked())
    scene.turn("front", "i1")

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "cancelled"))) == []


def test_p21_a_refused_response_of_the_caller_is_refused() -> None:
    """P21: turn detection was faster; the refusal names the caller's event, and nothing is asked again."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked({}, "e1"), ev.ResponseStarted(FRONT, "r1"))

    effects = scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
    assert effects == [do.Refuse("conversation_already_has_active_response", "busy", event_id="e1")]
    assert only(do.CreateResponse, scene.feed(*done(FRONT, "r1"))) == []


def test_p22_a_refused_response_of_our_own_is_asked_again() -> None:
    """P22: when the other response is done, or after a second if none is known."""
    scene = Scene()
    scene.open()
    scene.function("front", "r0", "nonsense")
    scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
    assert only(do.CreateResponse, scene.after(1.0, expired(TimerKind.OWED, FRONT)))

    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_p28_races_are_not_news_and_other_errors_are_told() -> None:
    """P28: errors are classified; none of them ends the call."""
    scene = Scene()
    scene.open("billing")
    assert scene.feed(ev.RequestRefused(FRONT, "item_truncate_invalid_item_id", "too late")) == []
    assert only(do.Refuse, scene.feed(ev.RequestRefused(BILLING, "invalid_value", "hm"))) == []

    effects = scene.feed(ev.RequestRefused(FRONT, "invalid_value", "hm", "e1"))
    assert effects == [do.Refuse("invalid_value", "hm", None, "e1")]


def test_a_failed_response_is_tried_again_twice_then_said() -> None:
    """P22: a rate limit passes; what does not pass is told to both, and the call goes on."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked())
    for number in range(2):
        scene.feed(ev.ResponseStarted(FRONT, f"r{number}"))
        scene.feed(ev.ResponseFinished(FRONT, f"r{number}", "failed", "rate_limit_exceeded"))
        assert only(do.CreateResponse, scene.after(number + 1.0, expired(TimerKind.OWED, FRONT)))
    scene.feed(ev.ResponseStarted(FRONT, "r9"))
    effects = scene.feed(ev.ResponseFinished(FRONT, "r9", "failed", "rate_limit_exceeded"))

    assert "rate_limit_exceeded" in only(do.Refuse, effects)[0].message
    (apology,) = only(do.CreateResponse, scene.after(3.0, expired(TimerKind.OWED, FRONT)))
    assert apology.extra == APOLOGIZE
    scene.answer("front", "r10")
    assert only(do.CreateResponse, scene.feed(ev.CallerAsked()))


def test_a_failed_response_that_turn_detection_made_is_asked_again() -> None:
    """Nobody asked for it, but the caller waits for it."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    scene.feed(ev.ResponseStarted(FRONT, "r1"), ev.ResponseFinished(FRONT, "r1", "failed"))

    (create,) = only(do.CreateResponse, scene.after(1.0, expired(TimerKind.OWED, FRONT)))
    assert create.options == {"output_modalities": ["audio"]}


def test_a_provider_that_refuses_to_answer_for_good_ends_the_call_with_a_reason() -> None:
    """P28: quota and account errors are fatal."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    effects = scene.feed(ev.ResponseFinished(FRONT, "r1", "failed", "insufficient_quota"))

    assert do.CloseSession(FRONT) in effects
    assert only(do.EndCall, effects)[0].ending is ev.Ending.UNREACHABLE


def test_a_failed_stray_response_is_nobodys_business() -> None:
    """An agent without the caller owes nothing."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(BILLING, "r1"))

    assert scene.feed(ev.ResponseFinished(BILLING, "r1", "failed", "insufficient_quota")) == []


def test_a_turn_whose_own_answer_is_refused_is_answered_after_the_one_that_runs() -> None:
    """Turn detection came too late: another response ran already."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked({}), ev.SpeechStarted(FRONT, "i1"), ev.ResponseStarted(FRONT, "r1"))
    scene.feed(ev.TurnCommitted(FRONT, "i1"))
    effects = scene.feed(ev.RequestRefused(FRONT, "conversation_already_has_active_response", "busy"))
    assert not only(do.Refuse, effects)

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


@pytest.mark.parametrize(
    "event",
    [ev.CallerCleared(), ev.CallerConfigured(ev.CallerSettings({"audio": {"input": {"turn_detection": None}}}))],
    ids=["cleared", "push to talk"],
)
def test_speech_that_is_not_to_be_heard_holds_up_nothing(event: ev.CallerAction) -> None:
    """No turn will come of it: what waits for its end is asked now."""
    scene = Scene()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_order")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.SpeechStarted(FRONT, "i1"))
    assert not only(do.CreateResponse, scene.feed(ev.ToolReturned(scene.ours("fc1"), "shipped")))

    assert only(do.CreateResponse, scene.feed(event))


def test_a_response_outside_the_conversation_is_told_and_changes_nothing() -> None:
    """The caller's application asked for it and recognises it by its metadata."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    effects = scene.feed(
        ev.ResponseStarted(FRONT, "out", {"n": 1}, aside=True),
        ev.ResponseFinished(FRONT, "out", "completed", payload={"n": 2}),
    )

    assert [effect.payload["n"] for effect in only(do.TellCaller, effects)] == [1, 2]
    assert scene.call.state.active.response.id == "r1"


def test_answers_to_retrieve_are_told_and_echoes_of_our_own_requests_are_not() -> None:
    """The core answers truncate and delete itself, once."""
    scene = Scene()
    scene.open("billing")

    assert only(do.TellCaller, scene.feed(ev.SessionReported(BILLING, {"type": "conversation.item.retrieved"})))
    assert scene.feed(ev.SessionReported(FRONT, {"type": "conversation.item.truncated"})) == []
    assert scene.feed(ev.SessionReported(FRONT, {"type": "conversation.item.deleted"})) == []


def test_items_that_the_core_put_there_are_not_news() -> None:
    """Briefings and notes stay between the orchestrator and the agent."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    (seeded,) = scene.call.state.sessions.own["billing"].seeded

    assert scene.feed(ev.ItemReported(BILLING, seeded, {"item": {"role": "system"}})) == []


def test_unknown_transcriptions_are_passed_on() -> None:
    """A second transcript of the same words changes nothing here."""
    scene = Scene()
    scene.open()

    assert scene.feed(ev.TurnTranscribed(FRONT, "unknown", "x", {"n": 1})) == [do.TellCaller({"n": 1})]


def test_words_that_were_not_understood_are_no_news_for_the_next_agent() -> None:
    """Only words travel late."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    scene.after(0.5, expired(TimerKind.TRANSCRIPT))

    assert [type(effect) for effect in scene.feed(ev.TurnTranscribed(FRONT, "i1", None))] == [do.TellCaller]


@pytest.mark.parametrize(("event_id", "param"), [("e1", None), (None, "response.input[0]")])
def test_a_response_that_the_caller_asked_for_wrongly_is_not_asked_again(
    event_id: str | None, param: str | None
) -> None:
    """The refusal names the caller's event, or the field: it is the caller's to mend, and the line is free again."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked({"input": []}, "e1"))

    effects = scene.feed(ev.RequestRefused(FRONT, "invalid_value", "no", event_id, param))
    assert effects == [do.StopTimer(Timer(TimerKind.ANSWER, FRONT)), do.Refuse("invalid_value", "no", param, event_id)]
    assert only(do.CreateResponse, scene.feed(ev.CallerAsked()))


def test_another_refusal_leaves_the_response_as_it_was() -> None:
    """It was about something else."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked({}, "e1"))

    assert scene.feed(ev.RequestRefused(FRONT, "bad", "no", "e2")) == [do.Refuse("bad", "no", None, "e2")]


def test_a_refusal_of_the_callers_own_event_is_told_wherever_it_comes_from() -> None:
    """An item may be on the session of an agent that does not have the caller any more."""
    scene = Scene()
    scene.open("billing")

    assert scene.feed(ev.RequestRefused(BILLING, "bad", "no")) == []
    assert scene.feed(ev.RequestRefused(BILLING, "bad", "no", "e2")) == [do.Refuse("bad", "no", None, "e2")]


def test_a_response_that_begins_ends_the_pause_before_the_next() -> None:
    """Turn detection answers while a pause is on: what is owed after that waits for the answer alone."""
    scene = Scene()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    assert Timer(TimerKind.OWED, FRONT) in [
        effect.timer for effect in only(do.StartTimer, scene.feed(ev.ResponseFinished(FRONT, "r1", "failed")))
    ]

    scene.turn("front", "i1")
    effects = scene.feed(ev.ResponseStarted(FRONT, "r2"))
    assert do.StopTimer(Timer(TimerKind.OWED, FRONT)) in effects


@pytest.mark.parametrize("status", ["completed", "cancelled", "incomplete"])
def test_p48_an_end_that_does_not_name_its_response_is_that_of_the_one_that_runs(status: str) -> None:
    """P48: the caller is told in the same words as ever; without a response it means nothing."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    (told,) = only(do.TellCaller, scene.feed(ev.ResponseFinished(FRONT, "", status)))
    assert told.payload == {"type": "response.done", "response": {"id": "r1", "status": status}}
    assert not scene.call.state.active.response.busy

    assert scene.feed(ev.ResponseFinished(FRONT, "", status)) == [do.TellCaller({})]  # which nobody can read


TEXT = ev.CallerSettings(modalities=("text",))
ENDS = [
    ev.ResponseFinished(FRONT, "r1", "completed"),
    ev.ResponseFinished(FRONT, "r1", "incomplete", "content_filter"),
    ev.ResponseFinished(FRONT, "r1", "cancelled", "turn_detected"),
]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: str(end.status))
@pytest.mark.parametrize("words", ["", "I am only written."], ids=["nothing", "text"])
def test_p47_an_answer_of_which_nothing_is_heard_is_asked_for_again_then_the_agent_apologises(
    end: ev.ResponseFinished, words: str
) -> None:
    """P47: the reason is announced, and the third answer is heard."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    for asked in ("", APOLOGIZE):
        scene.feed(ev.ResponseStarted(FRONT, "r1"), ev.TranscriptProduced(FRONT, "r1", "i2", words))
        scene.feed(ev.AudioProduced(FRONT, "r1", "i2", 0.0, "empty"))
        effects = scene.feed(end)
        reason = end.error or "nothing audible"
        assert do.Announce("response.unheard", {"agent": "front", "reason": reason}) in effects
        assert [create.extra for create in only(do.CreateResponse, effects)] == [asked]
    scene.answer("front", "r2")

    assert scene.call.state.active.response.missed == 0


def test_p47_the_next_model_is_asked_when_nothing_is_heard_twice_and_a_rate_limit_is_no_exception() -> None:
    """P47: not only a wrong key or used-up credit leads to a `fallback`."""
    scene = Scene(HELPDESK.replace("    warm: next\n", "    warm: next\n    fallback: [azure/spare, local]\n", 1))
    scene.open()
    scene.turn("front", "i1")
    for model in (1, 2):
        scene.feed(ev.ResponseStarted(FRONT, "r1"), ev.ResponseFinished(FRONT, "r1", "failed", "rate_limit_exceeded"))
        assert only(do.CreateResponse, scene.after(1.0, expired(TimerKind.OWED, FRONT)))
        scene.feed(ev.ResponseStarted(FRONT, "r2"))
        effects = scene.feed(ev.ResponseFinished(FRONT, "r2", "failed", "rate_limit_exceeded"))
        assert [opened.model for opened in only(do.OpenSession, effects)] == [model]
        fallback = [effect for effect in only(do.Announce, effects) if effect.name == "session.fallback"]
        assert fallback[0].fields["reason"] == "rate_limit_exceeded"
        assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


@pytest.mark.parametrize(
    ("settings", "options", "step"),
    [
        (TEXT, {}, ev.TranscriptProduced(FRONT, "r1", "i2", "Hello")),
        (TEXT, {}, ev.ResponseProgressed(FRONT, "r1", {"type": "response.output_text.done", "text": "Hello"})),
        (ev.CallerSettings(), {"output_modalities": ["text"]}, ev.TranscriptProduced(FRONT, "r1", "i2", "Hello")),
        (ev.CallerSettings(), {}, ev.AudioProduced(FRONT, "r1", "i2", 20.0, "frame")),
        (ev.CallerSettings(), {}, ev.SpeechStarted(FRONT, "i9")),
        (ev.CallerSettings(), {}, ev.CallerInterrupted()),
        (ev.CallerSettings(), {}, ev.CallerReferred("billing")),
    ],
    ids=["text session", "text as a whole", "text asked for", "audio", "caller speaks", "cancelled", "moved"],
)
def test_p47_an_answer_is_what_was_asked_for_or_stopped(
    settings: ev.CallerSettings, options: ev.Json, step: ev.Event
) -> None:
    """P47: nothing is asked twice."""
    scene = Scene()
    scene.open(settings=settings)
    scene.feed(ev.CallerAsked(options), ev.ResponseStarted(FRONT, "r1"), step)

    assert not only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_p47_a_caller_who_interrupts_a_silent_model_does_not_begin_its_tries_anew() -> None:
    """P47: "Hello?" is no sign of an answer."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked(), ev.ResponseStarted(FRONT, "r1"), ev.ResponseFinished(FRONT, "r1", "completed"))
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    scene.turn("front", "i1", "Hello?")
    scene.feed(ev.ResponseFinished(FRONT, "r2", "cancelled"), ev.ResponseStarted(FRONT, "r3"))

    effects = scene.feed(ev.ResponseFinished(FRONT, "r3", "completed"))
    assert [create.extra for create in only(do.CreateResponse, effects)] == [APOLOGIZE]


def test_p47_in_a_text_session_nothing_written_is_no_answer() -> None:
    """P47: asked once more."""
    scene = Scene()
    scene.open(settings=TEXT)
    scene.feed(ev.CallerAsked(), ev.ResponseStarted(FRONT, "r1"))

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_p47_a_function_call_without_words_is_an_answer() -> None:
    """P47: the agent is asked to go on when the tool has returned, not before."""
    scene, _ = calling()

    assert not only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


@pytest.mark.parametrize(("complete", "status"), [(False, "cancelled"), (True, "completed")])
def test_p47_a_response_whose_end_was_lost_ends_for_the_caller_when_the_next_begins(
    complete: bool, status: str
) -> None:
    """P47: applications wait for each `response.done`."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    kind = "response.output_item.done" if complete else "response.output_audio.done"
    scene.feed(ev.ResponseProgressed(FRONT, "r1", {"type": kind}))

    assert only(do.EndResponse, scene.feed(ev.ResponseStarted(FRONT, "r2"))) == [do.EndResponse("r1", status)]
