"""A response of a scripted session: the service's order of events, whole or cut short, at its own pace."""

from __future__ import annotations

import pytest

from orchestrator.testing import Reply, call, say
from orchestrator.testing.script import Script
from tests.testing.client import HELLO, Event, SessionClient, is_done, kinds

PIECE = "response.output_audio.delta"
CLOSING = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
    "rate_limits.updated",
]


def client(*replies: Reply) -> SessionClient:
    """Return the client of a session that gives these replies."""
    script = Script()
    for reply in replies:
        script.add("front", reply)
    return SessionClient(script)


def done(events: list[Event]) -> Event:
    """Return the response that has ended among these events."""
    response: Event = next(event["response"] for event in events if is_done(event))
    return response


def test_a_response_has_the_order_of_the_service() -> None:
    """One item after the other, `added` before anything that refers to it, one `response.done`."""
    caller = client(Reply([say("Yes.", ms=150), call("find_order", number="1")]))
    events = caller.send("conversation.item.create", item={"id": "mine", **HELLO})
    events += caller.send("response.create", response={"metadata": {"a": "b"}})

    assert kinds(events)[2:] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        PIECE,
        PIECE,
        *CLOSING[:-2],
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
        "rate_limits.updated",
    ]
    added = [event for event in events if event["type"] == "conversation.item.added"]
    assert [event["previous_item_id"] for event in added] == [None, *(event["item"]["id"] for event in added[:-1])]
    assert done(events)["metadata"] == {"a": "b"}


def test_a_response_in_text_has_no_audio() -> None:
    """Its words come as text, and may come so when the session itself speaks."""
    events = client(Reply([say("Yes.")])).send("response.create", response={"output_modalities": ["text"]})

    assert PIECE not in kinds(events)
    assert [event["delta"] for event in events if event["type"] == "response.output_text.delta"] == ["Yes."]
    assert done(events)["output"][0]["content"] == [{"type": "output_text", "text": "Yes."}]


@pytest.mark.parametrize("how", ["client", "turn detection"])
def test_a_response_that_is_cut_short_is_closed_in_order(how: str) -> None:
    """Its item is incomplete and stays; late audio belongs to it; what was heard can be truncated."""
    caller = client(Reply([say("A long answer.", ms=60_000), say("More.")], pace=1.0, late_ms=200))
    begun = caller.send("response.create")
    if how == "client":
        events, reason = caller.send("response.cancel"), "client_cancelled"
    else:
        caller.session.hear_start()
        events, reason = caller.events()[1:], "turn_detected"

    assert kinds(begun).count(PIECE) == 1
    assert kinds(events) == [*CLOSING, PIECE, PIECE]
    response = done(events)
    assert response["status_details"] == {"type": "cancelled", "reason": reason}
    (item,) = response["output"]
    assert item["status"] == "incomplete"
    assert {event["item_id"] for event in events[-2:]} == {item["id"]}
    (cut,) = caller.send("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=100)
    assert cut["type"] == "conversation.item.truncated"
    assert caller.session.due is None


def test_a_response_can_be_cut_short_before_it_began() -> None:
    """It is created and done, with nothing between."""
    caller = client(Reply([say("Never heard.")], late_ms=200))
    caller.session.receive({"type": "response.create"})

    assert kinds(caller.send("response.cancel")) == ["response.created", "response.done", "rate_limits.updated"]


def test_a_reply_has_a_pace() -> None:
    """Its audio comes so many times faster than it is spoken, so that it can be cut in the middle."""
    caller = client(Reply([say("Long.", ms=60_000)], pace=20.0))
    begun = caller.send("response.create")

    assert kinds(begun)[-1] == PIECE
    assert caller.session.due == pytest.approx(0.005)
    assert caller.events(now=0.004) == []
    assert kinds(caller.events(now=0.005)) == [PIECE]
    assert caller.session.due == pytest.approx(0.010)


def test_without_a_pace_audio_comes_as_fast_as_it_is_taken() -> None:
    """Each piece is made when it is taken: a client that reads slowly can cancel the rest."""
    caller = client(Reply([say("Long.", ms=600_000)]))
    caller.session.receive({"type": "response.create"})
    taken = [caller.session.next_frame(now=1.0) for _ in range(10)]

    assert [PIECE in str(frame) for frame in taken] == [False] * 5 + [True] * 5
    assert done(caller.send("response.cancel"))["status"] == "cancelled"


@pytest.mark.parametrize("early", [False, True], ids=["when it is held", "before it is held"])
def test_a_held_response_stops_before_its_last_item(early: bool) -> None:
    """Until it is released, which may be before it has come so far."""
    caller = client(Reply([say("One."), say("Two.")], held=True))
    caller.session.receive({"type": "response.create"})
    if early:
        caller.session.release()
    first = caller.events(now=100.0)
    if not early:
        assert kinds(first)[-1] == "response.output_item.done"
        assert caller.session.due is None
        caller.session.release()
        first += caller.events()

    assert len(done(first)["output"]) == 2


def test_a_held_response_can_be_cut_short() -> None:
    """What it has said is whole."""
    caller = client(Reply([say("One."), say("Two.")], held=True))
    caller.send("response.create")

    (item,) = done(caller.send("response.cancel"))["output"]
    assert (item["status"], item["content"][0]["transcript"]) == ("completed", "One.")


def test_a_response_can_fail() -> None:
    """With the error code that the script says."""
    response = done(client(Reply([], fails="rate_limit_exceeded")).send("response.create"))

    assert (response["status"], response["output"]) == ("failed", [])
    assert response["status_details"]["error"]["code"] == "rate_limit_exceeded"


def test_out_of_band_the_conversation_knows_nothing_of_it() -> None:
    """Its items are in the response only, and their audio cannot be truncated."""
    caller = client(Reply([say("Aside.")]))
    events = caller.send("response.create", response={"conversation": "none"})

    response = done(events)
    assert response["conversation_id"] is None
    assert response["output"][0]["content"][0]["transcript"] == "Aside."
    assert not any(kind.startswith("conversation.") for kind in kinds(events))
    assert (caller.session.conversation.entries(), caller.session.conversation.has_audio) == ((), False)
