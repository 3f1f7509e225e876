"""The events of a response: the order of the service, an early end, and how many run at once."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol.conversation import Conversation, Entry
from orchestrator.protocol.response import Response, Responses

OPENING = ["response.output_item.added", "conversation.item.added", "response.content_part.added"]
ENDING = ["response.content_part.done", "conversation.item.done", "response.output_item.done"]
CALL = ["response.function_call_arguments.delta", "response.function_call_arguments.done"]


class Written:
    """A response and the events of it."""

    def __init__(self, *, aside: bool = False) -> None:
        self.events: list[dict[str, Any]] = []
        self.conversation = Conversation(lambda kind, **fields: self.events.append({"type": kind, **fields}), Entry)
        self.response = Response(self.conversation, {"metadata": {"a": "b"}}, aside=aside)
        self.response.begin()

    @property
    def kinds(self) -> list[str]:
        """The types of the events."""
        return [event["type"] for event in self.events]


def test_a_spoken_message_and_a_call_have_the_order_of_the_service() -> None:
    """A message ends before the function call that follows; the parts know their response, item and place."""
    written = Written()
    response = written.response
    response.open_message(spoken=True)
    response.open_message(spoken=True)
    response.write("One ")
    response.play("AAAA")
    response.write("moment.")
    response.call("find", '{"n": 1}')
    response.end("completed")

    words, audio = "response.output_audio_transcript", "response.output_audio"
    assert written.kinds == [
        *("response.created", *OPENING, f"{words}.delta", f"{audio}.delta", f"{words}.delta"),
        *(f"{audio}.done", f"{words}.done", *ENDING),
        *(*OPENING[:2], *CALL, *ENDING[1:]),
        "response.done",
    ]
    message, call = written.conversation.entries()
    place = {"response_id": response.id, "item_id": message.id, "output_index": 0, "content_index": 0}
    assert written.events[4] == {"type": f"{words}.delta", **place, "delta": "One "}
    assert written.events[13]["previous_item_id"] == message.id
    called = {"response_id": response.id, "item_id": call.id, "output_index": 1, "call_id": call.item["call_id"]}
    assert written.events[15] == {"type": CALL[1], **called, "name": "find", "arguments": '{"n": 1}'}
    assert written.events[-1]["response"] == {
        "object": "realtime.response",
        "id": response.id,
        "status": "completed",
        "status_details": None,
        "output": [
            {**message.item, "status": "completed", "content": [{"type": "output_audio", "transcript": "One moment."}]},
            {**call.item, "status": "completed", "arguments": '{"n": 1}'},
        ],
        "conversation_id": written.conversation.id,
        "usage": None,
        "metadata": {"a": "b"},
    }


def test_a_written_message_that_is_cut_is_incomplete() -> None:
    """Whatever ends a response early: its message ends with all its `.done` events, then the response, once."""
    written = Written()
    written.response.open_message(spoken=False)
    written.response.write("I would ")
    written.response.cancel("turn_detected")
    written.response.fail("server_error", "Too late.")

    words = "response.output_text"
    assert written.kinds == ["response.created", *OPENING, f"{words}.delta", f"{words}.done", *ENDING, "response.done"]
    done = written.events[-1]["response"]
    assert (done["status"], done["status_details"]["reason"]) == ("cancelled", "turn_detected")
    assert (done["output"][0]["status"], done["output"][0]["content"]) == (
        "incomplete",
        [{"type": "output_text", "text": "I would "}],
    )


def test_out_of_band_no_item_enters_the_conversation() -> None:
    """The events of the conversation are missing, and the response belongs to none; a failure says what it was."""
    written = Written(aside=True)
    written.response.call("find", "{}")
    written.response.fail("busy", "Try later.")

    assert [kind for kind in written.kinds if kind.startswith("conversation.")] == []
    assert written.conversation.entries() == ()
    done = written.events[-1]["response"]
    assert (done["conversation_id"], len(done["output"])) == (None, 1)
    assert done["status_details"] == {
        "type": "failed",
        "error": {"type": "server_error", "code": "busy", "message": "Try later."},
    }


def test_one_response_runs_in_the_conversation_and_a_few_beside_it() -> None:
    """Others are refused until one has ended."""
    responses = Responses[Response[Entry]](most_aside=1)
    main, aside = Written().response, Written(aside=True).response
    for one, code in (
        (main, "conversation_already_has_active_response"),
        (aside, "rate_limit_exceeded"),
    ):
        responses.check_room(aside=one.aside)
        responses.add(one)
        with pytest.raises(CallerError) as caught:
            responses.check_room(aside=one.aside)
        assert caught.value.code == code
    assert (responses.active, responses.running) == (main, [main, aside])
    main.end("completed")
    responses.check_room(aside=False)
    assert (responses.active, responses.running) == (None, [aside])


def test_the_client_cancels_that_of_the_conversation_or_the_one_it_names() -> None:
    """What has ended, or never was, cannot be cancelled."""
    responses = Responses[Response[Entry]]()
    main, aside = Written().response, Written(aside=True).response
    responses.add(aside)
    responses.add(main)
    responses.cancel(None)
    assert (main.done, aside.done) == (True, False)
    responses.cancel(aside.id)
    assert aside.done
    for gone in (None, main.id, "resp_other"):
        with pytest.raises(CallerError) as caught:
            responses.cancel(gone)
        assert caught.value.code == "response_cancel_not_active"
