"""What becomes of the agents' sessions when another process takes the call over."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, Timer, TimerKind
from orchestrator.core.people.events import PersonTook
from orchestrator.core.response import ResponseState
from orchestrator.core.session import SessionState
from orchestrator.core.state import Phase
from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.core.turn import Turn
from orchestrator.core.wording import DROPPED, WORDS_LOST
from tests.core.people.desks import DESK
from tests.core.people.desks import TOOLS as DESK_TOOLS
from tests.core.scene import BILLING, FRONT, STOCK, Scene, bank, bridging, expired, frame, only

TALK = ev.CallerSettings(session={"audio": {"input": {"transcription": {"model": "t"}}}})
COLLEAGUE, NURSE = SessionId("colleague"), SessionId("nurse")


def opened(effects: list[do.Effect]) -> list[SessionId]:
    """Return the sessions that are opened."""
    return [effect.session for effect in only(do.OpenSession, effects)]


def words(effects: list[do.Effect]) -> str:
    """Return what sessions are told."""
    items = [effect.item for effect in only(do.AddItem, effects)]
    return "\n".join(part["text"] for item in items for part in item["content"])


def desk(*sessions: SessionId) -> Scene:
    """A call with a team in which there are persons."""
    scene = Scene(DESK, DESK_TOOLS)
    scene.open()
    scene.feed(*map(ev.SessionOpened, sessions))
    return scene


def test_a_call_whose_caller_has_not_joined_just_begins() -> None:
    """There is nothing to go on with."""
    scene = Scene()

    assert scene.feed(CallTakenOver()) == []


def test_in_a_quiet_moment_the_caller_hears_nothing_of_it() -> None:
    """The agent is told what was said, and asked for nothing; other sessions are warmed once it is there."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1")
    scene.answer("front", "r1", "Hello there.")
    effects = scene.after(9, CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert opened(effects) == [FRONT]
    assert {type(effect) for effect in effects} <= {do.OpenSession, do.StartTimer, do.StopTimer, do.Announce}
    assert words(begun).splitlines() == ["I need help.", "Hello there."]
    assert only(do.CreateResponse, begun) == []
    assert BILLING in opened(begun)
    assert scene.call.state.phase is Phase.TALKING


def test_an_answer_in_the_middle_is_asked_for_again() -> None:
    """What the caller saw begin is closed, and what was said stays said."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    scene.speech("front", "r1", "Let me")
    effects = scene.feed(CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert only(do.EndResponse, effects) == [do.EndResponse("r1", "cancelled")]
    assert [str(line) for line in scene.call.state.transcript.history()] == ["Caller: I need help.", "front: Let me"]
    assert DROPPED in words(begun)
    assert len(only(do.CreateResponse, begun)) == 1


def test_an_answer_that_was_asked_for_is_asked_for_in_the_same_way() -> None:
    """A greeting, for one; nothing of it had come."""
    scene = Scene()
    scene.open()
    asked = only(do.CreateResponse, scene.feed(ev.CallerAsked()))
    scene.feed(CallTakenOver())

    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT))) == asked


def test_what_was_owed_is_still_owed() -> None:
    """It had to wait for the end of the caller's turn."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SpeechStarted(FRONT, "i1"))
    scene.call.state.active.response.owe(None)
    scene.feed(ev.TurnCommitted(FRONT, "i1"), ev.TurnTranscribed(FRONT, "i1", "Hello"))
    scene.feed(CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert DROPPED in words(begun)
    assert len(only(do.CreateResponse, begun)) == 1


def test_an_answer_of_words_may_have_had_more_to_say() -> None:
    """All that it had begun is done, and its end is missing."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    scene.speech("front", "r1")
    scene.feed(ev.ResponseProgressed(FRONT, "r1", {"type": "response.output_item.done"}))
    effects = scene.feed(CallTakenOver())

    assert only(do.EndResponse, effects) == [do.EndResponse("r1", "cancelled")]
    assert len(only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))) == 1


def test_an_answer_that_has_called_a_function_is_not_asked_for_again() -> None:
    """The agent goes on with what the caller's application answers."""
    scene = Scene()
    scene.open(settings=ev.CallerSettings(tools=({"type": "function", "name": "show_map"},)))
    scene.turn("front", "i1")
    scene.speech("front", "r1")
    scene.function("front", "r1", "show_map")
    effects = scene.feed(CallTakenOver())

    assert only(do.EndResponse, effects) == [do.EndResponse("r1", "completed")]
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT))) == []


def test_an_answer_that_the_caller_interrupted_is_not_asked_for_again() -> None:
    """They wanted no more of it."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    scene.feed(ev.CallerInterrupted())
    effects = scene.feed(CallTakenOver())

    assert only(do.EndResponse, effects) == [do.EndResponse("r1", "cancelled")]
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT))) == []


def test_a_response_that_the_caller_saw_nothing_of_is_not_closed_for_them() -> None:
    """It began while another agent was on the way to them."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"), ev.ResponseStarted(FRONT, "r2"))
    effects = scene.feed(CallTakenOver())

    assert only(do.EndResponse, effects) == []


def test_what_the_caller_did_not_hear_is_cut_and_asked_for_again() -> None:
    """Their client says how much it has played; the response was over long before."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", "one two three four", ms=4000.0)
    scene.feed(CallTakenOver("item_r1", 2000))
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert words(begun).splitlines()[0] == "one two …"
    assert len(only(do.CreateResponse, begun)) == 1


def test_what_came_after_the_item_that_the_caller_heard_last_was_not_heard() -> None:
    """It was queued behind it; how long nothing was played does not matter then."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", "one two three four", ms=4000.0)
    scene.answer("front", "r2", "five six", ms=1000.0)
    scene.feed(CallTakenOver("item_r1", 3000, silent=9.0))
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert words(begun).splitlines()[0] == "one two three …"
    assert "five" not in words(begun)
    assert len(only(do.CreateResponse, begun)) == 1


def test_what_was_still_to_be_played_by_the_other_process_is_cut() -> None:
    """A telephone has no player of its own that could go on."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", "one two three four", ms=4000.0)
    scene.after(5.0, CallTakenOver(silent=4.0))
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert words(begun).splitlines()[0] == "one …"
    assert len(only(do.CreateResponse, begun)) == 1


def test_the_last_syllable_is_not_worth_an_answer() -> None:
    """What was nearly played is as good as heard."""
    for event in (CallTakenOver("item_r1", 3900), CallTakenOver(silent=0.2), CallTakenOver("item_x", 5)):
        scene = Scene()
        scene.open()
        scene.answer("front", "r1", "one two three four", ms=4000.0)
        scene.after(4.1, event)
        begun = scene.feed(ev.SessionOpened(FRONT))

        assert words(begun) == "one two three four"
        assert only(do.CreateResponse, begun) == []


def test_a_caller_whose_words_are_lost_is_asked_for_them() -> None:
    """Audio is not in the journal; the line stays, so that nobody takes it for silence."""
    scene = Scene()
    scene.open(settings=TALK)
    scene.turn("front", "i1", None)
    scene.feed(frame(1), CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert words(begun).splitlines() == ["(not understood)", WORDS_LOST]
    assert only(do.CreateResponse, begun) == []
    assert only(do.SendAudio, begun) == []
    assert len(only(do.CreateResponse, scene.feed(expired(TimerKind.OWED, FRONT)))) == 1


def test_a_caller_who_goes_on_speaking_is_not_interrupted() -> None:
    """They have a moment before the agent asks."""
    scene = Scene()
    scene.open()
    scene.feed(ev.SpeechStarted(FRONT, "i1"), CallTakenOver(), ev.SessionOpened(FRONT))
    scene.feed(ev.SpeechStarted(FRONT, "i2"))
    later = scene.feed(expired(TimerKind.OWED, FRONT), ev.TurnCommitted(FRONT, "i2"))

    assert only(do.CreateResponse, later) == []
    assert scene.call.state.active.turn is Turn.AWAITED


def test_timers_run_on_with_what_is_left_of_their_time() -> None:
    """The call's own limit, for one; that of silence begins anew, since nobody could hear the caller."""
    scene = Scene()
    scene.open()
    effects = scene.after(600, CallTakenOver())
    left = {effect.timer: effect.seconds for effect in only(do.StartTimer, effects)}

    assert left[Timer(TimerKind.CALL)] == 3000.0
    assert left[Timer(TimerKind.SILENCE)] == 300.0


def test_a_session_that_is_to_be_renewed_is_forgotten_with_its_successor() -> None:
    """The new one is renewed when its own time comes."""
    scene = Scene()
    scene.feed(ev.CallerJoined(), ev.SessionOpened(FRONT, 300.0), expired(TimerKind.RENEW, "front"))
    assert scene.call.state.sessions.successor("front") is not None
    effects = scene.feed(CallTakenOver())

    assert scene.call.state.sessions.successor("front") is None
    assert only(do.CloseSession, effects) == []
    assert opened(effects) == [FRONT]


def test_an_agent_stays_on_the_model_that_it_fell_back_on() -> None:
    """Those who count from here on are told which."""
    scene = bank()
    scene.feed(ev.SessionLost(FRONT, "gone", fatal=True), ev.SessionOpened(FRONT))
    effects = scene.feed(CallTakenOver())

    assert only(do.OpenSession, effects)[0].model == 1
    announced = next(effect for effect in only(do.Announce, effects) if effect.name == "call.taken_over")
    assert announced.fields == {"agent": "front", "models": {"front": "local"}}


def test_a_call_that_is_recovering_opens_its_session_at_once() -> None:
    """The pause before another try was the other process's."""
    scene = Scene()
    scene.open()
    for _ in range(2):
        scene.feed(ev.SessionLost(FRONT, "gone"))
    effects = scene.feed(CallTakenOver())

    assert do.StopTimer(Timer(TimerKind.REOPEN, FRONT)) in effects
    assert opened(effects) == [FRONT]
    assert scene.call.state.active.failures == 0


# --- handoffs ---


def test_a_handoff_goes_on() -> None:
    """Its target is opened, briefed and asked; it has all its time."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    effects = scene.after(3, CallTakenOver())
    begun = scene.feed(ev.SessionOpened(BILLING))

    assert opened(effects) == [BILLING]
    assert do.StartTimer(Timer(TimerKind.HANDOFF), 10.0) in effects
    assert "Reason: an invoice" in words(begun)
    assert len(only(do.CreateResponse, begun)) == 1


def test_a_target_that_was_asked_is_asked_again() -> None:
    """What it was told went with its session."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1")
    scene.transfer("front", "billing")
    assert scene.call.state.sessions.own["billing"].response.state is ResponseState.ASKED
    effects = scene.feed(CallTakenOver(), ev.SessionOpened(BILLING), ev.ResponseStarted(BILLING, "r2"))

    assert words(effects).count("handed to you by front") == 1
    assert scene.call.state.route.active == "billing"


def test_a_summary_that_was_not_done_is_left_out() -> None:
    """What was said travels instead; one that was done is kept."""
    for status in ("running", "done"):
        scene = Scene()
        scene.open()
        scene.turn("front", "i1")
        arguments = '{"reason": "shoes", "sku": "a1"}'
        scene.transfer("front", "stock", arguments)
        made = {"response": {"metadata": {"orchestrator": "summary"}}}
        scene.feed(ev.ResponseStarted(FRONT, "aside", made, aside=True))
        scene.feed(ev.TranscriptProduced(FRONT, "aside", "item", "Half of"))
        if status == "done":
            scene.feed(ev.ResponseFinished(FRONT, "aside", "completed"))
        scene.feed(CallTakenOver())
        told = words(scene.feed(ev.SessionOpened(STOCK)))

        assert ("Half of" in told) == (status == "done")
        assert ("I need help." in told) == (status == "running")


def test_what_waited_behind_a_farewell_was_never_heard() -> None:
    """The next agent says it again, and the caller saw nothing of it that had to be closed."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(ev.ResponseFinished(BILLING, "resp_fc3", "completed"), ev.ResponseStarted(BILLING, "bridge"))
    scene.speech("verify", "r9", "Welcome back.")
    assert scene.call.state.caller.floor.farewell == "billing"
    effects = scene.feed(CallTakenOver())

    assert only(do.EndResponse, effects) == [do.EndResponse("bridge", "cancelled")]
    assert "Welcome back." not in [line.text for line in scene.call.state.transcript.history()]
    assert scene.call.state.caller.floor.farewell is None
    begun = scene.feed(ev.SessionOpened(SessionId("verify")))
    assert len(only(do.CreateResponse, begun)) == 1


# --- goodbye ---


def test_a_goodbye_is_said_again_and_has_time_for_it() -> None:
    """The call ends after it."""
    scene = Scene()
    scene.open()
    scene.feed(expired(TimerKind.CALL))
    scene.speech("front", "bye", "Good")
    effects = scene.after(15, CallTakenOver())
    begun = scene.feed(ev.SessionOpened(FRONT))

    assert do.StartTimer(Timer(TimerKind.GOODBYE), 20.0) in effects
    assert len(only(do.CreateResponse, begun)) == 1


def test_a_goodbye_that_was_said_ends_the_call() -> None:
    """It is not said again, and has not more time than it had."""
    scene = Scene()
    scene.open()
    scene.feed(expired(TimerKind.CALL))
    scene.answer("front", "bye", "Goodbye.")
    effects = scene.feed(CallTakenOver(), ev.SessionOpened(FRONT))

    assert do.StartTimer(Timer(TimerKind.GOODBYE), 20.0) not in effects
    assert only(do.CreateResponse, effects) == []
    assert only(do.EndCall, scene.feed(expired(TimerKind.GOODBYE)))


# --- persons ---


def test_a_caller_who_waits_for_a_person_waits_on() -> None:
    """The desk is asked again, for what is left of the time."""
    scene = desk()
    scene.transfer("front", "colleague")
    effects = scene.after(30, CallTakenOver())

    assert opened(effects) == [COLLEAGUE, FRONT]
    assert do.StartTimer(Timer(TimerKind.WAIT), 60.0) in effects
    assert scene.call.state.route.waiting is not None


def test_a_person_who_came_by_themselves_is_gone() -> None:
    """Nobody was asked whom one could ask again."""
    scene = desk()
    scene.feed(PersonTook("colleague"))
    effects = scene.feed(CallTakenOver())

    assert opened(effects) == [FRONT]
    assert scene.call.state.route.waiting is None


def test_nobody_is_asked_for_a_caller_who_has_waited_in_vain() -> None:
    """They are moved on as soon as their agent is there."""
    scene = desk()
    scene.transfer("front", "colleague")
    scene.feed(ev.SessionLost(FRONT, "gone"), expired(TimerKind.WAIT))
    effects = scene.feed(CallTakenOver())

    assert opened(effects) == [FRONT]


def test_a_person_who_has_the_caller_is_lost() -> None:
    """The caller goes to the agent that the file names."""
    scene = desk()
    scene.transfer("front", "colleague")
    scene.feed(ev.SessionOpened(COLLEAGUE))
    assert scene.call.state.route.active == "colleague"
    effects = scene.feed(CallTakenOver())

    assert opened(effects) == [BILLING]
    assert "person.left" in [effect.name for effect in only(do.Announce, effects)]
    assert scene.call.state.sessions.own["colleague"].state is SessionState.CLOSED
