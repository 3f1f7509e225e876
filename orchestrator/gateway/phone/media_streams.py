"""The messages of Twilio Media Streams: parsed and checked on the way in, written on the way out. Sans-I/O.

https://www.twilio.com/docs/voice/media-streams/websocket-messages. Audio is µ-law at 8 kHz, which agents speak as
`audio/pcmu`: base64 is passed on unchanged. Inbound frames count in the order of their arrival; their numbers do not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.protocol.audio import G711_BYTES_PER_MS, G711_RATE
from orchestrator.protocol.audio_frames import DELTA_OPENING

BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGIT = re.compile(r"[0-9*#A-D]")
MOST_PARAMETERS = 100
LONGEST_PARAMETER = 1000  # characters; Twilio's own limit is 500
LONGEST = 64 * 1024  # characters of a message; 20 ms of audio are 300


@dataclass(frozen=True, slots=True)
class Started:
    """`start`: the id of the stream, and what is known about the phone call."""

    stream: str
    call: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Return what the team may know about the caller; Twilio's values win over parameters of the same name."""
        known = {"caller": self.parameters.get("From"), "called": self.parameters.get("To"), "call_sid": self.call}
        return {**self.parameters, **{name: value for name, value in known.items() if value}}


@dataclass(frozen=True, slots=True)
class Spoken:
    """`media`: the caller's voice."""

    payload: str
    ms: float


@dataclass(frozen=True, slots=True)
class Pressed:
    """`dtmf`: a key of the telephone."""

    digit: str


@dataclass(frozen=True, slots=True)
class Marked:
    """`mark`: the audio before it was played, or cleared."""

    name: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """`stop`: the caller has hung up, or the phone call continues elsewhere."""


StreamMessage = Started | Spoken | Pressed | Marked | Stopped


def read(frame: str) -> StreamMessage | None:
    """Parse a frame; returns None if it does not matter to a call, raises `ValueError` if it is invalid."""
    if len(frame) > LONGEST:
        raise ValueError("a message is too long")
    try:
        message = json.loads(frame)
        reader = READERS.get(message["event"])
        return reader(message) if reader is not None else None
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"incomplete message ({type(error).__name__})") from None


def _started(message: Mapping[str, Any]) -> Started:
    start = message["start"]
    audio = start.get("mediaFormat") or {}
    rate = audio.get("sampleRate", G711_RATE)
    if audio.get("encoding", "audio/x-mulaw") != "audio/x-mulaw" or rate not in (G711_RATE, str(G711_RATE)):
        raise ValueError("the audio is not µ-law at 8 kHz")
    given = list((start.get("customParameters") or {}).items())[:MOST_PARAMETERS]
    parameters = {name: value for name, value in given if isinstance(value, str) and len(value) <= LONGEST_PARAMETER}
    stream, call = start.get("streamSid") or message["streamSid"], start.get("callSid") or ""
    return Started(_matching(SID, stream), call if SID.fullmatch(call) else "", parameters)


def _spoken(message: Mapping[str, Any]) -> Spoken | None:
    media = message["media"]
    if media.get("track", "inbound") != "inbound":
        return None  # the agents' own voice
    return Spoken(media["payload"], ms_of(media["payload"]))


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("a value is malformed")
    return text


READERS: Mapping[str, Callable[[Mapping[str, Any]], StreamMessage | None]] = {
    "start": _started,
    "media": _spoken,
    "dtmf": lambda message: Pressed(_matching(DIGIT, message["dtmf"]["digit"])),
    "mark": lambda message: Marked(str(message["mark"]["name"])),
    "stop": lambda message: Stopped(),
}


def ms_of(payload: str) -> float:
    """Return the duration of base64 µ-law in milliseconds; raises `ValueError` if it is not base64."""
    if len(payload) % 4:
        raise ValueError("audio is not base64")
    _matching(BASE64, payload)
    return (len(payload) * 3 // 4 - payload.count("=", -2)) / G711_BYTES_PER_MS


def payload_of(frame: str) -> str:
    """Return the base64 of a `response.output_audio.delta` frame unchanged; raises `ValueError`."""
    opened = DELTA_OPENING.match(frame)
    if opened is not None:
        payload = frame[opened.end() : frame.find('"', opened.end())]
        if "\\" not in payload:
            return payload  # checked when its duration is counted
    return str(json.loads(frame)["delta"])


def media(stream: str, payload: str) -> str:
    """Write a `media` message with audio."""
    return f'{{"event":"media","streamSid":"{stream}","media":{{"payload":"{payload}"}}}}'


def mark(stream: str, name: str) -> str:
    """Write a `mark` message."""
    return f'{{"event":"mark","streamSid":"{stream}","mark":{{"name":"{name}"}}}}'


def clear(stream: str) -> str:
    """Write a `clear` message, which drops all audio that was not played yet."""
    return f'{{"event":"clear","streamSid":"{stream}"}}'
