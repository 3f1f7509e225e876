"""The Realtime protocol as a client of the agents' sessions: server frames to core events, effects to client frames.

The hot path is audio. A frame of it is recognised by its first bytes and goes on verbatim: the ids that the core needs
are cut out by search, the milliseconds follow from the length of the base64 text. Nothing is parsed, nothing decoded.
Whatever does not begin as expected takes the full path, with the same result.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.errors import RealtimeError

Payload = dict[str, Any]
AUDIO = "response.output_audio.delta"
APPEND = "input_audio_buffer.append"
# How an audio frame begins: `json.dumps` with and without spaces.
AUDIO_HEADS = (f'{{"type":"{AUDIO}"', f'{{"type": "{AUDIO}"')
APPEND_HEADS = (f'{{"type":"{APPEND}"', f'{{"type": "{APPEND}"')
HEAD = 512  # characters among which the ids of an audio frame stand; the audio follows


def bytes_per_ms(audio_format: Mapping[str, Any]) -> int:
    """Return the bytes of one millisecond: 48 for PCM16 at 24 kHz, 8 for G.711."""
    return 8 if audio_format.get("type") in ("audio/pcmu", "audio/pcma") else 48


def _length(frame: str, key: str, start: int) -> int | None:
    """Return the bytes in the base64 text of `key`, without decoding it; None when the text is not plain."""
    at = frame.find(f'"{key}"', start)
    opening = frame.find('"', at + len(key) + 2) + 1
    closing = frame.find('"', opening)
    text = closing - opening
    if at < 0 or opening < 1 or closing < 0 or text % 4:
        return None
    return text // 4 * 3 - frame.count("=", max(opening, closing - 2), closing)


def is_append(frame: str) -> bool:
    """Return whether a caller's frame is `input_audio_buffer.append`, by its first bytes."""
    return frame.startswith(APPEND_HEADS)


def append_ms(frame: str, rate: int) -> float | None:
    """Return the milliseconds of a caller's audio frame; None when it has to take the full path."""
    if not frame.startswith(APPEND_HEADS):
        return None
    length = _length(frame, "audio", len(APPEND_HEADS[0]) - 1)
    return None if length is None else length / rate


def _cut(frame: str, key: str) -> str | None:
    """Return a plain string value that stands in the head of a frame."""
    at = frame.find(f'"{key}"', 0, HEAD)
    opening = frame.find('"', at + len(key) + 2, HEAD) + 1
    closing = frame.find('"', opening, HEAD)
    return frame[opening:closing] if at >= 0 and opening > 0 and closing > 0 else None


def _audio(agent: str, frame: str, rate: int) -> ev.AudioProduced | None:
    response_id, item_id, start = _cut(frame, "response_id"), _cut(frame, "item_id"), frame.find('"delta"', 0, HEAD)
    length = _length(frame, "delta", start) if start > 0 else None
    if response_id is None or item_id is None or length is None:
        return None
    return ev.AudioProduced(agent, response_id, item_id, length / rate, frame)


def decode(agent: str, frame: str, rate: int) -> ev.Event | None:
    """Turn a server frame of an agent's session into a core event; None for what means nothing to a call.

    `rate` is in bytes per millisecond. Raises `RealtimeError` (code `bad_frame`) when it is no JSON object with a type.
    """
    if frame.startswith(AUDIO_HEADS):
        audio = _audio(agent, frame, rate)
        if audio is not None:
            return audio
    try:
        payload = json.loads(frame)
    except (ValueError, RecursionError):
        payload = None
    if not isinstance(payload, dict) or not isinstance(payload.get("type"), str):
        raise RealtimeError("The service sent a frame that is not an event.", code="bad_frame")
    kind = payload["type"]
    if kind == AUDIO:
        return _parsed_audio(agent, payload, frame, rate)
    try:
        known = DECODERS.get(kind)
        if known is not None:
            return known(agent, payload)
    except (KeyError, TypeError, AttributeError):
        raise RealtimeError(f"The service sent a {kind} event that is not complete.", code="bad_frame") from None
    if kind.startswith("response.") and isinstance(payload.get("response_id"), str):
        return ev.ResponseProgressed(agent, payload["response_id"], payload)
    return ev.SessionReported(agent, payload)


def _parsed_audio(agent: str, payload: Payload, frame: str, rate: int) -> ev.AudioProduced:
    delta = str(payload.get("delta") or "")
    length = len(delta) // 4 * 3 - delta[-2:].count("=")
    return ev.AudioProduced(agent, str(payload.get("response_id")), str(payload.get("item_id")), length / rate, frame)


def _response_created(agent: str, payload: Payload) -> ev.Event:
    response = payload["response"]
    aside = "conversation_id" in response and response["conversation_id"] is None
    return ev.ResponseStarted(agent, response["id"], payload, aside)


def _response_done(agent: str, payload: Payload) -> ev.Event:
    response = payload["response"]
    error = ((response.get("status_details") or {}).get("error") or {}).get("code")
    status = str(response.get("status"))
    return ev.ResponseFinished(agent, response["id"], status, error, response.get("usage") or {}, payload)


def _item_done(agent: str, payload: Payload) -> ev.Event:
    item = payload["item"]
    if item["type"] != "function_call" or item.get("status", "completed") != "completed":
        return ev.ResponseProgressed(agent, payload["response_id"], payload)
    call = (item["id"], item["call_id"], item["name"], item.get("arguments") or "{}")
    return ev.FunctionCalled(agent, payload["response_id"], *call, payload)


def _words(agent: str, payload: Payload) -> ev.Event:
    return ev.TranscriptProduced(agent, payload["response_id"], payload["item_id"], payload["delta"], payload)


def _item(agent: str, payload: Payload) -> ev.Event:
    return ev.ItemReported(agent, payload["item"]["id"], payload)


def _error(agent: str, payload: Payload) -> ev.Event:
    error = payload["error"]
    code = error.get("code") or error.get("type") or "error"
    return ev.RequestRefused(agent, code, error.get("message") or code, error.get("event_id"), payload)


def _nothing(agent: str, payload: Payload) -> None:
    """Ignore the session object: the caller has one of its own."""


TRANSCRIPTION = "conversation.item.input_audio_transcription"
DECODERS: dict[str, Callable[[str, Payload], ev.Event | None]] = {
    "session.created": _nothing,
    "session.updated": _nothing,
    "conversation.created": _nothing,
    "response.created": _response_created,
    "response.done": _response_done,
    "response.output_item.done": _item_done,
    "response.output_audio_transcript.delta": _words,
    "response.output_text.delta": _words,
    "conversation.item.added": _item,
    "conversation.item.done": _item,
    "input_audio_buffer.speech_started": lambda agent, p: ev.SpeechStarted(agent, p["item_id"], p),
    "input_audio_buffer.speech_stopped": lambda agent, p: ev.SpeechStopped(agent, p["item_id"], p),
    "input_audio_buffer.committed": lambda agent, p: ev.TurnCommitted(agent, p["item_id"], p),
    f"{TRANSCRIPTION}.completed": lambda agent, p: ev.TurnTranscribed(agent, p["item_id"], p["transcript"], p),
    f"{TRANSCRIPTION}.failed": lambda agent, p: ev.TurnTranscribed(agent, p["item_id"], None, p),
    "error": _error,
}


def encode(effect: do.Effect) -> str:
    """Turn an effect on an agent's session into a client frame."""
    match effect:
        case do.SendAudio(frame=frame):
            return frame
        case do.CreateResponse(options=options):
            return dumps("response.create", response=options)
        case do.CancelResponse(response_id=response_id):
            return dumps("response.cancel", **({"response_id": response_id} if response_id else {}))
        case do.SendFunctionOutput(call_id=call_id, output=output):
            item = {"id": f"out_{call_id}"[:32], "type": "function_call_output", "call_id": call_id, "output": output}
            return dumps("conversation.item.create", item=item)
        case do.AddItem(item=item, previous_item_id=after):
            return dumps("conversation.item.create", item=item, **({"previous_item_id": after} if after else {}))
        case do.TruncateAudio(item_id=item_id, ms=ms):
            return dumps("conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=ms)
        case do.DeleteItem(item_id=item_id):
            return dumps("conversation.item.delete", item_id=item_id)
        case do.RetrieveItem(item_id=item_id):
            return dumps("conversation.item.retrieve", item_id=item_id)
        case do.CommitAudio():
            return dumps("input_audio_buffer.commit")
        case do.ClearAudio():
            return dumps("input_audio_buffer.clear")
    raise AssertionError(f"{type(effect).__name__} is not for a session")


def dumps(kind: str, **fields: Any) -> str:
    """Write one client event."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False, separators=(",", ":"))
