"""A handoff: its order of effects, and every row of the table of what goes wrong."""

from __future__ import annotations

import json

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.memory.floor import WAITING
from orchestrator.core.state import Phase
from orchestrator.core.wording import MARKER, SUMMARY
from tests.core.scene import (
    BILLING,
    FRONT,
    HELPDESK,
    STOCK,
    TEAMWORK,
    TECH,
    VERIFY,
    Scene,
    bank,
    expired,
    only,
    own,
    refused,
)


def frame(number: int) -> ev.CallerSpoke:
    return ev.CallerSpoke(f"frame {number}", 20.0)


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
    assert scene.call.phase is Phase.HANDING_OFF


def test_p03_the_target_is_told_not_to_greet_again_and_the_old_words_are_not_its_own() -> None:
    """P03: `opening: continue`; what the old agent said is a note, never an assistant item of the new one."""
    scene = Scene()
    scene.open("billing")
    scene.answer("front", "r1", "Goodbye and thanks.")
    (item,) = only(do.AddItem, scene.transfer("front", "billing"))

    assert item.item["role"] == "system"
    assert "no greeting" in item.item["content"][0]["text"]
    assert "front: Goodbye and thanks." in item.item["content"][0]["text"]


def test_p04_the_source_gets_its_output_without_a_response() -> None:
    """P04: only one agent answers."""
    scene = Scene()
    scene.open("billing")
    effects = scene.moved("front", "billing")

    (output,) = only(do.SendFunctionOutput, effects)
    assert (output.session.agent, output.call_id) == ("front", "fc1")
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]
    assert scene.call.agent == "billing"
    assert scene.call.phase is Phase.TALKING


def test_the_sources_function_call_is_answered_only_when_the_outcome_is_known() -> None:
    """Until the target's response begins the handoff can be taken back."""
    scene = Scene()
    scene.open("billing")

    assert only(do.SendFunctionOutput, scene.transfer("front", "billing")) == []
    committed = scene.feed(ev.ResponseStarted(BILLING, "r9", {"type": "response.created"}))
    assert json.loads(only(do.SendFunctionOutput, committed)[0].output) == {"result": "The caller is with billing now."}
    assert do.ClearAudio(FRONT) in committed


def test_p16_the_target_is_heard_after_the_sources_farewell() -> None:
    """P16: the farewell is not clipped; the next voice queues behind it."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1", "I will connect you.")
    scene.function("front", "r1", "transfer_to_billing")
    started = scene.speech("billing", "r2", "Let me see.")
    assert only(do.PlayAudio, started) == []

    farewell = scene.feed(ev.AudioProduced(FRONT, "r1", "item_r1", 400, "last words"))
    assert only(do.PlayAudio, farewell) == [do.PlayAudio("item_r1", "last words")]

    done = scene.feed(ev.ResponseFinished(FRONT, "r1", "completed", payload={"type": "response.done"}))
    told = [effect for effect in done if isinstance(effect, do.TellCaller | do.PlayAudio)]
    assert told[0] == do.TellCaller({"type": "response.done"})
    assert told[1] == do.TellCaller({"type": "response.created"})
    assert told[-1] == do.PlayAudio("item_r2", "audio r2")


def test_a_farewell_that_never_ends_is_cut() -> None:
    """Three seconds, then the next agent is heard and the old response is closed for the caller."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.speech("billing", "r2")

    effects = scene.after(3.0, expired(TimerKind.FAREWELL))

    assert only(do.PlayAudio, effects) == [do.PlayAudio("item_r2", "audio r2")]
    assert scene.feed(ev.AudioProduced(FRONT, "r1", "item_r1", 400, "too late")) == []
    assert scene.feed(expired(TimerKind.FAREWELL)) == []


def test_a_farewell_is_cut_when_too_much_waits_behind_it() -> None:
    """The queue of the next agent's words is bounded."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseStarted(BILLING, "r2", {}))
    heard = [len(only(do.PlayAudio, scene.speech_frame("billing", "r2"))) for _ in range(WAITING - 1)]

    assert heard[:-1] == [0] * (WAITING - 2)
    assert heard[-1] > 1000


def test_handoff_seconds_run_from_the_transfer_call_to_the_first_audio() -> None:
    """P15: every handoff is measured."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    effects = scene.after(0.25, ev.AudioProduced(BILLING, "opening_fc1", "i9", 100, "first"))

    assert do.Announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.25}) in effects


def test_p08_what_is_said_while_the_target_opens_is_heard_by_it() -> None:
    """P08: caller audio is held, the pre-roll with it, and replayed to the target in order."""
    scene = Scene()
    scene.open()
    scene.feed(frame(0))
    scene.transfer("front", "billing")
    assert only(do.SendAudio, scene.feed(frame(1), frame(2))) == []

    effects = scene.feed(ev.SessionOpened(BILLING))

    assert only(do.SendAudio, effects) == [do.SendAudio(BILLING, f"frame {number}") for number in range(3)]
    assert only(do.SendAudio, scene.feed(frame(3))) == [do.SendAudio(BILLING, "frame 3")]


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


@pytest.mark.parametrize(
    "loss",
    [ev.SessionLost(BILLING, "no", fatal=True), expired(TimerKind.HANDOFF)],
    ids=["lost", "timer"],
)
def test_p10_a_target_that_cannot_open_is_reported_and_the_source_speaks(
    loss: ev.SessionLost | ev.TimerExpired,
) -> None:
    """P10: a failed transfer is never reported as success; held audio goes to the source."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(frame(1), ev.ResponseFinished(FRONT, "resp_fc1", "completed"))

    effects = scene.after(10.0, loss)

    (output,) = only(do.SendFunctionOutput, effects)
    assert "failed" in json.loads(output.output)["error"]
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["front"]
    assert only(do.SendAudio, effects) == [do.SendAudio(FRONT, "frame 1")]
    assert scene.call.phase is Phase.TALKING
    assert scene.call.agent == "front"


def test_a_target_that_drops_once_is_opened_again() -> None:
    """One more try within the handoff's time."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")

    assert only(do.OpenSession, scene.feed(ev.SessionLost(BILLING, "reset")))
    assert scene.call.phase is Phase.HANDING_OFF
    effects = scene.feed(ev.SessionLost(BILLING, "reset"))
    assert only(do.SendFunctionOutput, effects)


def test_a_target_asked_and_mute_is_taken_back_with_what_was_said_to_it() -> None:
    """The caller's words of the meantime go to the source, and a late response of the target is not heard."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(frame(1), ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    effects = scene.after(10.0, expired(TimerKind.HANDOFF))
    assert do.SendAudio(FRONT, "frame 1") in effects

    late = scene.feed(ev.ResponseStarted(BILLING, "r9", {"type": "response.created"}))
    assert do.CancelResponse(BILLING, "r9") in late
    assert only(do.TellCaller, late) == []
    assert only(do.PlayAudio, scene.feed(ev.AudioProduced(BILLING, "r9", "i9", 20, "x"))) == []


def test_a_target_that_speaks_when_it_is_taken_back_is_cancelled() -> None:
    """A response that is already running is stopped at once."""
    scene = Scene(HELPDESK)
    scene.open("billing")
    scene.feed(ev.ResponseStarted(BILLING, "stray", {}))
    scene.transfer("front", "billing")

    assert do.CancelResponse(BILLING, "stray") in scene.after(10.0, expired(TimerKind.HANDOFF))


def test_the_source_drops_meanwhile_and_the_switch_is_finished() -> None:
    """Nothing is owed to a source that is gone."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(ev.SessionLost(FRONT, "reset"))
    assert scene.call.phase is Phase.HANDING_OFF

    effects = scene.feed(ev.SessionOpened(BILLING))
    effects += scene.feed(ev.ResponseStarted(BILLING, "r2", {"type": "response.created"}))

    assert only(do.SendFunctionOutput, effects) == []
    assert scene.call.agent == "billing"


def test_both_ends_drop_and_the_source_comes_back() -> None:
    """The handoff is taken back and the source's session is opened again."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(ev.SessionLost(FRONT, "reset"))
    effects = scene.feed(ev.SessionLost(BILLING, "no", fatal=True))

    assert [effect.session.agent for effect in only(do.OpenSession, effects)] == ["front"]
    assert scene.call.phase is Phase.RECOVERING
    assert only(do.CreateResponse, scene.feed(ev.SessionOpened(FRONT)))


def test_the_caller_speaks_meanwhile_and_the_handoff_goes_on() -> None:
    """Playback stops, the source's response is cancelled, the target hears what was said."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1", ms=5000)
    scene.function("front", "r1", "transfer_to_billing")

    effects = scene.feed(ev.SpeechStarted(FRONT, "i5", {"type": "input_audio_buffer.speech_started"}))

    assert do.StopPlayback() in effects
    assert do.CancelResponse(FRONT, "r1") in effects
    assert scene.call.phase is Phase.HANDING_OFF


def test_a_turn_that_ended_on_the_source_too_late_is_answered_by_the_target() -> None:
    """The source's own answer to it is stopped before it is heard."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    scene.feed(ev.TurnCommitted(FRONT, "late"))

    stray = scene.feed(ev.ResponseStarted(FRONT, "stray", {"type": "response.created"}))
    assert stray == [do.CancelResponse(FRONT, "stray")]
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    effects = scene.feed(ev.TurnTranscribed(FRONT, "late", "No, wait!"))
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]


def test_a_second_response_of_the_source_is_not_heard_while_it_hands_over() -> None:
    """Only the response that made the transfer may finish."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))

    assert scene.feed(ev.ResponseStarted(FRONT, "again", {})) == [do.CancelResponse(FRONT, "again")]
    assert scene.feed(ev.TranscriptProduced(FRONT, "again", "i8", "Hm")) == []
    assert scene.feed(ev.ItemReported(FRONT, "i8", {"item": {"role": "assistant"}})) == []


def test_speech_to_the_target_commits() -> None:
    """The caller talks to the target before it has spoken: they are together."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.SpeechStarted(BILLING, "i7", {}))

    assert scene.call.agent == "billing"


def test_the_caller_leaves_meanwhile() -> None:
    """Everything is closed and nothing follows."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    effects = scene.feed(ev.CallerLeft())

    assert isinstance(effects[-1], do.EndCall)
    assert scene.feed(ev.SessionOpened(BILLING), frame(1), expired(TimerKind.HANDOFF)) == []


def test_p06_two_transfers_in_one_response_the_first_wins() -> None:
    """P06: the second is answered, not ignored."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.transfer("front", "billing")
    effects = scene.function("front", "resp_fc1", "transfer_to_tech", call_id="fc2")

    (output,) = only(do.SendFunctionOutput, effects)
    assert output.call_id == "fc2"
    assert "superseded" in output.output
    assert only(do.CreateResponse, effects) == []


def test_p05_p20_a_tool_beside_a_transfer_is_answered_first_and_only_the_target_speaks() -> None:
    """P05, P20: tools are answered on the source without a response, then one handoff."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1", {}))
    assert only(do.RunTool, scene.function("front", "r1", "find_order", call_id="tool"))
    assert only(do.CreateResponse, scene.function("front", "r1", "transfer_to_billing")) == []
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    effects = scene.after(2.0, ev.ToolReturned("tool", "shipped"))

    assert only(do.SendFunctionOutput, effects) == [do.SendFunctionOutput(FRONT, "tool", "shipped")]
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]


def test_a_tool_that_takes_too_long_does_not_hold_the_handoff_for_ever() -> None:
    """When the time is over and the target is there, the switch is made."""
    scene = Scene()
    scene.open("billing")
    scene.feed(ev.ResponseStarted(FRONT, "r1", {}))
    scene.function("front", "r1", "find_order", call_id="tool")
    scene.function("front", "r1", "transfer_to_billing")
    effects = scene.after(10.0, expired(TimerKind.HANDOFF))
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]

    scene.feed(ev.ResponseStarted(BILLING, "r2", {}))
    late = scene.feed(ev.ToolReturned("tool", "shipped"))
    assert only(do.SendFunctionOutput, late) == [do.SendFunctionOutput(FRONT, "tool", "shipped")]
    assert only(do.CreateResponse, late) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("transfer_to_front", "You are 'front'"),
        ("transfer_to_billng", "transfer_to_billing"),
        ("nonsense", "find_order"),
    ],
    ids=["itself", "unknown agent", "unknown function"],
)
def test_p12_p23_a_call_of_nothing_is_refused_with_what_there_is(name: str, says: str) -> None:
    """P12, P23: the model is told what it can call, and speaks."""
    scene = Scene()
    scene.open()
    scene.feed(ev.ResponseStarted(FRONT, "r1", {}))
    effects = scene.function("front", "r1", name)
    effects += scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))

    (output,) = only(do.SendFunctionOutput, effects)
    assert says in json.loads(output.output)["error"]
    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["front"]


@pytest.mark.parametrize("arguments", ["broken", "[1]", "{}", '{"sku": ""}'], ids=["json", "list", "missing", "empty"])
def test_bad_arguments_of_a_transfer_are_refused(arguments: str) -> None:
    """The model is told what is wrong and can call again."""
    scene = Scene()
    scene.open("stock")
    effects = scene.transfer("front", "stock", arguments)

    (output,) = only(do.SendFunctionOutput, effects)
    assert "error" in json.loads(output.output)
    assert scene.call.phase is Phase.TALKING


def test_p11_ping_pong_is_refused_until_the_caller_has_spoken() -> None:
    """P11: two agents cannot toss the caller to and fro."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    effects = scene.transfer("billing", "front", call_id="fc2")
    assert "said nothing since" in only(do.SendFunctionOutput, effects)[0].output

    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    scene.turn("billing", "i4")
    scene.transfer("billing", "front", call_id="fc3")
    assert scene.call.phase is Phase.HANDING_OFF


def test_p11_the_number_of_handoffs_is_limited() -> None:
    """P11: the hop limit ends a loop with a reason that the model can act on."""
    scene = Scene()
    scene.open("billing")
    names = ["front", "billing"]
    for hop in range(5):
        scene.moved(*names, call_id=f"fc{hop}")
        scene.feed(ev.ResponseFinished(own(names[1]), f"opening_fc{hop}", "completed"))
        scene.turn(names[1], f"turn{hop}")
        names.reverse()
    effects = scene.transfer(*names, call_id="last")

    assert "too often" in only(do.SendFunctionOutput, effects)[0].output


def test_an_agent_whose_variables_are_unset_cannot_take_over() -> None:
    """P45: the refusal names what has to be known first; nothing is read aloud by its name."""
    scene = Scene()
    assert "vault" not in [effect.session.agent for effect in only(do.OpenSession, scene.open())]
    effects = scene.transfer("front", "vault")

    assert "account" in only(do.SendFunctionOutput, effects)[0].output


def test_p07_the_way_back_tells_only_what_the_first_agent_missed() -> None:
    """P07: no foreign function-call ids, nothing twice."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", "My invoice is wrong.")
    scene.moved("front", "billing")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc1", "completed"))
    scene.turn("billing", "i2", "And my router is broken.")

    (item,) = only(do.AddItem, scene.transfer("billing", "front", call_id="fc2"))

    text = item.item["content"][0]["text"]
    assert "Caller: And my router is broken." in text
    assert "My invoice is wrong." not in text
    assert "fc1" not in json.dumps(dict(item.item))


def test_context_all_carries_tool_facts() -> None:
    """An edge may pass on what tools returned."""
    scene = Scene()
    scene.open("billing")
    scene.moved("front", "billing")
    scene.turn("billing", "i1", "How much is it?")
    scene.function("billing", "opening_fc1", "find_invoice", call_id="tool")
    scene.feed(ev.ToolReturned("tool", "40 euros"))
    (item,) = only(do.AddItem, scene.function("billing", "opening_fc1", "transfer_to_front", call_id="fc2"))

    assert "find_invoice → 40 euros" in item.item["content"][0]["text"]


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
    assert scene.call.agent == "tech"
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


def test_what_the_caller_does_meanwhile_waits_for_the_target() -> None:
    """Typed words and requests are held with the audio and keep their order."""
    scene = Scene()
    scene.open()
    scene.transfer("front", "billing")
    assert scene.feed(ev.CallerAsked()) == []
    effects = scene.feed(ev.SessionOpened(BILLING))

    assert [create.session.agent for create in only(do.CreateResponse, effects)] == ["billing"]


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
    assert scene.call.agent == "stock"


@pytest.mark.parametrize(
    ("agent", "why"),
    [("front", "already with 'front'"), ("vault", "account"), ("nobody", "no agent 'nobody'")],
)
def test_p18_the_program_is_told_why_not(agent: str, why: str) -> None:
    """The reason is there before the event is fed, and the handoff is announced as failed if it is fed all the same."""
    scene = Scene()
    scene.open()

    assert why in str(scene.call.refusal(agent))
    (announce,) = only(do.Announce, scene.feed(ev.CallerReferred(agent)))
    assert announce.name == "handoff.failed"
    assert why in announce.fields["reason"]


def test_p18_the_program_has_to_wait_for_its_turn() -> None:
    """Before the first session is open, and while a handoff is under way."""
    scene = Scene()
    assert "being connected" in str(scene.call.refusal("billing"))
    scene.open()
    scene.transfer("front", "billing")
    assert "already" in str(scene.call.refusal("tech"))


def test_a_handoff_of_the_program_that_fails_is_told_to_the_source() -> None:
    """There is no function call to answer, so the agent that keeps the caller gets a note, and speaks."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerReferred("billing"))

    effects = scene.after(10.0, expired(TimerKind.HANDOFF))
    (note,) = only(do.AddItem, effects)
    assert note.session.agent == "front"
    assert "failed" in note.item["content"][0]["text"]
    assert [effect.session.agent for effect in only(do.CreateResponse, effects)] == ["front"]


def verified(scene: Scene) -> None:
    """Let the caller be with `verify`, which finds out who they are."""
    scene.moved("front", "verify")
    scene.function("verify", "opening_fc1", "check_pin", call_id="pin")
    scene.feed(
        ev.ToolReturned("pin", "right", {"verified": True}), ev.ResponseFinished(VERIFY, "opening_fc1", "completed")
    )


def test_p07_an_agent_gives_the_caller_back_to_the_one_who_sent_them() -> None:
    """P07: it is told how; it needs no words of the caller between; then nobody waits for them any more."""
    scene = bank("verify")
    effects = scene.moved("front", "verify")
    assert "call hand_back: the caller goes back to front" in only(do.AddItem, effects)[0].item["content"][0]["text"]
    scene.function("verify", "opening_fc1", "hand_back", '{"reason": "it is them"}', call_id="back")
    scene.feed(ev.ResponseFinished(VERIFY, "opening_fc1", "completed"))
    effects = scene.feed(ev.ResponseStarted(FRONT, "r5"))
    assert scene.call.agent == "front"
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


def bridging(text: str = TEAMWORK) -> Scene:
    """Let billing hand over to verify with a line that bridges the switch."""
    scene = bank("verify", "billing", text=text)
    verified(scene)
    scene.turn("verify", "i2")
    scene.moved("verify", "billing", call_id="fc2")
    scene.feed(ev.ResponseFinished(BILLING, "opening_fc2", "completed"))
    scene.turn("billing", "i3")
    return scene


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


def test_a_caller_who_is_passed_on_at_once_hears_each_farewell_in_its_turn() -> None:
    """The farewell of the agent before is closed, what the one between has said is heard, then the third speaks."""
    scene = Scene()
    scene.open("billing", "tech")
    scene.speech("front", "resp_fc1", "I pass you on.")
    scene.function("front", "resp_fc1", "transfer_to_billing", '{"reason": "x"}', "fc1")
    scene.speech("billing", "b1", "So do I.")
    scene.call.state.route.turn_since = True
    effects = scene.function("billing", "b1", "transfer_to_tech", '{"reason": "y"}', "fc2")

    assert do.EndResponse("resp_fc1", "cancelled") in effects
    assert [effect.frame for effect in only(do.PlayAudio, effects)] == ["audio b1"]
    assert scene.call.state.caller.floor.farewell == "billing"


def test_a_target_that_drops_while_it_is_asked_is_told_everything_once_more() -> None:
    """Words that are transcribed meanwhile are in its briefing; the one before is no part of what it knew."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    scene.feed(
        expired(TimerKind.TRANSCRIPT),
        ev.SessionLost(BILLING, "reset"),
        ev.TurnTranscribed(FRONT, "i1", "Invoice 77."),
    )
    (item,) = only(do.AddItem, scene.feed(ev.SessionOpened(BILLING)))

    assert "Caller: Invoice 77." in item.item["content"][0]["text"]


def test_words_transcribed_while_the_new_agent_is_away_are_told_when_it_is_back() -> None:
    """They were said to the agent before."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", None)
    scene.transfer("front", "billing")
    scene.feed(expired(TimerKind.TRANSCRIPT), ev.ResponseStarted(BILLING, "b1"))
    scene.feed(ev.ResponseFinished(BILLING, "b1", "completed"), ev.SessionLost(BILLING, "reset"))
    scene.feed(ev.TurnTranscribed(FRONT, "i1", "Invoice 77."))
    items = only(do.AddItem, scene.feed(ev.SessionOpened(BILLING)))

    assert any("Invoice 77." in item.item["content"][0]["text"] for item in items)


@pytest.mark.parametrize("drops", [1, 2])
def test_p08_what_was_said_to_a_target_that_failed_is_heard_by_the_source(drops: int) -> None:
    """P08: however often it dropped; and by the source's next session, if that drops too."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(*(frame(number) for number in range(50)))
    scene.feed(*([ev.SessionLost(BILLING, "reset")] * (drops - 1)))
    effects = scene.feed(ev.SessionLost(BILLING, "reset", fatal=True))
    assert len(only(do.SendAudio, effects)) == 50

    scene.feed(ev.SpeechStarted(FRONT, "i9"), ev.SessionLost(FRONT, "reset"))
    assert len(only(do.SendAudio, scene.feed(ev.SessionOpened(FRONT)))) == 50


def test_a_target_that_cannot_be_reached_speaks_with_its_next_model() -> None:
    """`fallback` counts for a handoff too, though it gives up sooner than the agent that has the caller."""
    scene = bank("verify")
    verified(scene)
    scene.call.state.variables.set("account", "123456")
    scene.turn("verify", "i2")
    scene.transfer("verify", "billing", call_id="fc2")
    scene.feed(ev.SessionLost(BILLING, "refused", "unreachable"))
    effects = scene.feed(ev.SessionLost(BILLING, "refused", "unreachable"))

    assert do.Announce("session.fallback", {"agent": "billing", "model": "local"}) in effects
    assert only(do.OpenSession, effects)[0].model == 1


def test_what_befell_a_warm_session_before_does_not_fail_a_handoff() -> None:
    """Its failures while nobody waited for it are not those of this handoff."""
    scene = Scene()
    scene.open("billing")
    for _ in range(2):
        scene.feed(
            ev.SessionLost(BILLING, "idle"),
            expired(TimerKind.REOPEN, BILLING),
            ev.SessionOpened(BILLING),
        )
    scene.transfer("front", "billing")

    assert only(do.OpenSession, scene.feed(ev.SessionLost(BILLING, "reset")))


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
    scene.feed(ev.ResponseStarted(BILLING, "r3"), ev.ResponseFinished(BILLING, "r3", "completed"))
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
    assert scene.call.agent == "billing"


@pytest.mark.parametrize("away", [False, True])
def test_what_was_said_during_a_handoff_that_fails_is_told_to_who_keeps_the_caller(away: bool) -> None:
    """Typed to the target, which never answers; then the source goes on with it."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.feed(ev.CallerTyped({"id": "t1", "role": "user", "content": [{"type": "input_text", "text": "And hurry."}]}))
    if away:
        scene.feed(ev.SessionLost(FRONT, "reset"))
    effects = scene.feed(expired(TimerKind.HANDOFF))
    told = only(do.AddItem, effects + (scene.feed(ev.SessionOpened(FRONT)) if away else []))

    assert {item.session.agent for item in told} == {"front"}
    texts = [item.item["content"][0]["text"] for item in told]
    assert texts.count("Said meanwhile:\nCaller: And hurry.") == 1


def test_what_was_said_to_the_target_before_it_answered_is_news_to_the_source() -> None:
    """The caller comes back later: the way back tells all that the source did not hear."""
    scene = Scene()
    scene.open("billing")
    scene.transfer("front", "billing")
    scene.feed(ev.ResponseFinished(FRONT, "resp_fc1", "completed"))
    scene.feed(ev.CallerTyped({"id": "t1", "role": "user", "content": [{"type": "input_text", "text": "And hurry."}]}))
    scene.feed(ev.ResponseStarted(BILLING, "r2"), ev.ResponseFinished(BILLING, "r2", "completed"))
    scene.turn("billing", "i3", "Back, please.")
    (briefing,) = only(do.AddItem, scene.transfer("billing", "front", "{}", "fc2"))

    assert "Caller: And hurry.\nCaller: Back, please." in briefing.item["content"][0]["text"]


def test_p17_context_drop_last_and_secrets() -> None:
    """P17: what was said at billing stays there, and the secret is in no briefing, whoever says it."""
    scene = bridging()
    scene.feed(ev.ResponseStarted(BILLING, "r8"))
    scene.function("billing", "r8", "take_card", call_id="card")
    scene.feed(ev.ToolReturned("card", "thanks", {"card": "4111222244443333"}))
    scene.feed(ev.ResponseFinished(BILLING, "r8", "completed"))
    scene.feed(ev.ResponseStarted(BILLING, "r9"), ev.ResponseFinished(BILLING, "r9", "completed"))
    scene.turn("billing", "i5", "It was four one one one 2222 4444 3333.")
    told = only(
        do.AddItem, scene.transfer("billing", "verify", '{"reason": "card 4111222244443333 is blocked"}', "fc5")
    )
    text = told[0].item["content"][0]["text"]

    assert "[card] is blocked" in text
    assert "It was [card]." in text
    scene.feed(ev.ResponseStarted(VERIFY, "r10"), ev.ResponseFinished(VERIFY, "r10", "completed"))
    scene.turn("verify", "i6", "Back, please.")
    told = only(do.AddItem, scene.transfer("verify", "billing", "{}", "fc6"))
    assert "Back, please." in told[0].item["content"][0]["text"]


def test_p17_what_stays_in_an_agent_need_not_be_a_secret() -> None:
    """P17: the rule alone keeps it there, in what was said and in the reason; who may know it is told."""
    scene = bridging(TEAMWORK.replace(", secret: true", ""))
    scene.feed(ev.ResponseStarted(BILLING, "r8"))
    scene.function("billing", "r8", "take_card", call_id="card")
    scene.feed(ev.ToolReturned("card", "thanks", {"card": "4111222244443333"}))
    scene.feed(ev.ResponseFinished(BILLING, "r8", "completed"))
    scene.feed(ev.ResponseStarted(BILLING, "r9"), ev.ResponseFinished(BILLING, "r9", "completed"))
    scene.turn("billing", "i5", "It was four one one one 2222 4444 3333.")
    told = only(
        do.AddItem, scene.transfer("billing", "verify", '{"reason": "card 4111222244443333 is blocked"}', "fc5")
    )
    assert "4111222244443333" not in told[0].item["content"][0]["text"]
    assert "It was [card]." in told[0].item["content"][0]["text"]

    scene.feed(ev.ResponseStarted(VERIFY, "r10"), ev.ResponseFinished(VERIFY, "r10", "completed"))
    reference = [{"type": "item_reference", "id": "i5"}]
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"conversation": "none", "input": reference})))
    assert create.options["input"][0]["content"][0]["text"] == "It was [card]."
    scene.turn("verify", "i6", "It is 4111222244443333.")
    told = only(do.AddItem, scene.transfer("verify", "billing", "{}", "fc6"))
    assert "It is 4111222244443333." in told[0].item["content"][0]["text"]


def test_a_part_of_the_call_can_stay_behind() -> None:
    """`context: {drop: [billing]}`, and `last` lines only."""
    scene = bridging()
    scene.turn("billing", "i4", "My secret wish.")
    told = only(do.AddItem, scene.transfer("billing", "front", "{}", "fc4"))

    assert "My secret wish." not in told[0].item["content"][0]["text"]
