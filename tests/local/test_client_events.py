"""What a session does with each client event is what the service does."""

from __future__ import annotations

import asyncio

import pytest
from openai.types.realtime import RealtimeServerEvent
from pydantic import TypeAdapter
from structlog.testing import capture_logs

from orchestrator.errors import RealtimeError
from orchestrator.local.brain.port import Say
from tests.local.scene import calls, silence, speech, talk, word_for_word
from tests.patience import PATIENCE


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


async def test_half_a_surrogate_is_replaced() -> None:
    """Text that no UTF-8 can hold is not passed on; a whole pair is."""
    async with talk() as client:
        client.say("One \ud800, two \N{GRINNING FACE}")
        item = (await client.last("conversation.item.done"))["item"]
        assert item["content"] == [{"type": "input_text", "text": "One ?, two \N{GRINNING FACE}"}]


async def test_a_brain_that_cannot_prepare_still_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake while getting ready ends neither the update nor the session."""

    def broken(*_: object) -> None:
        raise RuntimeError("not ready")

    async with talk() as client:
        monkeypatch.setattr(client.brain, "prepare", broken)
        await client.update(instructions="Help.")
        client.say("Hello")
        client.send("response.create")
        assert (await client.last("response.done"))["response"]["status"] == "completed"


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
        client.send("response.create", response={"output_modalities": ["text"], **word_for_word("Hi.")})
        await client.until("response.done")
        client.send("response.cancel")
        await client.refused()
        for event in client.log:
            adapter.validate_python(event)
        assert len({event["type"] for event in client.log}) >= 26


async def test_speech_is_prepared_for_the_languages() -> None:
    """As soon as the session knows them: a model that has to be loaded does not keep the first caller waiting."""
    async with talk(language="de") as client:
        await client.update(audio={"input": {"transcription": {"model": "any", "language": "fr"}}})
        async with asyncio.timeout(PATIENCE):
            while not client.mouth.languages:  # a thread prepares
                client.send("conversation.item.retrieve", item_id="none")
                await client.refused()
        assert (client.ears.prepared, client.mouth.languages) == (["fr"], ["de"])


@pytest.mark.parametrize(
    ("team", "transcription", "told"),
    [("de", "fr", "de"), (None, "fr-CA", "fr"), (None, "Klingon", "en"), (None, None, "en")],
)
async def test_the_brain_is_told_the_language(team: str | None, transcription: str | None, told: str) -> None:
    """The team's, else the transcription's, else English; an agent that writes is told too."""
    async with talk(language=team) as client:
        transcribed = {"model": "any", "language": transcription} if transcription else None
        await client.update(
            audio={"input": {"transcription": transcribed}},
            instructions="Help.\n\nSpeak Italian unless the caller asks for another language.",
        )
        for modality in ("audio", "text"):
            client.say("Hello")
            client.send("response.create", response={"output_modalities": [modality]})
            await client.until("response.done")
        async with asyncio.timeout(PATIENCE):
            while not client.brain.prepared:  # a thread prepares
                client.send("conversation.item.retrieve", item_id="none")
                await client.refused()
        assert [*client.brain.prepared, *(request.language for request in client.brain.seen)] == [told] * 3


async def test_what_cannot_be_prepared_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the session goes on: what is typed can be answered."""
    async with talk() as client:

        def missing(language: str | None) -> None:
            raise RealtimeError(f"The package for {language} is not installed.", code="not_installed", fatal=True)

        monkeypatch.setattr(client.ears, "prepare", missing)
        with capture_logs() as logs:
            await client.update(audio={"input": {"transcription": {"model": "any", "language": "de"}}})
            client.say("Hello")
            client.send("response.create", response={"output_modalities": ["text"]})
            assert (await client.last("response.done"))["response"]["status"] == "completed"
            async with asyncio.timeout(PATIENCE):
                while not any("cannot prepare" in entry["event"] for entry in logs):
                    client.send("conversation.item.retrieve", item_id="none")
                    await client.refused()
        assert "The package for de" in str(logs)
