"""One response on the wire: its events come in the order of the service, and it ends exactly once."""

from __future__ import annotations

from datetime import date

from orchestrator.local.brain.port import CallFunction, Say
from tests.local.scene import calls, kinds, talk, word_for_word

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


async def test_a_part_that_fails_fails_the_response_only() -> None:
    """A mistake in the brain ends the response as failed; the session goes on."""

    def broken(_conversation: object) -> list[Say]:
        raise RuntimeError("secret detail")

    async with talk(broken) as client:
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        assert response["status"] == "failed"
        assert "secret" not in str(response)
        client.send("response.create", response=word_for_word("Still here."))
        assert (await client.last("response.done"))["response"]["status"] == "completed"


async def test_what_the_voice_cannot_say_is_not_silence() -> None:
    """The caller hears why, once a response, and the transcript is what they hear; written text stays as it is."""
    said = [Say("您好。"), Say("有什么可以帮您?"), Say("Goodbye.")]
    async with talk(lambda _: said) as client:
        client.send("response.create")
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"] == [{"type": "output_audio", "transcript": "Only English. Goodbye."}]
        assert [sentence for sentence, *_ in client.mouth.asked] == ["Only English.", "Goodbye."]
        client.send("response.create", response={"output_modalities": ["text"]})
        response = (await client.last("response.done"))["response"]
        assert response["output"][0]["content"][0]["text"].startswith("您好。")


async def test_a_brain_is_told_the_date() -> None:
    """Where the caller is: it is passed in, so that "tomorrow" means the same in each run of a test."""
    async with talk(today=lambda: date(2026, 12, 1)) as client:
        client.say("Tomorrow, please.")
        client.send("response.create", response={"output_modalities": ["text"]})
        await client.until("response.done")
        assert [request.today for request in client.brain.seen] == [date(2026, 12, 1)]


async def test_a_transfer_says_how_it_was_decided() -> None:
    """Beside the function call, for the record; other functions' events have no field that a service's have not."""
    why = {"why": "wants something", "candidates": {"transfer_to_billing": 0.7, "find_order": 0.4}}
    async with talk(
        lambda _: [CallFunction("find_order", {}, why=why), CallFunction("transfer_to_billing", {}, why=why)]
    ) as client:
        client.send("response.create")
        events = await client.until("response.done")

    tool, transfer = (event for event in events if event["type"] == "response.output_item.done")
    assert tool.keys() == {"type", "event_id", "response_id", "output_index", "item"}
    assert transfer["decision"] == why
    assert transfer.keys() == tool.keys() | {"decision"}
