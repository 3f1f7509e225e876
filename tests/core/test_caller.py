"""What the caller does: speaks, types, asks, interrupts, configures."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import Timer, TimerKind
from orchestrator.core.memory.hold import AUDIO_MS, EVENTS
from orchestrator.core.state import ROUNDS
from orchestrator.core.wording import EXACTLY, MARKER, marked
from tests.core.scene import BILLING, FRONT, HELPDESK, TECH, Scene, alone, expired, only

HELLO = {"id": "typed_1", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]}


def test_joining_opens_the_first_agents_session_and_starts_the_clocks() -> None:
    """The call's limits count from here."""
    scene = Scene()
    effects = scene.feed(ev.CallerJoined())

    assert [effect.session.agent for effect in only(do.OpenSession, effects)] == ["front"]
    assert do.StartTimer(Timer(TimerKind.CALL), 3600.0) in effects
    assert do.StartTimer(Timer(TimerKind.SILENCE), 300.0) in effects


def test_what_was_found_out_before_is_set_by_its_function() -> None:
    """After what the transport knows; the first agent's session is opened with both."""
    scene = Scene(HELPDESK.replace("account: null", "account: {type: string, set_by: who_calls}"))
    joined = ev.CallerJoined(variables={"account": "9", "company": "Miller"}, found={"account": "7"}, by="who_calls")
    effects = scene.feed(joined)

    assert [effect.fields["values"] for effect in only(do.Announce, effects) if effect.name == "variables.set"] == [
        {"company": "Miller"},
        {"account": "7"},
    ]
    assert scene.call.state.variables.values() == {"account": "7", "company": "Miller"}


def test_p39_audio_is_held_until_the_session_is_configured() -> None:
    """P39: nothing reaches a session that does not know who it is."""
    scene = Scene()
    scene.feed(ev.CallerJoined())
    assert only(do.SendAudio, scene.feed(ev.CallerSpoke("f1", 20.0))) == []

    assert only(do.SendAudio, scene.feed(ev.SessionOpened(FRONT))) == [do.SendAudio(FRONT, "f1")]
    assert only(do.SendAudio, scene.feed(ev.CallerSpoke("f2", 20.0))) == [do.SendAudio(FRONT, "f2")]


def test_p54_what_waits_for_a_session_is_bounded_in_bytes() -> None:
    """P54: what the call cannot keep is refused with its id, and the rest arrives."""
    scene = Scene(memory=100_000)
    scene.feed(ev.CallerJoined())
    items = [{**HELLO, "id": f"i{number}", "more": "x" * 30_000} for number in range(5)]
    effects = [scene.feed(ev.CallerTyped(item, event_id=str(item["id"]))) for item in items]
    refused = [one.event_id for told in effects for one in only(do.Refuse, told)]
    assert refused == ["i3", "i4"]
    opened = scene.feed(ev.SessionOpened(FRONT))
    assert [one.item["id"] for one in only(do.AddItem, opened)] == ["i0", "i1", "i2"]


def test_held_audio_that_has_to_go_is_said() -> None:
    """The oldest audio is dropped with one notice; too many events are refused with their id."""
    scene = Scene()
    scene.feed(ev.CallerJoined(), ev.CallerSpoke("f0", AUDIO_MS))
    (refusal,) = only(do.Refuse, scene.feed(ev.CallerSpoke("f1", 20.0)))
    assert "oldest audio" in refusal.message
    assert only(do.Refuse, scene.feed(ev.CallerSpoke("f2", 20.0))) == []

    scene.feed(*(ev.CallerAsked() for _ in range(EVENTS)))
    (refusal,) = only(do.Refuse, scene.feed(ev.CallerAsked(event_id="e1")))
    assert refusal.event_id == "e1"


def test_manual_turns_reach_the_agent() -> None:
    """Push to talk: commit and clear go to the agent that has the caller."""
    scene = Scene()
    scene.open()

    assert scene.feed(ev.CallerCommitted()) == [do.CommitAudio(FRONT)]
    assert scene.feed(ev.CallerCleared()) == [do.ClearAudio(FRONT)]


def test_a_typed_message_keeps_its_id_and_place() -> None:
    """Client item ids pass through; a predecessor on another session means: append."""
    scene = Scene()
    scene.open()
    assert do.AddItem(FRONT, HELLO, None) in scene.feed(ev.CallerTyped(HELLO, previous_item_id="unknown"))
    assert do.AddItem(FRONT, HELLO, "root") in scene.feed(ev.CallerTyped(HELLO, previous_item_id="root"))

    second = {**HELLO, "id": "typed_2"}
    assert do.AddItem(FRONT, second, "typed_1") in scene.feed(ev.CallerTyped(second, previous_item_id="typed_1"))


def test_a_system_message_is_not_the_callers_word() -> None:
    """Only what the person says is part of the transcript."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerTyped({"id": "s", "type": "message", "role": "system", "content": []}))

    assert not scene.call.state.transcript.begun


def test_the_greeting_is_spoken_when_a_response_is_asked_before_anything_was_said() -> None:
    """A client that wants the agent to speak first asks for a response, as with the service."""
    scene = Scene()
    scene.open()
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked()))

    assert create.options == marked(
        {"output_modalities": ["audio"], "instructions": "Say exactly: Hello, this is Acme."}, EXACTLY
    )


@pytest.mark.parametrize("options", [{"instructions": "Be brief."}, {"input": []}], ids=["instructions", "input"])
def test_a_response_with_a_purpose_of_its_own_is_not_the_greeting(options: dict[str, object]) -> None:
    """The application knows what it wants; its instructions are added to the agent's, never instead of them."""
    scene = Scene()
    scene.open()
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked(options)))

    assert "instructions" not in create.options
    assert create.extra.endswith(str(options.get("instructions", "")))
    assert bool(create.extra) == ("instructions" in options)


def test_after_the_first_words_there_is_no_greeting() -> None:
    """Whoever has spoken is not greeted."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerTyped(HELLO))
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"metadata": {"a": "b"}, "voice": "nobody"})))

    assert create.options == {"output_modalities": ["audio"], "metadata": {"a": "b"}}


def test_a_response_outside_the_conversation_is_nobodys_debt() -> None:
    """It runs beside the others, even while one is active."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"conversation": "none"})))

    assert create.options["conversation"] == "none"
    assert scene.call.state.active.response.owed is None


def test_p21_a_response_asked_while_one_runs_is_refused() -> None:
    """P21: as the service does it, so that no turn is answered twice; the refusal names the caller's event."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    refusal = alone(do.Refuse, scene.feed(ev.CallerAsked(event_id="e3")))
    assert (refusal.code, refusal.event_id) == ("conversation_already_has_active_response", "e3")

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))) == []


def test_p21_a_response_asked_behind_a_committed_turn_is_refused() -> None:
    """P21: turn detection is about to answer it; a turn that was committed by hand is not answered by anybody else."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    refusal = alone(do.Refuse, scene.feed(ev.CallerAsked()))
    assert refusal.code == "conversation_already_has_active_response"

    scene = Scene()
    scene.open(settings=ev.CallerSettings({"audio": {"input": {"turn_detection": None}}}))
    scene.feed(ev.SpeechStarted(FRONT, "i1"), ev.TurnCommitted(FRONT, "i1"))
    assert only(do.CreateResponse, scene.feed(ev.CallerAsked()))


def test_a_response_asked_behind_a_cancel_is_made() -> None:
    """The client interrupts and asks in one go: the session has not said yet that the old response is done."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    scene.feed(ev.CallerInterrupted(), ev.CallerAsked(event_id="e2"))

    (create,) = only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "cancelled")))
    assert create.event_id == "e2"


def test_a_response_that_waits_gives_way_to_the_callers_turn() -> None:
    """Turn detection answers what was said; the application is told that its own response will not be."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    scene.feed(ev.CallerInterrupted(), ev.CallerAsked(event_id="e2"))

    (refusal,) = only(do.Refuse, scene.turn("front", "i1"))
    assert (refusal.code, refusal.event_id) == ("conversation_already_has_active_response", "e2")


def test_p26_late_audio_of_a_cancelled_response_is_not_heard() -> None:
    """P26: dropped by response id; the events that close the response still come."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    assert scene.feed(ev.CallerInterrupted()) == [do.CancelResponse(FRONT, "r1")]

    assert only(do.PlayAudio, scene.feed(ev.AudioProduced(FRONT, "r1", "item_r1", 20, "late"))) == []
    done = scene.feed(ev.ResponseFinished(FRONT, "r1", "cancelled", payload={"type": "response.done"}))
    assert do.TellCaller({"type": "response.done"}) in done


def test_p29_a_cancel_with_nothing_active_is_harmless() -> None:
    """P29: the service's own code, and the call goes on."""
    scene = Scene()
    scene.open()
    (refusal,) = scene.feed(ev.CallerInterrupted(event_id="e1"))

    assert refusal == do.Refuse(
        "response_cancel_not_active", "Cancellation failed: no active response found.", None, "e1"
    )


def test_a_response_cancelled_before_it_began_is_stopped_when_it_begins() -> None:
    """The cancel and the start can cross on the wire."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked())
    assert scene.feed(ev.CallerInterrupted()) == []

    assert scene.feed(ev.ResponseStarted(FRONT, "r1", {}))[-1] == do.CancelResponse(FRONT, "r1")


def test_a_named_response_is_cancelled_where_it_runs() -> None:
    """The farewell of the agent before can be stopped by its id."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1")
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseStarted(BILLING, "r2", {}))

    assert scene.feed(ev.CallerInterrupted("r1")) == [do.CancelResponse(FRONT, "r1")]


def test_a_response_that_is_over_is_not_cancelled_in_the_next_ones_place() -> None:
    """A cancel that comes late names what it was about."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1")
    scene.speech("front", "r2")

    (refusal,) = only(do.Refuse, scene.feed(ev.CallerInterrupted("r1", "e1")))
    assert (refusal.code, refusal.event_id) == ("response_cancel_not_active", "e1")


def test_a_cancelled_response_that_is_refused_takes_nothing_with_it() -> None:
    """The next answer is heard."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerAsked({"tool_choice": {"type": "function", "name": "nope"}}, "e1"), ev.CallerInterrupted())
    scene.feed(ev.RequestRefused(FRONT, "invalid_value", "no such tool", "e1", "response.tool_choice"))
    scene.turn("front", "i1")

    assert only(do.PlayAudio, scene.speech("front", "answer"))


def test_keys_pressed_while_the_agent_speaks_are_answered_afterwards() -> None:
    """Nobody on a telephone is told of a refusal: it would be silence."""
    scene = Scene()
    scene.open()
    scene.speech("front", "r1")
    assert scene.feed(ev.CallerAsked(patient=True)) == []

    assert only(do.CreateResponse, scene.feed(ev.ResponseFinished(FRONT, "r1", "completed")))


def test_who_only_presses_keys_is_answered_however_often() -> None:
    """Each message is a turn: functions that the agent calls because of it are few again."""
    scene = Scene()
    scene.open()
    for number in range(ROUNDS + 2):
        scene.feed(ev.CallerTyped({**HELLO, "id": f"typed_{number}"}), ev.CallerAsked(patient=True))
        scene.feed(ev.ResponseStarted(FRONT, f"r{number}"), ev.ResponseFinished(FRONT, f"r{number}", "completed"))

    assert scene.call.state.active.response.rounds == 1


def test_p25_truncation_is_clamped_to_what_was_sent() -> None:
    """P25: past the audio nothing is cut; at zero the item is deleted; the caller is always answered."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", "one two three four", ms=1000)
    told = {"type": "conversation.item.truncated", "item_id": "item_r1", "content_index": 0}

    assert scene.feed(ev.CallerTruncated("item_r1", 5000)) == [do.TellCaller({**told, "audio_end_ms": 5000})]
    assert scene.feed(ev.CallerTruncated("item_r1", 500)) == [
        do.TruncateAudio(FRONT, "item_r1", 500),
        do.TellCaller({**told, "audio_end_ms": 500}),
    ]
    assert do.DeleteItem(FRONT, "item_r1") in scene.feed(ev.CallerTruncated("item_r1", 0))
    assert only(do.Refuse, scene.feed(ev.CallerTruncated("unknown", 5, "e1")))[0].param == "item_id"


def test_truncation_after_a_handoff_reaches_the_agent_that_spoke() -> None:
    """The caller has moved on; the item is still where it was said."""
    scene = Scene()
    scene.open("billing")
    scene.speech("front", "r1", ms=1000)
    scene.function("front", "r1", "transfer_to_billing")
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"), ev.ResponseStarted(BILLING, "r2", {}))

    assert do.TruncateAudio(FRONT, "item_r1", 300) in scene.feed(ev.CallerTruncated("item_r1", 300))


def test_truncation_of_a_session_that_is_gone_is_answered() -> None:
    """There is nobody to tell, and nothing to wait for."""
    scene = Scene()
    scene.open()
    scene.answer("front", "r1", ms=1000)
    scene.feed(ev.SessionLost(FRONT, "gone"))

    assert [type(effect) for effect in scene.feed(ev.CallerTruncated("item_r1", 300))] == [do.TellCaller]


def test_items_are_deleted_and_retrieved_where_they_are() -> None:
    """Known items reach their session, unknown ones get the service's codes."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerTyped(HELLO))
    assert scene.feed(ev.CallerRetrieved("typed_1")) == [do.RetrieveItem(FRONT, "typed_1")]
    assert scene.feed(ev.CallerDeleted("typed_1")) == [
        do.DeleteItem(FRONT, "typed_1"),
        do.TellCaller({"type": "conversation.item.deleted", "item_id": "typed_1"}),
    ]

    assert only(do.Refuse, scene.feed(ev.CallerDeleted("typed_1", "e1")))[0].code == "item_delete_invalid_item_id"
    assert only(do.Refuse, scene.feed(ev.CallerRetrieved("typed_1", "e1")))[0].code == "item_retrieve_invalid_item_id"


def test_new_settings_reach_every_open_session_and_those_that_open_later() -> None:
    """The audio format belongs to the caller: no agent can differ (P13)."""
    scene = Scene()
    scene.open("billing")
    settings = ev.CallerSettings(session={"audio": {"input": {"format": {"type": "audio/pcmu"}}}})
    effects = scene.feed(ev.CallerConfigured(settings))

    assert [effect.session.agent for effect in only(do.ConfigureSession, effects)] == ["front", "billing"]
    late = scene.feed(ev.SessionOpened(TECH))
    assert [(effect.session.agent, effect.settings) for effect in only(do.ConfigureSession, late)] == [
        ("tech", settings)
    ]


def test_a_reference_to_an_item_of_another_session_is_written_out() -> None:
    """An answer outside the conversation may be about what was said to another agent."""
    scene = Scene()
    scene.open("billing")
    scene.turn("front", "i1", "My invoice is wrong.")
    scene.speech("front", "r1", "I see.")
    scene.after(1.0, ev.ItemReported(FRONT, "item_r1"))
    scene.turn("front", "i2", None)
    scene.transfer("front", "billing")
    scene.after(0.5, expired(TimerKind.TRANSCRIPT))
    scene.feed(ev.ResponseStarted(BILLING, "r2"))
    scene.turn("billing", "i3", "This one.")

    named = [{"type": "item_reference", "id": one} for one in ("i1", "item_r1", "i2", "i3")]
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"conversation": "none", "input": named})))
    said, answered = create.options["input"][:2]
    assert (said["role"], said["content"]) == ("user", [{"type": "input_text", "text": "My invoice is wrong."}])
    assert (answered["role"], answered["content"]) == ("assistant", [{"type": "output_text", "text": "I see."}])
    assert create.options["input"][2:] == named[2:]


def test_a_turn_by_hand_is_not_answered_with_the_greeting() -> None:
    """The client sends commit and `response.create` in one go, before the session has said that it has the turn."""
    scene = Scene()
    scene.open()
    scene.feed(ev.CallerSpoke("f1", 200.0), ev.CallerCommitted())

    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked()))
    assert "instructions" not in create.options


def test_what_the_application_tells_an_agent_is_told_to_the_next() -> None:
    """System items, and an earlier conversation that the client brings along; a note does not cost the greeting."""
    scene = Scene()
    scene.open("billing")
    note = {"id": "n1", "type": "message", "role": "system", "content": [{"type": "input_text", "text": "A VIP."}]}
    said = {"id": "a1", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]}
    scene.feed(ev.CallerTyped(note))
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked()))
    assert "Hello, this is Acme." in create.options["instructions"]
    scene.feed(ev.CallerTyped(said), ev.ResponseStarted(FRONT, "r1"), ev.ResponseFinished(FRONT, "r1", "completed"))

    briefing = str(only(do.AddItem, scene.transfer("front", "billing")))
    assert "Note: A VIP." in briefing
    assert "front: Hi." in briefing


def test_what_the_application_tells_outlives_the_session() -> None:
    """A session that is opened again is told it as it was."""
    scene = Scene()
    scene.open()
    note = {"id": "n1", "type": "message", "role": "system", "content": [{"type": "input_text", "text": "A VIP."}]}
    scene.feed(ev.CallerTyped(note), ev.SessionLost(FRONT, "gone"))

    (again,) = only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))
    assert (again.item["role"], again.item["id"]) == ("system", "n1")


def test_a_caller_cannot_pass_for_the_orchestrator() -> None:
    """Its own metadata goes on; our marker in it would hide its response from it."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1")
    asked = ev.CallerAsked({"conversation": "none", "metadata": {"topic": "x", MARKER: "summary"}})
    (create,) = only(do.CreateResponse, scene.feed(asked))

    assert create.options["metadata"] == {"topic": "x"}


def test_the_greeting_is_marked_beside_the_callers_metadata() -> None:
    """A client finds its own response again by what it gave."""
    scene = Scene()
    scene.open()
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"metadata": {"id": "7"}})))

    assert create.options["metadata"] == {"id": "7", MARKER: EXACTLY}


def test_an_item_is_deleted_while_its_session_is_away() -> None:
    """The session that opens next is not told of it."""
    scene = Scene()
    scene.open()
    scene.turn("front", "i1", "Forget this.")
    scene.feed(ev.SessionLost(FRONT, "reset"))

    assert scene.feed(ev.CallerDeleted("i1")) == [do.TellCaller({"type": "conversation.item.deleted", "item_id": "i1"})]
    told = [added.item["content"][0]["text"] for added in only(do.AddItem, scene.feed(ev.SessionOpened(FRONT)))]
    assert "Forget this." not in told


@pytest.mark.parametrize("kind", ["function_call", "function_call_output"])
def test_p58_the_caller_cannot_name_what_the_team_does(kind: str) -> None:
    """P58: items of its function calls and their outputs can be neither read, nor deleted, nor referred to."""
    scene = Scene()
    scene.open()
    item = {"id": "i7", "type": kind, "name": "find_order", "call_id": "fc1"}
    scene.feed(ev.ItemReported(FRONT, "i7", {"type": "conversation.item.added", "item": item}))
    reference = {"conversation": "none", "input": [{"type": "item_reference", "id": "i7"}]}

    for event in (ev.CallerDeleted("i7"), ev.CallerRetrieved("i7"), ev.CallerAsked(reference)):
        assert [type(effect) for effect in scene.feed(event)] == [do.Refuse]


def test_p58_the_caller_can_name_the_calls_of_its_own_tools() -> None:
    """P58: those that an agent made, and those that it brings along."""
    scene = Scene()
    scene.open(settings=ev.CallerSettings(tools=({"type": "function", "name": "show_map"},)))
    item = {"id": "i7", "type": "function_call", "name": "show_map", "call_id": "fc1"}
    scene.feed(ev.ItemReported(FRONT, "i7", {"type": "conversation.item.added", "item": item}))
    earlier = {"id": "old", "type": "function_call", "name": "show_map", "call_id": "fc0", "arguments": "{}"}
    output = {"id": "out", "type": "function_call_output", "call_id": "fc0", "output": "shown"}
    scene.feed(ev.CallerTyped(earlier), ev.CallerAnswered(output))
    added = ev.ItemReported(FRONT, "out", {"type": "conversation.item.added", "item": output})
    assert only(do.TellCaller, scene.feed(added))

    for item_id in ("i7", "old", "out"):
        assert only(do.DeleteItem, scene.feed(ev.CallerDeleted(item_id)))


@pytest.mark.parametrize(
    ("options", "tools", "choice"),
    [
        ({}, ["show_map", "show_sky"], "required"),
        ({"tool_choice": "auto"}, ["show_map", "show_sky"], "auto"),
        ({"tools": [{"name": "show_sky"}]}, ["show_sky"], "required"),
        ({"tools": []}, [], "none"),
        ({"tools": [], "tool_choice": "required"}, [], "none"),
    ],
)
def test_p58_a_response_beside_the_conversation_has_the_callers_tools_only(
    options: dict[str, Any], tools: list[str], choice: str
) -> None:
    """P58: what the session has would be the team's functions too."""
    own = tuple({"type": "function", "name": name} for name in ("show_map", "show_sky"))
    scene = Scene()
    scene.open(settings=ev.CallerSettings(session={"tool_choice": "required"}, tools=own))
    (create,) = only(do.CreateResponse, scene.feed(ev.CallerAsked({"conversation": "none", **options})))

    assert [tool["name"] for tool in create.options["tools"]] == tools
    assert create.options["tool_choice"] == choice
