"""The messages of Twilio Media Streams: what comes in, checked, and what goes out, written. Sans-I/O.

https://www.twilio.com/docs/voice/media-streams/websocket-messages. Audio is µ-law at 8 kHz, which agents speak as
`audio/pcmu`: base64 goes through as it came. Of an inbound frame the order of arrival counts, not its numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.providers.codec import AUDIO_OPENING

BYTES_PER_MS = 8
BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
SID = re.compile(r"[A-Za-z0-9_-]{1,64}")
DIGIT = re.compile(r"[0-9*#A-D]")
MOST_PARAMETERS = 100
LONGEST_PARAMETER = 1000  # characters; Twilio's own limit is 500


@dataclass(frozen=True, slots=True)
class Started:
    """`start`: the stream has a name, and this is what is known of the phone call."""

    stream: str
    call: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        """Return what the team may know of the caller; what Twilio says goes before what an application called so."""
        said = {"caller": self.parameters.get("From"), "called": self.parameters.get("To"), "call_sid": self.call}
        return {**self.parameters, **{name: value for name, value in said.items() if value}}


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
    """`stop`: the caller has hung up, or the phone call goes on elsewhere."""


StreamMessage = Started | Spoken | Pressed | Marked | Stopped


def read(frame: str) -> StreamMessage | None:
    """Read a frame; None for what means nothing to a call. Raises `ValueError` when something is wrong with it."""
    try:
        said = json.loads(frame)
        known = READERS.get(said["event"])
        return known(said) if known is not None else None
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not complete ({type(error).__name__})") from None


def _started(said: Mapping[str, Any]) -> Started:
    start = said["start"]
    audio = start.get("mediaFormat") or {}
    if audio.get("encoding", "audio/x-mulaw") != "audio/x-mulaw" or audio.get("sampleRate", 8000) not in (8000, "8000"):
        raise ValueError("the audio is not µ-law at 8 kHz")
    given = list((start.get("customParameters") or {}).items())[:MOST_PARAMETERS]
    parameters = {name: value for name, value in given if isinstance(value, str) and len(value) <= LONGEST_PARAMETER}
    stream, call = start.get("streamSid") or said["streamSid"], start.get("callSid") or ""
    return Started(_matching(SID, stream), call if SID.fullmatch(call) else "", parameters)


def _spoken(said: Mapping[str, Any]) -> Spoken | None:
    media = said["media"]
    if media.get("track", "inbound") != "inbound":
        return None  # the agents' own voice
    return Spoken(media["payload"], ms_of(media["payload"]))


def _matching(pattern: re.Pattern[str], text: str) -> str:
    if not pattern.fullmatch(text):
        raise ValueError("a value has not the form that it should have")
    return text


READERS: Mapping[str, Callable[[Mapping[str, Any]], StreamMessage | None]] = {
    "start": _started,
    "media": _spoken,
    "dtmf": lambda said: Pressed(_matching(DIGIT, said["dtmf"]["digit"])),
    "mark": lambda said: Marked(str(said["mark"]["name"])),
    "stop": lambda said: Stopped(),
}


def ms_of(payload: str) -> float:
    """Return the milliseconds of base64 µ-law; raises `ValueError` when it is no base64."""
    if len(payload) % 4:
        raise ValueError("audio is no base64")
    _matching(BASE64, payload)
    return (len(payload) * 3 // 4 - payload.count("=", -2)) / BYTES_PER_MS


def payload_of(frame: str) -> str:
    """Return the base64 of a `response.output_audio.delta` frame as it is there; raises `ValueError`."""
    opened = AUDIO_OPENING.match(frame)
    if opened is not None:
        payload = frame[opened.end() : frame.find('"', opened.end())]
        if "\\" not in payload:
            return payload  # it is checked when its milliseconds are counted
    return str(json.loads(frame)["delta"])


def media(stream: str, payload: str) -> str:
    """Write audio."""
    return f'{{"event":"media","streamSid":"{stream}","media":{{"payload":"{payload}"}}}}'


def mark(stream: str, name: str) -> str:
    """Write a mark."""
    return f'{{"event":"mark","streamSid":"{stream}","mark":{{"name":"{name}"}}}}'


def clear(stream: str) -> str:
    """Write that all audio which was not played is to be dropped."""
    return f'{{"event":"clear","streamSid":"{stream}"}}'
