"""One session, one conversation, one history for the caller, although several sessions stand behind it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from orchestrator.core.wording import EXACTLY, MARKER
from orchestrator.gateway import projection as module
from orchestrator.gateway.projection import Ids, Projection
from tests.wire import validate

Event = dict[str, Any]


def told(projection: Projection, *payloads: Event) -> list[Event]:
    """Project server events; check each against the client's types."""
    events = [event for payload in payloads for event in projection.project(payload)]
    return checked(events)


def checked(events: Iterable[Event]) -> list[Event]:
    listed = list(events)
    for event in listed:
        validate(json.loads(json.dumps(event)))
    return listed


def types(events: Iterable[Event]) -> list[str]:
    return [event["type"] for event in events]


def created(response_id: str = "r", **fields: Any) -> Event:
    response = {"object": "realtime.response", "id": response_id, "status": "in_progress", "output": [], **fields}
    return {"type": "response.created", "event_id": "upstream", "response": response}


def done(response_id: str = "r", output: Iterable[Event] = (), **fields: Any) -> Event:
    response = {
        "object": "realtime.response",
        "id": response_id,
        "status": "completed",
        "output": list(output),
        **fields,
    }
    return {"type": "response.done", "event_id": "upstream", "response": response}


def message(item_id: str, **fields: Any) -> Event:
    return {"id": item_id, "object": "realtime.item", "type": "message", "role": "assistant", "content": [], **fields}


def function(name: str, item_id: str = "f", call_id: str = "c", **fields: Any) -> Event:
    base = {"id": item_id, "object": "realtime.item", "type": "function_call", "name": name, "call_id": call_id}
    return {**base, "arguments": "", "status": "completed", **fields}


def output_item(what: str, item: Event, index: int = 0) -> Event:
    return {"type": f"response.output_item.{what}", "response_id": "r", "output_index": index, "item": item}


def conversation_item(what: str, item: Event, previous: str | None = None) -> Event:
    return {"type": f"conversation.item.{what}", "item": item, "previous_item_id": previous}


def test_one_history_across_sessions() -> None:
    """`previous_item_id` follows what the caller was told, not what each agent's session knows."""
    projection = Projection()
    events = told(
        projection,
        {"type": "input_audio_buffer.committed", "item_id": "u1", "previous_item_id": None},
        conversation_item("added", message("u1", role="user"), None),
        conversation_item("added", message("a1"), "u1"),
        conversation_item("done", message("a1"), "u1"),
        conversation_item("added", message("b1"), "seeded_note"),
        conversation_item("done", message("b1"), None),
        {"type": "input_audio_buffer.committed", "item_id": "u2", "previous_item_id": "b1"},
    )

    assert [(event.get("item", {}).get("id") or event["item_id"], event["previous_item_id"]) for event in events] == [
        ("u1", None), ("u1", None), ("a1", "u1"), ("a1", "u1"), ("b1", "a1"), ("b1", "a1"), ("u2", "b1"),
    ]  # fmt: skip


def test_deleted_items_leave_the_chain() -> None:
    """After a deletion the next item follows the one before."""
    projection = Projection()
    told(projection, conversation_item("added", message("a")), conversation_item("added", message("b")))
    told(projection, {"type": "conversation.item.deleted", "item_id": "b"})

    [event] = told(projection, conversation_item("added", message("c")))
    assert event["previous_item_id"] == "a"


def test_added_goes_before_done_and_only_once() -> None:
    """A `.done` without `.added` gets one; a second `.added` is swallowed."""
    events = told(
        Projection(),
        conversation_item("done", message("a")),
        conversation_item("added", message("a")),
        conversation_item("done", message("a")),
    )

    assert types(events) == ["conversation.item.added", "conversation.item.done", "conversation.item.done"]


def test_event_ids_are_fresh_and_conversation_ours() -> None:
    """P69: each event has an id of its own, as the service spells it; the conversation is the caller's, or none."""
    projection = Projection()
    events = told(
        projection,
        created(conversation_id="conv_upstream"),
        done(conversation_id="conv_upstream"),
        created("aside", conversation_id=None, metadata={"topic": "x"}),
        done("aside", conversation_id=None),
    )

    assert len({event["event_id"] for event in events}) == 4
    assert all(re.fullmatch(r"event_\w{21}", event["event_id"]) for event in events)
    assert [event["response"]["conversation_id"] for event in events] == [projection.conversation_id] * 2 + [None] * 2
    assert events[3]["response"]["metadata"] == {"topic": "x"}


def test_the_teams_functions_are_hidden_everywhere() -> None:
    """Calls of the team's tools and handoffs and their outputs never show; `output_index` of the rest stays."""
    call, said = function("transfer_to_billing"), message("m", status="completed")
    at = {"response_id": "r", "item_id": "f", "output_index": 0, "call_id": "c"}
    events = told(
        Projection(),
        created(),
        output_item("added", call),
        conversation_item("added", call),
        {"type": "response.function_call_arguments.delta", **at, "delta": "{}"},
        {"type": "response.function_call_arguments.done", **at, "name": "transfer_to_billing", "arguments": "{}"},
        conversation_item("done", call),
        output_item("done", call),
        output_item("added", said, 1),
        done(output=[call, said]),
        conversation_item(
            "added", {"id": "o", "type": "function_call_output", "call_id": "c", "output": "handed over"}
        ),
    )

    assert types(events) == ["response.created", "response.output_item.added", "response.done"]
    assert events[1]["output_index"] == 1
    assert [item["id"] for item in events[2]["response"]["output"]] == ["m"]


def test_the_callers_own_functions_are_shown() -> None:
    """A call of a tool that the caller declared, its arguments with the name, and its output are all visible."""
    projection = Projection()
    projection.own_tools(["open_door"])
    call, answer = function("open_door"), {"id": "o", "type": "function_call_output", "call_id": "c", "output": "yes"}
    projection.own_item(answer["id"])
    at = {"response_id": "r", "item_id": "f", "output_index": 0, "call_id": "c"}
    events = told(
        projection,
        created(),
        output_item("added", {**call, "status": "in_progress"}),
        {"type": "response.function_call_arguments.done", **at, "arguments": "{}"},
        output_item("done", call),
        done(output=[call]),
        conversation_item("added", answer),
    )

    assert len(events) == 6
    assert events[2]["name"] == "open_door"
    assert events[4]["response"]["output"][0]["name"] == "open_door"


def test_items_the_caller_created_are_shown_whatever_they_are() -> None:
    """A history that a client replays comes back under its ids, at the place it asked for."""
    projection = Projection()
    told(projection, conversation_item("added", message("a")), conversation_item("added", message("b")))
    projection.own_item("mine", "a")

    [event] = told(projection, conversation_item("added", function("anything", "mine"), "b"))
    assert event["previous_item_id"] == "a"
    assert projection.knows("mine")
    assert not projection.knows("other")


def test_p26_late_events_of_a_closed_response_are_dropped() -> None:
    """P26: after `response.done` nothing of that response leaves; nor does what the caller never saw begin."""
    projection = Projection()
    delta = {"response_id": "r", "item_id": "m", "output_index": 0, "content_index": 0, "delta": "late"}
    told(projection, created(), output_item("added", message("m")))
    assert projection.plays("m")
    told(projection, done())

    assert told(projection, {"type": "response.output_audio_transcript.delta", **delta}) == []
    assert told(projection, done()) == []
    assert told(projection, output_item("added", message("x"))) == []
    assert not projection.plays("m")
    assert projection.end_response("r", "cancelled") == []


def test_usage_and_metadata_are_kept() -> None:
    """`usage` passes through; without one a complete empty one is sent."""
    usage = {"total_tokens": 3, "input_tokens": 2, "output_tokens": 1}
    projection = Projection()
    events = told(
        projection, created(), done(usage=usage, metadata={"a": "b"}), created("s", metadata={"c": "d"}), done("s")
    )

    assert events[1]["response"]["usage"] == usage
    assert events[1]["response"]["metadata"] == {"a": "b"}
    assert events[3]["response"]["usage"]["input_token_details"]["cached_tokens"] == 0
    assert events[3]["response"]["metadata"] == {"c": "d"}


def part(what: str, **fields: Any) -> Event:
    at = {"response_id": "r", "item_id": "m", "output_index": 0, "content_index": 0}
    return {"type": f"response.{what}", **at, **fields}


def test_an_open_response_is_closed_with_its_whole_tail() -> None:
    """What is open is closed in the service's order: part, item, response, each with what was said so far."""
    projection = Projection()
    told(
        projection,
        created(),
        output_item("added", message("m", status="in_progress")),
        conversation_item("added", message("m", status="in_progress")),
        part("content_part.added", part={"type": "audio", "transcript": ""}),
        part("output_audio_transcript.delta", delta="One mo"),
        part("output_audio_transcript.delta", delta="ment"),
    )
    events = checked(projection.end_response("r", "cancelled"))

    assert types(events) == [
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert events[1]["transcript"] == "One moment"
    assert events[3]["item"]["content"] == [{"type": "output_audio", "transcript": "One moment"}]
    response = events[5]["response"]
    assert (response["status"], response["status_details"]) == (
        "cancelled",
        {"type": "cancelled", "reason": "turn_detected"},
    )
    assert response["output"][0]["status"] == "incomplete"


def test_what_was_done_is_not_done_twice() -> None:
    """Of a part that is half done only the rest follows; a finished item stays as it was."""
    projection = Projection()
    told(
        projection,
        created(),
        output_item("done", message("first", status="completed")),
        output_item("added", message("m")),
        part("content_part.added", part={"type": "audio", "transcript": ""}),
        part("output_audio.done"),
        part("output_audio_transcript.done", transcript="Yes"),
        part("content_part.done", part={"type": "audio", "transcript": "Yes"}),
    )
    events = checked(projection.end_response("r", "failed"))

    assert types(events) == [
        "conversation.item.added",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    assert [item["id"] for item in events[3]["response"]["output"]] == ["first", "m"]
    assert events[3]["response"]["status_details"]["error"] == {"type": "server_error", "code": "server_error"}
    assert events[1]["item"]["content"] == [{"type": "output_audio", "transcript": "Yes"}]


def test_a_cut_function_call_is_incomplete_and_not_run() -> None:
    """Clients run a call at `arguments.done`: a cut one ends as an incomplete item, without it."""
    projection = Projection()
    projection.own_tools(["open_door"])
    told(projection, created(), output_item("added", function("open_door", status="in_progress")))
    events = checked(projection.end_response("r", "cancelled"))

    assert "response.function_call_arguments.done" not in types(events)
    assert events[-1]["response"]["output"][0]["status"] == "incomplete"


def test_text_responses_and_asides_are_closed_too() -> None:
    """A text part ends with its text; an aside is in no history."""
    projection = Projection()
    told(
        projection,
        created(conversation_id=None),
        output_item("added", message("m")),
        part("content_part.added", part={"type": "text", "text": ""}),
        part("output_text.delta", delta="Hel"),
    )
    events = checked(projection.end_response("r", "cancelled"))

    assert types(events) == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert events[0]["text"] == "Hel"


def test_p28_only_events_of_the_protocol_leave() -> None:
    """P28: unknown or broken events, which end strict clients, are not passed on."""
    assert (
        told(Projection(), {"type": "ping"}, {"type": "session.updated", "session": {}}, {"type": "response.done"})
        == []
    )


def test_p36_ids_are_forgotten_oldest_first() -> None:
    """P36: a set of ids has a bound."""
    ids = Ids()
    for number in range(module.REMEMBERED + 1):
        ids.add(str(number))

    assert "0" not in ids
    assert "1" in ids


def test_a_response_of_the_teams_own_functions_is_not_shown() -> None:
    """A client takes an empty response for the end of a turn. The next one has its metadata and its tokens too."""
    projection = Projection()
    used = {"total_tokens": 5, "input_tokens": 3, "input_token_details": {"text_tokens": 3}}
    call = function("transfer_to_billing")
    first = told(
        projection,
        created("r", metadata={"client_event_id": "x"}),
        output_item("added", call),
        output_item("done", call),
        done("r", [call], usage=used),
    )
    assert first == []

    answer = {"type": "response.output_item.added", "response_id": "s", "output_index": 0, "item": message("m")}
    more = {"total_tokens": 7, "input_tokens": 2, "input_token_details": {"text_tokens": 1, "audio_tokens": 1}}
    second = told(projection, created("s"), answer, done("s", [message("m")], usage=more))
    assert types(second) == ["response.created", "response.output_item.added", "response.done"]
    assert [second[at]["response"]["metadata"] for at in (0, -1)] == [{"client_event_id": "x"}] * 2
    usage = second[-1]["response"]["usage"]
    assert (usage["total_tokens"], usage["input_tokens"]) == (12, 5)
    assert usage["input_token_details"] == {"text_tokens": 4, "audio_tokens": 1}

    third = told(projection, created("t"), done("t"))
    assert types(third) == ["response.created", "response.done"]
    assert third[-1]["response"]["metadata"] is None
    assert third[-1]["response"]["usage"]["total_tokens"] == 0


def test_what_was_hidden_and_went_wrong_is_told() -> None:
    """A response that failed, or was cut, before there was anything to see of it."""
    projection = Projection()
    call = function("find_order")
    failed = told(projection, created("r"), output_item("added", call), done("r", status="failed"))
    assert types(failed) == ["response.created", "response.done"]

    told(projection, created("r2"))
    assert types(checked(projection.end_response("r2", "cancelled"))) == ["response.created", "response.done"]


def test_keys_that_the_protocol_adds_one_day_change_nothing() -> None:
    """What an event is, its type says."""
    projection = Projection()
    limits: dict[str, Any] = {"type": "rate_limits.updated", "event_id": "e", "rate_limits": [], "response": None}
    committed = {"type": "input_audio_buffer.committed", "event_id": "e", "item_id": "i1", "previous_item_id": None}
    added = conversation_item("added", message("i2"))

    assert types(projection.project(limits)) == ["rate_limits.updated"]
    assert types(projection.project({**committed, "item": None})) == ["input_audio_buffer.committed"]
    (event,) = projection.project({**added, "response_id": "r9"})
    assert (event["type"], event["previous_item_id"]) == ("conversation.item.added", "i1")


def test_the_cores_marker_is_taken_out_of_a_responses_metadata() -> None:
    """The caller sees the metadata that it gave, in both events, and none where it gave none."""
    projection = Projection()
    ours = {MARKER: EXACTLY}
    events = told(
        projection, created(metadata={"a": "b", **ours}), done(metadata={"a": "b", **ours}), created("s", metadata=ours)
    )
    events += told(projection, done("s", metadata=ours))

    assert [event["response"]["metadata"] for event in events] == [{"a": "b"}] * 2 + [None] * 2


def test_p54_responses_that_never_end_are_forgotten() -> None:
    """P54: a service may begin any number of them; the latest is shown whole."""
    projection = Projection()
    for number in range(1000):
        projection.project(created(f"r{number}"))
    assert len(projection._responses) == module.MOST_OPEN
    assert types(told(projection, done("r999"))) == ["response.created", "response.done"]


def test_p58_what_is_called_beside_the_conversation_goes_into_no_other_response() -> None:
    """P58: an out-of-band response of hidden function calls ends for the caller, with its own metadata."""
    projection = Projection()
    projection.project({"type": "response.created", "response": {"id": "r", "conversation_id": None}})
    projection.project(output_item("done", function("find_order")))
    ended: Event = {"id": "r", "status": "completed", "conversation_id": None, "metadata": {"a": "b"}, "output": []}
    events = projection.project({"type": "response.done", "response": ended})

    assert [event["type"] for event in events] == ["response.created", "response.done"]
    assert events[1]["response"]["metadata"] == {"a": "b"}


def test_calls_of_servers_are_shown_and_how_they_were_allowed_is_not() -> None:
    """A response that only asks whether it may call something is not shown; the call is, wherever it is reported."""
    projection = Projection()
    of = {"server_label": "crm", "name": "find", "arguments": "{}"}
    asks, answers = {"id": "q", "type": "mcp_approval_request", **of}, {"id": "a", "type": "mcp_approval_response"}
    called = {"id": "m", "type": "mcp_call", **of, "output": "Ada"}
    hidden = told(
        projection,
        created(),
        output_item("added", asks),
        output_item("done", asks),
        done(output=[asks]),
        conversation_item("done", {**answers, "approval_request_id": "q", "approve": True}),
    )
    shown = told(
        projection,
        conversation_item("added", called),
        {"type": "response.mcp_call.in_progress", "item_id": "m", "output_index": 0},
        {"type": "response.mcp_call.completed", "item_id": "m", "output_index": 0},
        conversation_item("done", called),
    )

    assert hidden == []
    assert types(shown) == [
        "conversation.item.added",
        "response.mcp_call.in_progress",
        "response.mcp_call.completed",
        "conversation.item.done",
    ]
