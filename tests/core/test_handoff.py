"""A handoff that succeeds: the order of its effects, its waits, its ways."""

from __future__ import annotations

import json

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.state import Phase
from orchestrator.core.wording import MARKER, SUMMARY
from tests.core.scene import (
    BILLING,
    FRONT,
    HELPDESK,
    STOCK,
    TECH,
    VERIFY,
    Scene,
    bank,
    expired,
    only,
    refused,
    verified,
)


def test_p02_p14_a_warm_target_is_briefed_and_asked_while_the_transfer_call_is_handled() -> None:
    """P02, P14: no acknowledgement is awaited, and the target speaks without the caller repeating anything."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", "My invoice is wrong.")

    effects = scene.transfer("front", "billing")

    (item,) = only(do.AddItem, effects)
    (create,) = only(do.CreateResponse, effects)
    assert effects.index(item) < effects.index(create)
    assert (item.session.agent, create.session.agent) == ("billing", "billing")
    text = item.item["content"][0]["text"]
    assert "handed to you by front" in text
    assert "Reason: an invoice" in text
    assert "Caller: My invoice is wrong." in text
    assert scene.call.state.phase is Phase.HANDING_OFF


def test_p04_the_source_gets_its_output_without_a_response() -> None:
    """P04: only one agent answers."""
    scene = Scene()
    scene.open("billing")
    effects = scene.moved("front", "billing")

    (output,) = only(do.SendFunctionOutput, effects)
    assert (output.session.agent, output.call_id) == ("front", "fc1")
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]
    assert scene.call.state.route.active == "billing"
    assert scene.call.state.phase is Phase.TALKING


def test_the_sources_function_call_is_answered_only_when_the_outcome_is_known() -> None:
    """Until the target's response begins the handoff can be taken back."""
    scene = Scene()
    scene.open("billing")

    assert only(do.SendFunctionOutput, scene.transfer("front", "billing")) == []
    committed = scene.feed(ev.ResponseStarted(BILLING, "r9", {"type": "response.created"}))
    assert json.loads(only(do.SendFunctionOutput, committed)[0].output) == {"result": "The caller is with billing now."}
    assert do.ClearAudio(FRONT) in committed


def test_handoff_seconds_run_from_the_transfer_call_to_the_first_audio() -> None:
    """P15: every handoff is measured."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    effects = scene.after(0.25, ev.AudioProduced(BILLING, "opening_fc1", "i9", 100, "first"))

    assert do.Announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.25}) in effects


def test_p09_the_last_words_are_awaited_for_a_bounded_time() -> None:
    """P09: the transcript of the sentence that caused the handoff is part of the briefing."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    assert only(do.CreateResponse, scene.transfer("front", "billing")) == []

    effects = scene.after(0.1, ev.TurnTranscribed(FRONT, "i1", "My invoice is wrong."))

    (item,) = only(do.AddItem, effects)
    assert "Caller: My invoice is wrong." in item.item["content"][0]["text"]
    assert only(do.CreateResponse, effects)


def test_words_that_nobody_transcribes_hold_up_no_handoff() -> None:
    """With `transcription: null` none will come."""
    scene = Scene(HELPDESK.replace("    warm: next\n", "    warm: next\n    transcription: null\n", 1))
    scene.open("billing")
    scene.turn("front", "i1", None)

    assert only(do.CreateResponse, scene.transfer("front", "billing"))


def test_p09_without_a_transcript_the_reason_stands_for_the_words_and_they_follow_later() -> None:
    """P09: after half a second the handoff goes on; late words reach the target as an item."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    (item,) = only(do.AddItem, scene.after(0.5, expired(TimerKind.TRANSCRIPT)))
    assert "Reason: an invoice" in item.item["content"][0]["text"]

    effects = scene.feed(ev.TurnTranscribed(FRONT, "i1", "My invoice is wrong."))

    (late,) = only(do.AddItem, effects)
    assert (late.session.agent, late.item["role"], late.item["content"][0]["text"]) == (
        "billing",
        "user",
        "My invoice is wrong.",
    )
    assert only(do.CreateResponse, effects) == []


def test_context_none_and_opening_wait() -> None:
    """Nothing travels but the reason, and the target waits for the caller: the handoff is complete at once."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.moved("front", "billing")
    scene.turn("billing", "i1", "My router is broken.")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    effects = scene.transfer("billing", "tech", call_id="fc2")

    (item,) = only(do.AddItem, effects)
    assert "router" not in item.item["content"][0]["text"]
    assert only(do.CreateResponse, effects) == []
    assert scene.call.state.route.active == "tech"
    assert "handoff.completed" in [announce.name for announce in only(do.Announce, effects)]


def test_an_old_debt_of_the_target_is_not_paid_when_it_only_waits() -> None:
    """Its session had dropped with a turn unanswered; that was before the caller came to it."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.moved("front", "billing")
    scene.turn("billing", "i1", "My router is broken.")
    scene.feed(ev.TurnCommitted(TECH, "stray"))
    scene.transfer("billing", "tech", call_id="fc2")
    scene.feed(ev.SessionLost(TECH, "reset"))
    effects = scene.feed(ev.SessionOpened(TECH))

    assert only(do.CreateResponse, effects) == []
    assert scene.call.state.active.response.owed is None


def test_opening_greet_speaks_the_targets_greeting() -> None:
    """With `greet` the target introduces itself; without a greeting of its own it makes one."""
    scene = Scene()
    scene.open("tech", "stock")
    (create,) = only(do.CreateResponse, scene.transfer("front", "tech"))
    assert create.options["instructions"] == "Say exactly: Technical help here."


def test_opening_greet_without_a_greeting() -> None:
    """An agent without a greeting is asked to make one."""
    text = HELPDESK.replace("    greeting: Technical help here.\n", "")
    scene = Scene(text)
    scene.open("tech")
    (create,) = only(do.CreateResponse, scene.transfer("front", "tech"))

    assert create.extra.startswith("Greet the caller")


def test_context_summary_is_written_by_the_source_outside_the_conversation() -> None:
    """The summary is an out-of-band text response; the caller is not told of it."""
    scene = Scene()
    scene.open("stock")
    scene.turn("front", "i1", "Do you have size nine?")
    effects = scene.transfer("front", "stock", '{"sku": "A9"}')
    (create,) = only(do.CreateResponse, effects)
    assert (create.session.agent, create.options["conversation"]) == ("front", "none")

    beside = scene.feed(
        ev.ResponseStarted(FRONT, "other", {"response": {"metadata": {"topic": "mood"}}}, aside=True),
        ev.TranscriptProduced(FRONT, "other", "i8", "angry"),
        ev.ResponseFinished(FRONT, "other", "completed"),
    )
    assert len(only(do.TellCaller, beside)) == 3, "it is of the caller's application"
    effects = scene.feed(
        ev.ResponseStarted(FRONT, "sum", {"response": create.options}, aside=True),
        ev.TranscriptProduced(FRONT, "sum", "i9", "Wants size nine."),
        ev.ResponseFinished(FRONT, "sum", "completed"),
    )

    assert only(do.TellCaller, effects) == []
    (item,) = only(do.AddItem, effects)
    text = item.item["content"][0]["text"]
    assert "Summary of the call so far: Wants size nine." in text
    assert "sku: A9" in text
    assert "size nine?" not in text


def test_a_summary_that_does_not_come_is_replaced_by_what_was_said() -> None:
    """Four seconds, then the spoken lines travel instead."""
    scene = Scene()
    scene.open("stock")
    scene.turn("front", "i1", "Do you have size nine?")
    scene.transfer("front", "stock", '{"sku": "A9"}')
    (item,) = only(do.AddItem, scene.after(4.0, expired(TimerKind.SUMMARY)))

    assert "Caller: Do you have size nine?" in item.item["content"][0]["text"]


def test_p19_the_modality_is_said_in_every_response() -> None:
    """P19: a text-only history must not make the agent answer in text."""
    scene = Scene()
    scene.open("billing")
    for create in only(do.CreateResponse, scene.transfer("front", "billing")):
        assert create.options["output_modalities"] == ["audio"]


def test_a_refused_opening_of_the_target_is_asked_again() -> None:
    """P22 across a handoff: the target's session was busy; it is asked when it is free."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.RequestRefused(BILLING, "conversation_already_has_active_response", "busy"))

    assert only(do.CreateResponse, scene.after(1.0, expired(TimerKind.OWED, BILLING)))


def test_p18_the_program_moves_the_caller() -> None:
    """P18: no edge has to allow it, and there is no function call to be answered."""
    scene = Scene()
    scene.open("stock", "billing")
    scene.turn("front", "i1", "Hello.")
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseStarted(BILLING, "r2"), ev.ResponseFinished(BILLING, "r2", "completed"))

    effects = scene.feed(ev.CallerReferred("stock", "a clerk wants it"))
    (briefing,) = only(do.AddItem, effects)
    assert briefing.session.agent == "stock"
    assert "a clerk wants it" in briefing.item["content"][0]["text"]
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["stock"]
    assert only(do.SendFunctionOutput, scene.feed(ev.ResponseStarted(STOCK, "r3"))) == []
    assert scene.call.state.route.active == "stock"


def test_p07_an_agent_gives_the_caller_back_to_the_one_who_sent_them() -> None:
    """P07: it is told how; it needs no words of the caller between; then nobody waits for them any more."""
    scene = bank("verify")
    effects = scene.moved("front", "verify")
    assert "call hand_back: the caller goes back to front" in only(do.AddItem, effects)[0].item["content"][0]["text"]
    scene.function("verify", "opening_fc1", "hand_back", '{"reason": "it is them"}', call_id="back")
    scene.feed(ev.ResponseFinished(VERIFY, "opening_fc1", "completed"))
    effects = scene.feed(ev.ResponseStarted(FRONT, "r5"))
    assert scene.call.state.route.active == "front"
    assert scene.call.state.route.back == {}

    said = refused(scene.function("front", "r5", "hand_back", "{}", call_id="again"))
    assert "No agent is waiting" in said["error"]


def test_a_way_back_ends_when_the_caller_comes_another_way() -> None:
    """Only who was sent the caller last knows where they came from."""
    scene = bank("verify")
    verified(scene)
    assert scene.call.state.route.back == {"verify": "front"}
    scene.transfer("verify", "billing", call_id="fc2")
    scene.feed(ev.SessionOpened(BILLING), ev.ResponseFinished(VERIFY, "resp_fc2", "completed"))
    scene.feed(ev.ResponseStarted(BILLING, "r3"), ev.ResponseFinished(BILLING, "r3", "completed"))
    scene.turn("billing", "i3")
    scene.moved("billing", "front", call_id="fc3")

    assert scene.call.state.route.back == {"verify": "front"}


def test_a_summary_that_comes_late_is_not_shown() -> None:
    """Its time is over: it is nothing that the caller asked for."""
    scene = Scene()
    scene.open("stock")
    scene.transfer("front", "stock", '{"reason": "x", "sku": "7"}')
    scene.feed(expired(TimerKind.SUMMARY))
    payload = {"type": "response.created", "response": {"metadata": {MARKER: SUMMARY}}}
    effects = scene.feed(
        ev.ResponseStarted(FRONT, "sum", payload, aside=True),
        ev.TranscriptProduced(FRONT, "sum", "i9", "Who calls: Ann."),
        ev.ResponseFinished(FRONT, "sum", "completed"),
    )

    assert not only(do.TellCaller, effects)
