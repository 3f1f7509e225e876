"""Persons who take the caller, do not come, or are gone; and giving the caller back."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.events import Ending
from orchestrator.core.ids import TimerKind
from orchestrator.core.people.events import PersonTook
from orchestrator.core.state import Phase
from tests.core.people.desks import COLLEAGUE, DESK, TOOLS, announced, connected, said, waiting
from tests.core.scene import BILLING, FRONT, Scene, expired, frame, only, refused, told


def speaking(scene: Scene, response: str = "p1", text: str = "") -> list[do.Effect]:
    """Let the person be heard."""
    effects = scene.feed(ev.ResponseStarted(COLLEAGUE, response, {"type": "response.created"}))
    effects += scene.feed(ev.AudioProduced(COLLEAGUE, response, f"item_{response}", 20.0, f"audio {response}"))
    return effects + (scene.feed(ev.TranscriptProduced(COLLEAGUE, response, f"item_{response}", text)) if text else [])


def test_whoever_takes_the_call_has_the_caller_at_once() -> None:
    """The handoff is made while their session opens; the caller's audio goes to them."""
    scene, _ = waiting()
    said(scene)
    effects = scene.feed(ev.SessionOpened(COLLEAGUE))

    assert scene.call.state.route.active == "colleague"
    assert announced(effects, "handoff.completed")
    assert only(do.SendAudio, scene.feed(frame(1))) == [do.SendAudio(COLLEAGUE, "frame 1")]
    assert [one.frame for one in only(do.PlayAudio, speaking(scene))] == ["audio p1"]


def test_the_person_reads_what_was_said() -> None:
    """As one item of their session, with the reason."""
    scene, _ = waiting()
    said(scene)
    (item,) = only(do.AddItem, scene.feed(ev.SessionOpened(COLLEAGUE)))

    assert item.session == COLLEAGUE
    assert "Caller: I want to talk to a person." in item.item["content"][0]["text"]
    assert "hand_back" not in item.item["content"][0]["text"]


@pytest.mark.parametrize("state", ["speaking", "asked", "hold"])
def test_what_the_caller_hears_stops_for_the_person(state: str) -> None:
    """Nothing stands between them: not the line, not the hold sound, and not what the agent was about to say."""
    scene, _ = waiting()
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    if state == "speaking":
        scene.speech("front", "line", ms=5000.0)
    elif state == "hold":
        said(scene)
        scene.feed(expired(TimerKind.HOLD))
    effects = scene.feed(ev.SessionOpened(COLLEAGUE))

    assert only(do.StopPlayback, effects) == [do.StopPlayback(told=True)]
    assert [one.frame for one in only(do.PlayAudio, speaking(scene))] == ["audio p1"]
    if state == "speaking":
        assert do.CancelResponse(FRONT, "line") in effects
        assert do.EndResponse("line", "cancelled") in effects
        assert not only(do.PlayAudio, scene.speech_frame("front", "line"))


def test_a_person_takes_a_call_without_having_been_asked() -> None:
    """Nothing is said about it, and nobody waits."""
    scene = Scene(DESK, TOOLS)
    scene.open("billing")
    scene.speech("front", "r1", "Let me tell you a long story.", ms=9000.0)
    effects = scene.feed(PersonTook("colleague", "I know this caller."))
    assert [effect.session for effect in only(do.OpenSession, effects)] == [COLLEAGUE]
    effects = scene.feed(ev.SessionOpened(COLLEAGUE))

    assert scene.call.state.route.active == "colleague"
    assert do.CancelResponse(FRONT, "r1") in effects
    assert "I know this caller." in only(do.AddItem, effects)[0].item["content"][0]["text"]


@pytest.mark.parametrize("agent", ["billing", "nobody", "front"])
def test_only_a_person_can_take_a_call(agent: str) -> None:
    """What a desk sends cannot move a caller to a model."""
    scene = Scene(DESK, TOOLS)
    scene.open("billing")
    effects = scene.feed(PersonTook(agent))

    assert announced(effects, "handoff.failed")
    assert not only(do.OpenSession, effects)


def test_nobody_is_asked_to_speak() -> None:
    """A person speaks when they like, and says nothing for as long as they like."""
    scene = connected()
    scene.feed(ev.TurnCommitted(COLLEAGUE, "i2"), ev.TurnTranscribed(COLLEAGUE, "i2", "Hello?"))
    effects = scene.feed(ev.CallerAsked({}))

    assert not only(do.CreateResponse, effects)
    assert not only(do.CreateResponse, scene.after(400, expired(TimerKind.SILENCE)))
    assert scene.call.state.caller.goodbye is None


def test_the_caller_and_the_person_speak_at_the_same_time() -> None:
    """Full duplex: neither stops the other."""
    scene = connected()
    speaking(scene)
    effects = scene.feed(ev.SpeechStarted(COLLEAGUE, "i2"))

    assert not only(do.StopPlayback, effects)
    assert only(do.PlayAudio, scene.speech_frame("colleague", "p1"))


def test_a_person_runs_tools() -> None:
    """The same functions under the same rules; nothing is asked of the person afterwards."""
    scene = connected()
    speaking(scene)
    (run,) = only(do.RunTool, scene.function("colleague", "p1", "find_order", '{"number": "1"}', call_id="fc2"))
    effects = scene.feed(ev.ToolReturned(run.call_id, "on its way"))

    assert only(do.SendFunctionOutput, effects) == [do.SendFunctionOutput(COLLEAGUE, "fc2", "on its way")]
    assert not only(do.CreateResponse, effects)
    assert not only(do.CreateResponse, scene.feed(ev.ResponseFinished(COLLEAGUE, "p1", "completed")))


def test_a_person_gives_the_caller_back_with_a_note() -> None:
    """The agent knows what was promised, does not greet, and the person is free again."""
    scene = connected()
    speaking(scene, text="I will send you the invoice today.")
    arguments = '{"reason": "promised the invoice for today"}'
    effects = scene.function("colleague", "p1", "hand_back", arguments, call_id="fc2")
    effects += scene.feed(ev.ResponseFinished(COLLEAGUE, "p1", "completed"))
    items = [one.item["content"][0]["text"] for one in only(do.AddItem, effects)]
    assert "Reason: promised the invoice for today" in items[0]
    assert "colleague: I will send you the invoice today." in items[0]
    assert "no greeting" in items[0]
    effects = scene.feed(ev.ResponseStarted(FRONT, "r9", {"type": "response.created"}))

    assert scene.call.state.route.active == "front"
    assert do.CloseSession(COLLEAGUE) in effects
    assert told(effects) == '{"result": "The caller is with front now."}'


def test_a_person_hands_on_to_another_agent() -> None:
    """Where the file lets them; an unfinished response of theirs does not hold the agent up."""
    scene = connected()
    speaking(scene)
    scene.function("colleague", "p1", "transfer_to_billing", call_id="fc2")
    scene.feed(ev.ResponseFinished(COLLEAGUE, "p1", "completed"))
    scene.feed(ev.ResponseStarted(BILLING, "r9"))

    assert scene.call.state.route.active == "billing"
    assert "hand_back" not in refused(scene.function("billing", "r9", "hand_back", call_id="fc3"))["error"]


def test_handoffs_with_people_do_not_count_against_the_limit() -> None:
    """`limits.handoffs` is about models that pass a caller round."""
    scene = connected()
    for number in range(4):
        speaking(scene, f"p{number}")
        scene.function("colleague", f"p{number}", "hand_back", call_id=f"b{number}")
        scene.feed(ev.ResponseFinished(COLLEAGUE, f"p{number}", "completed"), ev.ResponseStarted(FRONT, f"f{number}"))
        scene.feed(ev.ResponseFinished(FRONT, f"f{number}", "completed"))
        scene.turn("front", f"t{number}")
        scene.transfer("front", "colleague", call_id=f"w{number}")
        scene.feed(ev.SessionOpened(COLLEAGUE), ev.ResponseFinished(FRONT, f"resp_w{number}", "completed"))

    assert scene.call.state.route.active == "colleague"
    assert scene.call.state.route.hops == 0


@pytest.mark.parametrize("way", ["late", "declined"])
def test_a_caller_who_waits_in_vain_is_told_by_the_next_agent(way: str) -> None:
    """Nobody came in time, or all declined; the session of the person is closed."""
    scene, _ = waiting()
    said(scene)
    event = expired(TimerKind.WAIT) if way == "late" else ev.SessionLost(COLLEAGUE, "everybody declined", "x", True)
    effects = scene.feed(event)

    assert announced(effects, "person.missed")
    assert (do.CloseSession(COLLEAGUE) in effects) is (way == "late")
    assert any("has waited for colleague" in one.item["content"][0]["text"] for one in only(do.AddItem, effects))
    scene.feed(ev.ResponseStarted(BILLING, "r9"))
    assert scene.call.state.route.active == "billing"


def test_the_agent_that_has_the_caller_tells_them_when_it_is_the_one() -> None:
    """`then` names it: no handoff is needed."""
    scene, _ = waiting("nurse")
    said(scene)
    effects = scene.feed(expired(TimerKind.WAIT))

    assert scene.call.state.phase is Phase.TALKING
    assert "has waited for nurse" in only(do.AddItem, effects)[0].item["content"][0]["text"]
    assert [one.session for one in only(do.CreateResponse, effects)] == [FRONT]


def test_a_caller_in_vain_is_not_moved_where_they_may_not_go() -> None:
    """A variable that the agent needs is not set: whoever has them goes on."""
    scene, _ = waiting()
    said(scene)
    scene.call.state.team.agents["billing"].__dict__["instructions"] = "Card {{ variables.card }}."
    effects = scene.feed(expired(TimerKind.WAIT))

    assert [one.session for one in only(do.CreateResponse, effects)] == [FRONT]


def test_a_person_whose_connection_is_lost_loses_the_caller() -> None:
    """The next agent says so."""
    scene = connected()
    speaking(scene)
    effects = scene.feed(ev.SessionLost(COLLEAGUE, "their connection was lost", "person_gone", True))

    assert announced(effects, "person.left")
    assert do.EndResponse("p1", "failed") in effects
    assert any("was lost" in one.item["content"][0]["text"] for one in only(do.AddItem, effects))
    scene.feed(ev.ResponseStarted(BILLING, "r9"))
    assert scene.call.state.route.active == "billing"


def test_a_person_lost_while_they_hand_on_changes_nothing() -> None:
    """The handoff goes on."""
    scene = connected()
    speaking(scene)
    scene.feed(ev.SessionLost(BILLING, "reset"))
    scene.function("colleague", "p1", "transfer_to_billing", call_id="fc2")
    scene.feed(ev.SessionLost(COLLEAGUE, "gone", "person_gone", True))
    scene.feed(ev.SessionOpened(BILLING), ev.ResponseStarted(BILLING, "r9"))

    assert scene.call.state.route.active == "billing"


def test_nobody_is_left_when_the_next_agent_cannot_be_reached_either() -> None:
    """The call ends with a reason."""
    scene = connected()
    scene.feed(ev.SessionLost(BILLING, "no such model", "model_not_found", True))
    scene.feed(ev.SessionLost(COLLEAGUE, "gone", "person_gone", True))
    effects = scene.feed(ev.SessionLost(BILLING, "no such model", "model_not_found", True))

    assert only(do.EndCall, effects) == [do.EndCall(Ending.UNREACHABLE, "the agent 'billing' cannot be reached")]


def test_nobody_is_left_when_the_next_agent_may_not_have_the_caller() -> None:
    """It lacks what it needs to know."""
    scene = connected()
    scene.call.state.team.agents["billing"].__dict__["instructions"] = "Card {{ variables.card }}."
    effects = scene.feed(ev.SessionLost(COLLEAGUE, "gone", "person_gone", True))

    assert only(do.EndCall, effects)[0].ending is Ending.UNREACHABLE


def test_a_person_who_comes_while_the_caller_is_moved_has_to_wait() -> None:
    """And is not needed any more: the handoff has ended the waiting."""
    scene, _ = waiting()
    said(scene)
    scene.turn("front", "i2")
    scene.transfer("front", "billing", call_id="fc2")

    assert scene.feed(ev.SessionOpened(COLLEAGUE)) == []


def test_a_person_who_comes_at_the_goodbye_does_not_get_the_caller() -> None:
    """The call is ending."""
    scene, _ = waiting()
    said(scene)
    scene.feed(expired(TimerKind.CALL))
    scene.feed(ev.SessionOpened(COLLEAGUE))

    assert scene.call.state.route.active == "front"


def test_nothing_is_heard_again_by_a_person() -> None:
    """Whoever listens at the speed of speech would be late for the rest of the call."""
    scene, _ = waiting()
    said(scene)
    scene.feed(frame(1), frame(2))

    assert not only(do.SendAudio, scene.feed(ev.SessionOpened(COLLEAGUE)))


def test_a_person_does_not_wait_for_the_tools_of_the_agent() -> None:
    """What they return, the agent still learns."""
    scene, _ = waiting()
    said(scene)
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    scene.function("front", "r2", "find_order", call_id="fc2")
    (made,) = scene.call.state.functions.open
    scene.feed(ev.SessionOpened(COLLEAGUE))
    assert scene.call.state.route.active == "colleague"

    assert told(scene.feed(ev.ToolReturned(made, "on its way"))) == "on its way"


def test_nothing_is_said_of_a_person_who_takes_a_call_and_does_not_come() -> None:
    """The caller was not told of them, and the agent goes on."""
    scene = Scene(DESK, TOOLS)
    scene.open("billing")
    scene.feed(PersonTook("colleague"))
    effects = scene.feed(ev.SessionLost(COLLEAGUE, "gone", "person_gone", True))

    assert announced(effects, "person.missed")
    assert not only(do.AddItem, effects)
    assert scene.call.state.route.active == "front"


def test_a_person_who_looks_for_another_one_keeps_the_caller() -> None:
    """They are told that nobody came; nothing is summed up by a human being."""
    scene = connected()
    speaking(scene)
    effects = scene.function("colleague", "p1", "transfer_to_nurse", call_id="fc2")
    assert not only(do.CreateResponse, effects)
    effects = scene.feed(expired(TimerKind.WAIT))

    assert scene.call.state.route.active == "colleague"
    assert "has waited for nurse" in only(do.AddItem, effects)[0].item["content"][0]["text"]


def test_a_person_who_is_still_heard_is_not_taken_for_the_next_one() -> None:
    """The desk is asked again, and the last words of the first one are cut."""
    scene = connected()
    speaking(scene)
    scene.function("colleague", "p1", "transfer_to_billing", call_id="fc2")
    scene.feed(ev.ResponseStarted(BILLING, "r9"))
    assert scene.call.state.caller.floor.farewell == "colleague"
    effects = scene.feed(ev.CallerReferred("colleague"))

    assert do.EndResponse("p1", "cancelled") in effects
    assert do.CloseSession(COLLEAGUE) in effects
    assert [effect.session for effect in only(do.OpenSession, effects)] == [COLLEAGUE]
    assert scene.call.state.route.active == "billing"


def test_a_response_of_a_person_is_not_asked_for_again() -> None:
    """Neither when it failed, nor when nothing of it was heard."""
    scene = connected()
    scene.feed(ev.ResponseStarted(COLLEAGUE, "p1"))
    effects = scene.feed(ev.ResponseFinished(COLLEAGUE, "p1", "failed"))

    assert not announced(effects, "response.unheard")
    assert scene.call.state.active.response.owed is None


def test_nobody_answers_beside_a_conversation_of_two_people() -> None:
    """A client that asks for it is told so."""
    effects = connected().feed(ev.CallerAsked({"conversation": "none"}))

    assert [one.param for one in only(do.Refuse, effects)] == ["response.conversation"]


def test_a_key_does_not_cut_a_person_short() -> None:
    """It is for the menus of machines."""
    scene = connected()
    speaking(scene)
    effects = scene.feed(ev.CallerPressed())

    assert not only(do.StopPlayback, effects)
    assert not only(do.CancelResponse, effects)


def test_a_person_ends_the_call_without_a_goodbye_of_ours() -> None:
    """They have said it."""
    scene = connected()
    speaking(scene)
    scene.function("colleague", "p1", "find_order", call_id="fc2")
    (made,) = scene.call.state.functions.open
    effects = scene.feed(ev.ToolReturned(made, "", parting=ev.Parting("Bye.")))
    assert not only(do.CreateResponse, effects)

    assert only(do.EndCall, scene.after(1.0, expired(TimerKind.GOODBYE)))[0].ending is Ending.FINISHED


def test_the_hold_sound_ends_with_the_call() -> None:
    """As a response does."""
    scene, _ = waiting()
    said(scene)
    (start,) = only(do.StartHold, scene.feed(expired(TimerKind.HOLD)))
    effects = scene.feed(ev.CallerLeft("hang-up"))

    assert do.EndResponse(start.response_id, "completed") in effects
    assert scene.call.state.route.waiting is None


def test_a_person_lost_after_they_have_handed_on_changes_nothing() -> None:
    """Their last words were still being heard."""
    scene = connected()
    speaking(scene)
    scene.function("colleague", "p1", "transfer_to_billing", call_id="fc2")
    scene.feed(ev.ResponseStarted(BILLING, "r9"))
    effects = scene.feed(ev.SessionLost(COLLEAGUE, "gone", "person_gone", True))

    assert do.EndResponse("p1", "failed") in effects
    assert scene.call.state.route.active == "billing"
    assert not announced(effects, "person.left")
