"""The Realtime protocol as a client of the agents' sessions: server frames to core events, effects to client frames.

The hot path is audio. A frame of it is recognised by its first bytes and goes on verbatim: the ids that the core needs
are cut out, the milliseconds follow from the length of the base64 text. Nothing is parsed, nothing decoded.
Whatever does not begin as expected takes the full path, with the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, assert_never

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.tools.events import HostedAsked, HostedEnded, HostedReported
from orchestrator.errors import RealtimeError
from orchestrator.protocol.audio import PCM, bytes_per_ms
from orchestrator.protocol.audio_frames import DELTA, delta_audio
from orchestrator.protocol.faults import code_of, param_of, sentence, type_of
from orchestrator.protocol.frames import BAD_EVENT, client_frame, parse_server_event
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.server_events import readable
from orchestrator.protocol.transcript_frames import transcript_words

Payload = dict[str, Any]
# A frame of audio has these fields and no others; what the service left out becomes what stands here.
AUDIO_FIELDS = {
    "type": DELTA,
    "event_id": "",
    "response_id": "",
    "item_id": "",
    "output_index": 0,
    "content_index": 0,
    "delta": "",
}


def heard_rate(session: Mapping[str, Any]) -> int:
    """Return the bytes per millisecond of what a caller hears, by the session fields that it has set."""
    return bytes_per_ms(session.get("audio", {}).get("output", {}).get("format", PCM)["type"])


def decode(session: SessionId, frame: str, rate: int) -> ev.SessionSaid | None:
    """Turn a server frame of an agent's session into a core event; None for what means nothing to a call.

    `rate` is in bytes per millisecond. Raises `RealtimeError` (`BAD_EVENT`), and nothing else, for what is no event, or
    lacks a field that the core needs: it is left out, and the session goes on. Other fields that are not as the
    protocol says are left out of the event.
    """
    audio = delta_audio(frame)
    if audio is not None:
        response_id, item_id, length = audio
        return ev.AudioProduced(session, response_id, item_id, length / rate, frame)
    words = transcript_words(frame)
    if words is not None:
        response_id, item_id, content_index, text = words
        return ev.TranscriptProduced(session, response_id, item_id, text, {}, content_index, frame)
    payload = readable(parse_server_event(frame))
    kind = payload["type"]
    try:
        if kind == DELTA:
            return _parsed_audio(session, payload, frame, rate)
        known = DECODERS.get(kind)
        if known is not None:
            return known(session, payload)
    except (KeyError, ValueError):
        raise RealtimeError(f"The service sent a {kind} event that cannot be read.", code=BAD_EVENT) from None
    if kind.startswith("response.") and "response_id" in payload:
        return ev.ResponseProgressed(session, payload["response_id"], payload)
    return ev.SessionReported(session, payload)


def _parsed_audio(session: SessionId, payload: Payload, frame: str, rate: int) -> ev.AudioProduced:
    delta = payload["delta"]
    if len(delta) % 4:
        raise ValueError("no base64: it would end a client")
    whole = {key: payload.get(key, otherwise) for key, otherwise in AUDIO_FIELDS.items()}
    if whole != payload or "\\" in frame:  # clients rely on what the service always sends
        whole["event_id"] = whole["event_id"] or make_id("event_")
        frame = json.dumps(whole, separators=(",", ":"))
    ms = len(delta.rstrip("=")) * 3 // 4 / rate
    return ev.AudioProduced(session, payload["response_id"], payload["item_id"], ms, frame)


def _response_created(session: SessionId, payload: Payload) -> ev.SessionSaid:
    response = payload["response"]
    aside = "conversation_id" in response and response["conversation_id"] is None
    return ev.ResponseStarted(session, response["id"], payload, aside)


def _response_done(session: SessionId, payload: Payload) -> ev.SessionSaid:
    """Read the end of a response; one that does not say of which is that of the one that runs."""
    response = payload.get("response", {})
    details = response.get("status_details") or {}
    failure = details.get("error")
    return ev.ResponseFinished(
        session,
        response.get("id", ""),
        response.get("status", "completed"),
        code_of(failure) if failure else details.get("reason"),
        response.get("usage") or {},
        payload=payload,
    )


def _item_done(session: SessionId, payload: Payload) -> ev.SessionSaid:
    item = payload["item"]
    if (of_server := _of_server(session, payload)) is not None:
        return of_server
    if item["type"] != "function_call" or item.get("status", "completed") != "completed":
        return ev.ResponseProgressed(session, payload["response_id"], payload)
    call = item["id"], item["call_id"], item["name"], item["arguments"] or "{}"
    return ev.FunctionCalled(session, payload["response_id"], *call, payload)


def _of_server(session: SessionId, payload: Payload) -> ev.SessionSaid | None:
    """Read an item about a tool that the provider calls; None for any other."""
    item = payload["item"]
    kind, done = item["type"], payload["type"].endswith(".done")
    if kind == "mcp_approval_request" and done:
        asked = item["id"], item["server_label"], item["name"], item["arguments"] or "{}"
        return HostedAsked(session, payload.get("response_id", ""), *asked, payload)
    if kind != "mcp_call":
        return None
    known = item["id"], item.get("approval_request_id", ""), item["server_label"], item["name"]
    if (error := item.get("error")) is not None:
        why = error["message"] or error["type"]
        return HostedReported(session, *known, over=True, ok=False, output=why, payload=payload)
    return HostedReported(session, *known, "output" in item, output=item.get("output", ""), payload=payload)


def _item_added(session: SessionId, payload: Payload) -> ev.SessionSaid:
    return _of_server(session, payload) or ev.ResponseProgressed(session, payload["response_id"], payload)


def _words(session: SessionId, payload: Payload) -> ev.SessionSaid:
    return ev.TranscriptProduced(session, payload["response_id"], payload["item_id"], payload["delta"], payload)


def _item(session: SessionId, payload: Payload) -> ev.SessionSaid:
    return _of_server(session, payload) or ev.ItemReported(session, payload["item"]["id"], payload)


def _error(session: SessionId, payload: Payload) -> ev.SessionSaid:
    error = payload["error"]
    code, event_id = code_of(error), error.get("event_id")
    event_id = event_id if isinstance(event_id, str) else None
    return ev.RequestRefused(session, code, sentence(code), event_id, param_of(error), payload, type_of(error))


TRANSCRIPTION = "conversation.item.input_audio_transcription"
DECODERS: dict[str, Callable[[SessionId, Payload], ev.SessionSaid | None]] = {
    # The caller has a session object of its own.
    **dict.fromkeys(("session.created", "session.updated", "conversation.created"), lambda session, p: None),
    "response.created": _response_created,
    "response.done": _response_done,
    "response.output_item.added": _item_added,
    "response.output_item.done": _item_done,
    **dict.fromkeys(
        ("response.mcp_call.completed", "response.mcp_call.failed"),
        lambda session, p: HostedEnded(session, p["item_id"], p),
    ),
    "response.output_audio_transcript.delta": _words,
    "response.output_text.delta": _words,
    "conversation.item.added": _item,
    "conversation.item.done": _item,
    "input_audio_buffer.speech_started": lambda session, p: ev.SpeechStarted(session, p["item_id"], p),
    "input_audio_buffer.speech_stopped": lambda session, p: ev.SpeechStopped(session, p["item_id"], p),
    "input_audio_buffer.committed": lambda session, p: ev.TurnCommitted(session, p["item_id"], p),
    f"{TRANSCRIPTION}.completed": lambda session, p: ev.TurnTranscribed(session, p["item_id"], p["transcript"], p),
    f"{TRANSCRIPTION}.failed": lambda session, p: ev.TurnTranscribed(session, p["item_id"], None, p),
    "error": _error,
}


def encode(effect: do.SessionFrame) -> str:
    """Turn an effect on an agent's session into a client frame."""
    match effect:
        case do.SendAudio(frame=frame):
            return frame
        case do.CreateResponse(options=options, event_id=event_id):
            return client_frame("response.create", response=options, **_named(event_id))
        case do.CancelResponse(response_id=response_id):
            return client_frame("response.cancel", **({"response_id": response_id} if response_id else {}))
        case do.SendFunctionOutput(call_id=call_id, output=output):
            item = {"id": make_id("fco_"), "type": "function_call_output", "call_id": call_id, "output": output}
            return client_frame("conversation.item.create", item=item)
        case do.RunHosted() | do.RefuseHosted():
            return _approval(effect)
        case do.AddItem(item=item, previous_item_id=after, event_id=event_id):
            place = {"previous_item_id": after} if after else {}
            return client_frame("conversation.item.create", item=item, **place, **_named(event_id))
        case do.TruncateAudio(item_id=item_id, ms=ms):
            return client_frame("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms)
        case do.DeleteItem(item_id=item_id):
            return client_frame("conversation.item.delete", item_id=item_id)
        case do.RetrieveItem(item_id=item_id, event_id=event_id):
            return client_frame("conversation.item.retrieve", item_id=item_id, **_named(event_id))
        case do.CommitAudio(event_id=event_id):
            return client_frame("input_audio_buffer.commit", **_named(event_id))
        case do.ClearAudio():
            return client_frame("input_audio_buffer.clear")
        case _:
            assert_never(effect)


def _approval(effect: do.RunHosted | do.RefuseHosted) -> str:
    why = {"reason": effect.reason} if isinstance(effect, do.RefuseHosted) else {}
    known = {"id": make_id("mcpr_"), "type": "mcp_approval_response", "approval_request_id": effect.request_id}
    return client_frame("conversation.item.create", item={**known, "approve": not why, **why})


def _named(event_id: str | None) -> dict[str, str]:
    return {"event_id": event_id} if event_id else {}
