"""How much one client event may hold, seen before it is parsed: parsing stops the process, and what is in it is kept.

Base64 is cheap to pass on, so audio and images may be long; only the events that can carry them may be.
"""

from __future__ import annotations

import re

from orchestrator.errors import CallerError
from orchestrator.protocol.audio_frames import APPEND
from orchestrator.protocol.frames import Event, parse_client_event
from orchestrator.protocol.values import more_values

LONGEST_EVENT = 256 * 1024  # characters, without audio and images
LONGEST_MEDIA = 3 * 1024 * 1024  # characters, with them
MOST_VALUES = 20_000  # elements, fields and brackets
MEDIA = re.compile(r'"(?:audio|image_url)"\s*:\s*"([^"]*)"')
MEDIA_EVENTS = frozenset({APPEND, "conversation.item.create", "response.create"})


def read_event(frame: str) -> Event:
    """Read a client's frame within bounds; raises `CallerError`."""
    check_size(frame)
    event = parse_client_event(frame)
    if len(frame) > LONGEST_EVENT and event.get("type") not in MEDIA_EVENTS:
        refuse(LONGEST_EVENT)
    return event


def check_size(text: str) -> None:
    """Check the length of JSON, and how many values it holds; raises `CallerError`."""
    if len(text) > LONGEST_MEDIA:
        refuse(LONGEST_MEDIA)
    if len(text) > LONGEST_EVENT + sum(found.end(1) - found.start(1) for found in MEDIA.finditer(text)):
        refuse(LONGEST_EVENT)
    if more_values(text, MOST_VALUES):
        message = f"The JSON holds more than {MOST_VALUES} values. Send less at once."
        raise CallerError(message, code="invalid_json")


def refuse(longest: int) -> None:
    """Raise the error for what is too long."""
    what = "with its audio and images" if longest == LONGEST_MEDIA else "audio and images aside"
    message = f"The event is longer than {longest} characters, {what}. Send less at once."
    raise CallerError(message, code="event_too_large")
