"""A caller on the Realtime protocol: what the call tells it becomes frames."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.away.events import Reach
from orchestrator.core.effects import Dial, TellWords
from orchestrator.core.events import Ending
from orchestrator.errors import CallerError
from orchestrator.gateway.caller import RealtimeCaller
from orchestrator.gateway.desk.board import Board
from orchestrator.gateway.outbox import Outbox
from orchestrator.gateway.session import SessionView
from orchestrator.gateway.websocket import WebSocketTransport
from orchestrator.protocol.hold import hold_sound
from tests.patience import PATIENCE
from tests.protocol.test_tones import heard
from tests.records.audio.test_recording import Scene
from tests.wire import validate

AGENTS = {name: {"audio": {"output": {"voice": voice}}} for name, voice in (("front", "marin"), ("billing", "cedar"))}


def caller(*events: str) -> tuple[RealtimeCaller, Outbox]:
    box = Outbox(on_full=lambda: None)
    view = SessionView(session_id="sess_1", model="helpdesk", expires_at=1, reserved=frozenset())
    made = RealtimeCaller(view=view, agents=AGENTS, entry=Board().add("sess_1", "front"))
    made.has_caller("front")
    made.connected(WebSocketTransport(box))
    made.listen(box, frozenset(events))
    return made, box


async def frames(box: Outbox) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []

    async def send(frame: str) -> None:
        written.append(json.loads(frame))

    box.end(1000, "")
    await asyncio.wait_for(box.write(send), PATIENCE)
    assert written.pop(0)["type"] == "session.created"  # goes first, whatever happens
    return written


async def test_a_client_that_can_connects_its_caller_to_somebody_outside() -> None:
    """It asks for it, and is told whom to call, for how long, and what to tell them; nobody else is."""
    told, box = caller("team")
    assert told.reach is Reach.NOBODY
    told.dial(Dial("office", "tel:+4930", 20.0, "They call about a form."))
    assert await frames(box) == []

    told, box = caller("team", "transfer")
    assert told.reach is Reach.CLIENT
    told.dial(Dial("office", "tel:+4930", 20.0, "They call about a form."))
    (event,) = await frames(box)
    validate(event, team_events=True)
    fields = {"agent": "office", "target": "tel:+4930", "seconds": 20.0, "brief": "They call about a form."}
    assert {**event, "event_id": ""} == {"type": "team.call.transfer", "event_id": "", **fields}


async def test_who_connects_a_caller_is_known_before_their_data_channel_is_there() -> None:
    """A page that calls by WebRTC has said it with its offer; a telephone connects its caller itself."""
    told, _ = caller()
    told.promised = frozenset({"transfer"})
    on_telephone, box = caller("transfer")
    assert on_telephone.transport is not None
    on_telephone.transport.reach = Reach.TELEPHONE
    on_telephone.dial(Dial("office", "tel:+4930", 20.0, ""))

    assert told.reach is Reach.CLIENT
    assert on_telephone.reach is Reach.TELEPHONE
    assert await frames(box) == []


async def test_keys_are_a_response_of_their_own() -> None:
    """A client sees it begin and end, and plays the tones in between."""
    told, box = caller()
    told.press_keys("resp_1", "item_1", "12")
    told.end_response("resp_1", "completed")
    events = await frames(box)

    for event in events:
        validate(event)
    assert events[0]["type"] == "response.created"
    assert events[-1]["type"] == "response.done"
    sound = b"".join(base64.b64decode(event["delta"]) for event in events if event["type"].endswith("audio.delta"))
    assert heard(sound, "audio/pcm") == "12"


async def test_the_voice_in_force_follows_the_handoff() -> None:
    """The echo of the session says the voice of the agent that has the caller; no event is sent for it."""
    told, box = caller()
    told.session_updated()
    told.announce("handoff.completed", {"from": "front", "to": "billing", "seconds": 0.1})
    told.session_updated()

    events = await frames(box)
    for event in events:
        validate(event)
    assert [event["type"] for event in events] == ["session.updated", "session.updated"]
    assert [event["session"]["audio"]["output"]["voice"] for event in events] == ["marin", "cedar"]


async def test_errors_echo_only_usable_event_ids() -> None:
    """An `event_id` that is no string, or far too long, is not echoed."""
    told, box = caller()
    error = CallerError("m", code="invalid_value", param="p")
    for given in ("mine", 7, "x" * 600):
        told.refuse_event(error, {"event_id": given})

    events = await frames(box)
    assert [event["error"]["event_id"] for event in events] == ["mine", None, None]
    assert {event["error"]["type"] for event in events} == {"invalid_request_error"}


async def test_stop_playback_sends_nothing() -> None:
    """Over a WebSocket the caller's side stops its own player."""
    told, box = caller()
    told.stop_playback()

    assert await frames(box) == []


async def test_a_client_that_would_play_on_is_told_to_stop() -> None:
    """With the response of which it has audio; one that has none is told nothing, nor one before the call."""
    view = SessionView(session_id="sess_1", model="helpdesk", expires_at=1, reserved=frozenset())
    RealtimeCaller(view=view, agents=AGENTS, entry=Board().add("sess_1", "front")).stop_playback(told=True)
    told, box = caller()
    told.stop_playback(told=True)
    told.start_hold("resp_1", "item_1")
    told.play_hold("resp_1", "item_1", 20)
    told.stop_playback(told=True)
    events = await frames(box)

    for event in events:
        validate(event)
    assert [event["type"] for event in events][-2:] == ["response.output_audio.delta", "output_audio_buffer.cleared"]
    assert events[-1]["response_id"] == "resp_1"


async def test_the_hold_sound_goes_on_where_it_stopped() -> None:
    """Piece by piece, and from its beginning the next time."""
    told, box = caller()
    for number in ("1", "2"):
        told.start_hold(f"resp_{number}", f"item_{number}")
        told.play_hold(f"resp_{number}", f"item_{number}", 200)
        told.play_hold(f"resp_{number}", f"item_{number}", 200)
        told.end_response(f"resp_{number}", "completed")
    heard = [event["delta"] for event in await frames(box) if event["type"] == "response.output_audio.delta"]

    assert heard == [hold_sound("audio/pcm", 0, 200), hold_sound("audio/pcm", 200, 200)] * 2


async def test_what_the_caller_hears_is_recorded(tmp_path: Path) -> None:
    """The hold sound as what agents say, and that it is stopped; not what comes of a response that is closed."""
    told, _ = caller()
    scene = Scene(tmp_path)
    told.recording = scene.recording
    told.start_hold("resp_1", "item_1")
    told.play_hold("resp_1", "item_1", 200)
    told.stop_playback()
    told.end_response("resp_1", "cancelled")
    told.play_hold("resp_1", "item_1", 200)
    queued = [json.loads(text) for _, text in scene.queue.entries]

    assert queued[0] == ["format", "team", "audio/pcm"]
    assert queued[1]["type"] == "response.output_audio.delta"
    assert queued[2:] == [["stopped"]]


async def test_a_second_end_adds_no_error() -> None:
    """Once the end is set, another one says nothing more."""
    told, box = caller()
    told.end(Ending.LEFT, "over")
    told.end(Ending.UNREACHABLE, "agents unreachable")

    assert await frames(box) == []
    assert box.close is not None
    assert box.close.code == 1000


async def test_ending_a_response_sends_its_tail() -> None:
    """`end_response` reaches the caller as `response.done`."""
    told, box = caller()
    told.tell({"type": "response.created", "response": {"id": "r", "status": "in_progress", "output": []}})
    told.end_response("r", "cancelled")

    assert [event["type"] for event in await frames(box)] == ["response.created", "response.done"]


async def test_what_is_for_the_desk_goes_to_the_desk_only() -> None:
    """What a person reads before they take the caller, and what agents write to them, is no caller's business."""
    told, box = caller("team")
    told.announce("person.waiting", {"agent": "colleague", "desk": "support", "reason": "x"})
    told.announce("person.brief", {"agent": "colleague", "brief": "They are angry."})
    message = {"from": "front", "to": "colleague", "id": "msg_1", "desk": "support", "text": "They are angry."}
    told.announce("person.message", message)

    assert [event["type"] for event in await frames(box)] == ["team.person.waiting"]
    assert told.entry.told()["waiting"]["brief"] == "They are angry."
    assert [one["text"] for _, one in told.entry.board.messages()] == ["They are angry."]


async def test_a_caller_who_has_joined_others_is_told_so() -> None:
    """With the first team event: which seat, and in which call."""
    told, box = caller("team")
    told.entry.seat = {"seat": "Anna", "joined": "sess_0"}
    told.announce("call.started", {"team": "helpdesk", "agent": "front"})

    (started,) = await frames(box)
    assert (started["call"], started["seat"], started["joined"]) == ("sess_1", "Anna", "sess_0")


async def test_team_events_name_the_call() -> None:
    """The first team event says which call it is; all carry an `event_id`."""
    told, box = caller("team")
    told.announce("call.started", {"team": "helpdesk", "agent": "front"})
    told.announce("tool.called", {"agent": "front", "name": "x"})

    started, called = await frames(box)
    assert (started["type"], started["call"], started["team"]) == ("team.call.started", "sess_1", "helpdesk")
    assert (called["type"], called["name"]) == ("team.tool.called", "x")
    assert started["event_id"] != called["event_id"]


def response_with_words(*, part: bool) -> list[dict[str, Any]]:
    """Return how a response begins, up to its first words."""
    response = {"id": "resp_1", "object": "realtime.response", "status": "in_progress", "output": []}
    item = {"id": "item_1", "type": "message", "role": "assistant", "content": []}
    at = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
    begun: list[dict[str, Any]] = [
        {"type": "response.created", "response": response},
        {"type": "response.output_item.added", "response_id": "resp_1", "output_index": 0, "item": item},
    ]
    added = {"type": "response.content_part.added", **at, "part": {"type": "audio", "transcript": ""}}
    return [*begun, added] if part else begun


FRAME = json.dumps(
    {
        "type": "response.output_audio_transcript.delta",
        "event_id": "event_of_the_service",
        "response_id": "resp_1",
        "item_id": "item_1",
        "output_index": 0,
        "content_index": 0,
        "delta": "Hello",
    }
)
WORDS = TellWords("resp_1", "item_1", 0, "Hello", FRAME)


@pytest.mark.parametrize("part", [True, False])
async def test_a_transcript_reaches_every_reader_once(part: bool) -> None:
    """As it came where its part is open, else by the full path; a response that is cut ends with all its words."""
    told, box = caller()
    for event in response_with_words(part=part):
        told.tell(event)
    told.tell_words(WORDS)
    told.end_response("resp_1", "cancelled")

    events = await frames(box)
    words = [event for event in events if event["type"] == "response.output_audio_transcript.delta"]
    assert [event["delta"] for event in words] == ["Hello"]
    assert (words[0]["event_id"] == "event_of_the_service") is part
    done = [event["transcript"] for event in events if event["type"] == "response.output_audio_transcript.done"]
    assert done == (["Hello"] if part else [])


async def test_words_of_a_response_that_is_over_are_dropped() -> None:
    """They come late, or belong to one that the caller never saw."""
    told, box = caller()
    told.tell_words(WORDS)

    assert await frames(box) == []
