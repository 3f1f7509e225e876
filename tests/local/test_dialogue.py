"""A local session behaves on the wire as the service does."""

from __future__ import annotations

from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from orchestrator.local.brain.port import Say
from tests.local.scene import calls, kinds, silence, speech, talk

AUDIO_RESPONSE = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio_transcript.delta",
    "response.output_audio.delta",
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
TURN = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
    "response.created",
]
ADDED = ["conversation.item.added", "conversation.item.done"]


async def test_a_text_turn_is_answered_in_the_order_of_the_service() -> None:
    """An item, then `response.create`: the golden order, one item, a usage."""
    async with talk() as client:
        client.say("Hello there, how are you?")
        client.send("response.create", response={"metadata": {"topic": "greeting"}})
        events = await client.until("response.done")
        assert kinds(events) == [*ADDED, *AUDIO_RESPONSE]
        response = events[-1]["response"]
        assert response["status"] == "completed"
        assert response["metadata"] == {"topic": "greeting"}
        assert response["output"][0]["content"] == [{"type": "output_audio", "transcript": "Hello there, how are you?"}]
        assert response["usage"]["output_token_details"]["audio_tokens"] == 25
        assert len({event["event_id"] for event in client.log}) == len(client.log)


async def test_deltas_add_up() -> None:
    """Transcript deltas make the transcript; each names its response and item."""
    async with talk() as client:
        client.say("One thing. Another thing!")
        client.send("response.create")
        events = await client.until("response.done")
        words = [event["delta"] for event in events if event["type"] == "response.output_audio_transcript.delta"]
        assert "".join(words) == "One thing. Another thing!"
        deltas = [event for event in events if event["type"].endswith("audio.delta")]
        assert {(event["output_index"], event["content_index"]) for event in deltas} == {(0, 0)}
        assert {event["item_id"] for event in deltas} == {events[-1]["response"]["output"][0]["id"]}


async def test_text_mode_writes() -> None:
    """`output_modalities: [text]` puts text events in place of audio ones, and no sound is made."""
    async with talk() as client:
        client.say("Hello")
        client.send("response.create", response={"output_modalities": ["text"]})
        events = await client.until("response.done")
        assert kinds(events)[5:8] == [
            "response.content_part.added",
            "response.output_text.delta",
            "response.output_text.done",
        ]
        assert events[-1]["response"]["output"][0]["content"] == [{"type": "output_text", "text": "Hello"}]
        assert client.mouth.asked == []


async def test_a_turn_found_by_voice_activity_is_answered() -> None:
    """Speech, then silence: the turn's events, the transcription, the answer."""
    async with talk() as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.hear(silence(1000), speech(800), silence(700))
        events = await client.until("response.done")
        assert kinds(events)[:6] == TURN
        started, stopped = events[0], events[1]
        assert started["item_id"] == stopped["item_id"] == events[2]["item_id"] == events[3]["item"]["id"]
        assert 640 <= started["audio_start_ms"] <= 740
        assert 2240 <= stopped["audio_end_ms"] <= 2380
        assert events[3]["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        completed = next(event for event in events if event["type"].endswith("transcription.completed"))
        assert completed["usage"]["type"] == "duration"
        assert client.brain.seen[0].items[0]["content"][0]["transcript"] == completed["transcript"]


async def test_without_transcription_the_model_still_hears() -> None:
    """`transcription: null` only means that the client is not told."""
    async with talk() as client:
        client.hear(speech(800), silence(700))
        events = await client.until("response.done")
        assert not [event for event in events if "transcription" in event["type"]]
        assert events[-1]["response"]["output"][0]["content"][0]["transcript"].endswith(" ms")


async def test_recognition_starts_before_the_silence_is_long_enough() -> None:
    """After 200 ms of silence; the audio it gets ends there, and it is not done again."""
    async with talk() as client:
        client.hear(speech(800), silence(700))
        await client.until("response.done")
        (length,) = client.ears.lengths
        assert 1000 * 16 <= length <= 1080 * 16


async def test_a_guess_is_thrown_away_when_speech_resumes() -> None:
    """A pause of 300 ms does not end the turn; its end is recognised with all that was said."""
    async with talk() as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.hear(speech(800), silence(300), speech(800), silence(700))
        events = await client.until("response.done")
        assert kinds(events)[:6] == TURN
        completed = next(event for event in events if event["type"].endswith("transcription.completed"))
        assert int(completed["transcript"].split()[0]) > 2000


async def test_speech_interrupts_the_active_response() -> None:
    """`speech_started`, then the whole tail of the response, cancelled because of a turn."""
    async with talk() as client:
        client.brain.gate.clear()
        client.say("Hello")
        client.send("response.create")
        await client.until("response.created")
        client.hear(speech(200))
        events = await client.until("response.done")
        assert events[0]["type"] == "input_audio_buffer.speech_started"
        response = events[-1]["response"]
        assert response["status"] == "cancelled"
        assert response["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


async def test_a_response_that_speaks_is_cut_between_two_deltas() -> None:
    """Cancelling amid audio: `.done` tail in order, item incomplete, no delta afterwards."""
    async with talk(
        lambda _: [Say("This is a sentence that goes on for quite a while, said again and again. " * 20)]
    ) as client:
        client.send("response.create")
        await client.until("response.output_audio.delta")
        client.send("response.cancel")
        events = await client.until("response.done")
        assert [event["type"] for event in events][-6:] == AUDIO_RESPONSE[-6:]
        response = events[-1]["response"]
        assert response["status_details"]["reason"] == "client_cancelled"
        assert response["output"][0]["status"] == "incomplete"
        client.send("input_audio_buffer.clear")
        assert kinds(await client.until("input_audio_buffer.cleared")) == ["input_audio_buffer.cleared"]


async def test_no_interruption_where_the_session_says_so() -> None:
    """`interrupt_response: false` leaves the response alone; the turn then cannot start another."""
    async with talk() as client:
        detection = {"type": "server_vad", "interrupt_response": False}
        await client.update(audio={"input": {"turn_detection": detection}})
        client.brain.gate.clear()
        client.say("Hello")
        client.send("response.create")
        client.hear(speech(300), silence(700))
        assert (await client.refused())["code"] == "conversation_already_has_active_response"
        client.brain.gate.set()
        assert (await client.last("response.done"))["response"]["status"] == "completed"


async def test_push_to_talk() -> None:
    """`turn_detection: null`: commit makes the item and starts nothing; clear forgets; too little is refused."""
    async with talk() as client:
        await client.update(audio={"input": {"turn_detection": None}})
        client.hear(speech(500))
        client.send("input_audio_buffer.clear")
        client.hear(speech(50))
        client.send("input_audio_buffer.commit", event_id="too-early")
        refused = await client.refused()
        assert refused["code"] == "input_audio_buffer_commit_empty"
        assert refused["event_id"] == "too-early"
        client.hear(speech(600), silence(1000))
        client.send("input_audio_buffer.commit")
        events = await client.until("conversation.item.done")
        assert kinds(events) == ["input_audio_buffer.committed", *ADDED]
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        heard = int(response["output"][0]["content"][0]["transcript"].removesuffix(" ms"))
        assert 1630 <= heard <= 1650  # the refused 50 ms are still there; a resampler holds a little back


async def test_a_function_is_called_and_its_output_used() -> None:
    """The call's events in order; nothing happens on the output until the client asks."""
    async with talk(calls("find_order", number="48213")) as client:
        client.say("Where is my order?")
        client.send("response.create")
        events = await client.until("response.done")
        assert kinds(events)[2:] == [
            "response.created",
            "response.output_item.added",
            "conversation.item.added",
            "response.function_call_arguments.delta",
            "response.function_call_arguments.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
        ]
        call = events[-1]["response"]["output"][0]
        assert (call["name"], call["arguments"]) == ("find_order", '{"number": "48213"}')
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "It is on its way."}
        client.send("conversation.item.create", item=output)
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"][0]["transcript"] == "It is on its way."


async def test_one_response_at_a_time() -> None:
    """A second `response.create` is refused, echoing the client's event id."""
    async with talk() as client:
        client.brain.gate.clear()
        client.say("Hello")
        client.send("response.create")
        client.send("response.create", event_id="second")
        refused = await client.refused()
        assert (refused["code"], refused["event_id"]) == ("conversation_already_has_active_response", "second")


async def test_nothing_to_cancel() -> None:
    """`response.cancel` without a response is refused harmlessly."""
    async with talk() as client:
        client.send("response.cancel")
        assert (await client.refused())["code"] == "response_cancel_not_active"


async def test_a_response_out_of_band_leaves_the_conversation_alone() -> None:
    """`conversation: none` runs beside the active response, with its own input, and adds no item."""
    async with talk() as client:
        client.brain.gate.clear()
        client.say("Hello")
        client.send("response.create")
        content = [{"type": "input_text", "text": "Aside"}]
        aside = {
            "conversation": "none",
            "output_modalities": ["text"],
            "input": [{"type": "message", "role": "user", "content": content}],
            "metadata": {"for": "summary"},
        }
        client.send("response.create", response=aside)
        await client.until("response.created")
        created = (await client.until("response.created"))[-1]["response"]
        assert created["conversation_id"] is None
        client.brain.gate.set()
        both = [(await client.last("response.done"))["response"] for _ in range(2)]
        done = next(response for response in both if response["metadata"])
        assert done["output"][0]["content"] == [{"type": "output_text", "text": "Aside"}]
        added = [event["item"]["id"] for event in client.log if event["type"] == "conversation.item.added"]
        assert done["output"][0]["id"] not in added


async def test_words_given_literally_are_said() -> None:
    """`Say exactly: …` as response instructions needs no brain."""
    async with talk() as client:
        client.send("response.create", response={"instructions": "Say exactly: Welcome to Acme."})
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"][0]["transcript"] == "Welcome to Acme."
        assert client.brain.seen == []


async def test_truncation_takes_back_what_was_not_heard() -> None:
    """After a cut in the middle, later responses see the words in proportion."""
    async with talk(lambda _: [Say("First sentence here. Second sentence here.")]) as client:
        client.send("response.create")
        item = (await client.last("response.done"))["response"]["output"][0]
        # 20 characters of 50 ms each, then half of the second sentence.
        client.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=1550)
        assert (await client.last("conversation.item.truncated"))["audio_end_ms"] == 1550
        client.send("conversation.item.retrieve", item_id=item["id"])
        seen = (await client.last("conversation.item.retrieved"))["item"]["content"][0]["transcript"]
        assert seen == "First sentence here. Second"
        client.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=9000)
        assert (await client.refused())["code"] == "invalid_value"


async def test_items_are_deleted_and_missed() -> None:
    """A deleted item can be found no more, each operation with its own code."""
    async with talk() as client:
        client.say("Hello")
        item_id = (await client.last("conversation.item.done"))["item"]["id"]
        client.send("conversation.item.delete", item_id=item_id)
        assert (await client.last("conversation.item.deleted"))["item_id"] == item_id
        for what in ("delete", "retrieve", "truncate"):
            client.send(f"conversation.item.{what}", item_id=item_id, content_index=0, audio_end_ms=0)
            assert (await client.refused())["code"] == f"item_{what}_invalid_item_id"


async def test_a_part_that_fails_fails_the_response_only() -> None:
    """A mistake in the brain ends the response as failed; the session goes on."""

    def broken(_conversation: object) -> list[Say]:
        raise RuntimeError("secret detail")

    async with talk(broken) as client:
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        assert response["status"] == "failed"
        assert "secret" not in str(response)
        client.send("response.create", response={"instructions": "Say exactly: Still here."})
        assert (await client.last("response.done"))["response"]["status"] == "completed"


async def test_a_transcription_that_fails_is_reported() -> None:
    """`…transcription.failed`, and the brain sees no transcript."""
    async with talk(lambda _: [Say("Pardon?")]) as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.ears.error = ValueError("broken")
        client.hear(speech(300), silence(700))
        events = await client.until("response.done")
        assert [event for event in events if event["type"].endswith("transcription.failed")]
        assert client.brain.seen[0].items[0]["content"][0]["transcript"] is None


async def test_what_is_no_event_is_refused() -> None:
    """Bad JSON, no object, an unknown type, bad audio: one error each, and the session goes on."""
    async with talk() as client:
        client.session.send("{")
        assert (await client.refused())["code"] == "invalid_json"
        client.session.send("[]")
        assert (await client.refused())["code"] == "invalid_json"
        client.send("session.close", event_id="x")
        refused = await client.refused()
        assert (refused["code"], refused["param"], refused["event_id"]) == ("invalid_value", "type", "x")
        client.send("input_audio_buffer.append", audio="not base64!")
        assert (await client.refused())["param"] == "audio"
        client.send("input_audio_buffer.append")
        assert (await client.refused())["code"] == "missing_required_parameter"


async def test_odd_audio_harms_nothing() -> None:
    """No bytes, half a sample, and a minute in one frame: no event of their own, and the session goes on."""
    async with talk() as client:
        client.hear("", "AA==", "AAAA", silence(60_000))
        client.send("input_audio_buffer.clear")
        assert kinds(await client.until("input_audio_buffer.cleared")) == ["input_audio_buffer.cleared"]


async def test_half_a_surrogate_is_replaced() -> None:
    """Text that no UTF-8 can hold is not passed on; a whole pair is."""
    async with talk() as client:
        client.say("One \ud800, two \N{GRINNING FACE}")
        item = (await client.last("conversation.item.done"))["item"]
        assert item["content"] == [{"type": "input_text", "text": "One ?, two \N{GRINNING FACE}"}]


async def test_a_brain_that_cannot_prepare_still_answers() -> None:
    """A mistake while getting ready ends neither the update nor the session."""

    def broken(*_: object) -> None:
        raise RuntimeError("not ready")

    async with talk() as client:
        client.brain.prepare = broken  # type: ignore[method-assign]
        await client.update(instructions="Help.")
        client.say("Hello")
        client.send("response.create")
        assert (await client.last("response.done"))["response"]["status"] == "completed"


async def test_memory_lasts_from_response_to_response() -> None:
    """The brain's memory is the session's own."""
    async with talk() as client:
        for _ in range(2):
            client.say("Hello")
            client.send("response.create")
            await client.until("response.done")
        assert client.brain.memory == {"responses": 2}
        assert len(client.brain.seen[1].items) == 3


async def test_audio_in_an_item_is_heard() -> None:
    """A whole utterance given as one item is transcribed before the answer."""
    async with talk() as client:
        item = {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": speech(700)}]}
        client.send("conversation.item.create", item=item)
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"][0]["transcript"] in ("699 ms", "700 ms")


async def test_every_event_is_valid_for_a_client() -> None:
    """The `openai` package's own types take each event of a spoken turn, a call, a cut and a refusal."""
    adapter: TypeAdapter[RealtimeServerEvent] = TypeAdapter(RealtimeServerEvent)
    async with talk(calls("find_order", number="48213")) as client:
        await client.update(audio={"input": {"transcription": {"model": "any"}}})
        client.hear(speech(800), silence(700))
        call = (await client.last("response.done"))["response"]["output"][0]
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "It is on its way."}
        client.send("conversation.item.create", item=output)
        client.send("response.create")
        item = (await client.last("response.done"))["response"]["output"][0]
        client.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=100)
        client.send("conversation.item.retrieve", item_id=item["id"])
        client.send("conversation.item.delete", item_id=item["id"])
        client.send("response.create", response={"output_modalities": ["text"], "instructions": "Say exactly: Hi."})
        await client.until("response.done")
        client.send("response.cancel")
        await client.refused()
        for event in client.log:
            adapter.validate_python(event)
        assert len({event["type"] for event in client.log}) >= 26
