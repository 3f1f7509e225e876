"""A line that bridges the switch, said in the old voice."""

from __future__ import annotations

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from tests.core.scene import BILLING, VERIFY, bridging, expired, only


def test_a_bridge_is_said_in_the_old_voice_and_the_target_waits_for_it() -> None:
    """It is asked for as soon as the response with the transfer call is done; it is heard although the caller moved."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(ev.ResponseStarted(VERIFY, "r4"))
    (create,) = only(do.CreateResponse, scene.feed(ev.ResponseFinished(BILLING, "resp_fc3", "completed")))
    assert (create.session.agent, create.options["instructions"]) == ("billing", "Say exactly: I pass you on.")
    assert not only(do.PlayAudio, scene.speech_frame("verify", "r4"))
    assert only(do.PlayAudio, scene.speech("billing", "bridge"))

    assert [
        effect.frame for effect in only(do.PlayAudio, scene.feed(ev.ResponseFinished(BILLING, "bridge", "completed")))
    ] == ["audio r4"]


def test_a_target_that_speaks_early_waits_for_the_bridge_too() -> None:
    """What it says before the response with the transfer call is done is not heard before the line."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    assert not only(do.PlayAudio, scene.speech("verify", "r4"))
    assert not only(do.PlayAudio, scene.feed(ev.ResponseFinished(BILLING, "resp_fc3", "completed")))
    assert only(do.PlayAudio, scene.speech("billing", "bridge"))
    assert only(do.PlayAudio, scene.feed(ev.ResponseFinished(BILLING, "bridge", "completed")))


def test_a_bridge_that_could_not_be_said_in_time_is_not_said() -> None:
    """The source was asked for something else and has not begun; the target is heard."""
    scene = bridging()
    scene.answer("billing", "r3")
    scene.feed(ev.CallerAsked({}))
    scene.feed(ev.CallerReferred("verify"))

    assert only(do.PlayAudio, scene.speech("verify", "r4"))
    assert scene.call.state.caller.floor.bridge is None


def test_a_bridge_is_not_said_by_an_agent_that_has_said_something_itself() -> None:
    """Its own farewell is enough."""
    scene = bridging()
    scene.speech("billing", "resp_fc3", "I pass you on to a colleague.")
    scene.function("billing", "resp_fc3", "transfer_to_verify", call_id="fc3")

    assert not [
        effect
        for effect in only(do.CreateResponse, scene.feed(ev.ResponseFinished(BILLING, "resp_fc3", "completed")))
        if effect.session.agent == "billing"
    ]


@pytest.mark.parametrize(
    "event",
    [
        ev.RequestRefused(BILLING, "conversation_already_has_active_response", "busy"),
        ev.RequestRefused(BILLING, "invalid_value", "no", param="response.tool_choice"),
        ev.SessionLost(BILLING, "reset"),
        expired(TimerKind.FAREWELL),
        ev.SpeechStarted(VERIFY, "i9"),
    ],
    ids=["busy", "refused", "lost", "late", "barge-in"],
)
def test_a_bridge_that_does_not_come_holds_nobody_up(event: ev.SessionLost) -> None:
    """Whatever happens to it, the target is heard."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(ev.ResponseStarted(VERIFY, "r4"), ev.ResponseFinished(BILLING, "resp_fc3", "completed"))
    scene.feed(event)

    assert scene.call.state.caller.floor.farewell is None
    late = scene.feed(ev.ResponseStarted(BILLING, "late"))
    assert not only(do.TellCaller, late)


def test_a_bridge_is_dropped_with_the_session_that_was_to_say_it() -> None:
    """It drops before its response is done."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(ev.SessionLost(BILLING, "reset"))

    assert scene.call.state.caller.floor.bridge is None


def test_a_handoff_that_is_taken_back_needs_no_bridge() -> None:
    """The agent speaks for itself."""
    scene = bridging()
    scene.feed(ev.SessionLost(VERIFY, "reset"))
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(expired(TimerKind.HANDOFF))

    assert scene.call.state.caller.floor.bridge is None
    assert scene.call.state.route.active == "billing"


def test_a_bridge_that_is_being_said_keeps_its_time_when_the_target_begins() -> None:
    """It is a farewell with a limit of its own."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(ev.ResponseFinished(BILLING, "resp_fc3", "completed"), ev.ResponseStarted(BILLING, "bridge"))
    effects = scene.feed(ev.ResponseStarted(VERIFY, "r4"))

    assert scene.call.state.route.active == "verify"
    assert TimerKind.FAREWELL not in {start.timer.kind for start in only(do.StartTimer, effects)}


def test_p71_the_team_says_who_speaks() -> None:
    """P71: before the response begins, the line that bridges a handoff included; not for what is never heard."""
    scene = bridging()
    effects = scene.transfer("billing", "verify", call_id="fc4")
    effects += scene.feed(ev.ResponseFinished(BILLING, "resp_fc4", "completed"))
    effects += scene.feed(ev.ResponseStarted(BILLING, "bridge"), ev.ResponseStarted(VERIFY, "next"))
    told = [one.fields for one in only(do.Announce, effects) if one.name == "response.started"]

    assert told == [
        {"agent": "billing", "response_id": "resp_fc4"},
        {"agent": "billing", "response_id": "bridge"},
        {"agent": "verify", "response_id": "next"},
    ]


@pytest.mark.parametrize("said", [True, False], ids=["being said", "not begun"])
def test_an_agent_that_gets_the_caller_back_during_its_bridge_is_heard(*, said: bool) -> None:
    """The bridge is over when its response is; what the agent says next is no farewell, and is not cut."""
    scene = bridging()
    scene.transfer("billing", "verify", call_id="fc3")
    scene.feed(ev.ResponseStarted(VERIFY, "r4"))
    if said:
        scene.feed(ev.ResponseFinished(BILLING, "resp_fc3", "completed"), ev.ResponseStarted(BILLING, "bridge"))
    scene.function("verify", "r4", "hand_back", '{"reason": "done"}', call_id="fc4")
    effects = scene.feed(ev.ResponseFinished(BILLING, "bridge" if said else "resp_fc3", "completed"))
    asked = [create.options for create in only(do.CreateResponse, effects) if create.session == BILLING]
    effects += scene.speech("billing", "r5")
    effects += scene.feed(ev.ResponseFinished(VERIFY, "r4", "completed"))

    assert ["tool_choice" in options for options in asked] == [False]
    assert [effect.frame for effect in only(do.PlayAudio, effects)] == ["audio r5"]
    assert not only(do.EndResponse, effects)
    assert scene.call.state.route.active == "billing"
