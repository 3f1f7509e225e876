"""The past of a call that was taken over: it happens again, and only what the caller was told is done about it.

What was sent to sessions, tools and timers was sent by another process. The caller's side is told what it was told
then, while nobody listens, so that it knows what the caller knows. Audio is not in the past: what is played is counted.
"""

from __future__ import annotations

import json
from dataclasses import replace

from orchestrator.core import effects as do
from orchestrator.core.events import Event, TranscriptProduced
from orchestrator.protocol.transcript_frames import TRANSCRIPT_DELTA

# Effects that are for the caller's side alone.
SEEN = frozenset(
    {
        do.PlayAudio,
        do.StartHold,
        do.PlayHold,
        do.TellWords,
        do.TellCaller,
        do.StopPlayback,
        do.EndResponse,
        do.Refuse,
        do.Announce,
    }
)


def whole(event: Event) -> Event:
    """Return an event as it came: of words that an agent said, the journal has no frame."""
    if not isinstance(event, TranscriptProduced) or event.payload or event.frame:
        return event
    said = {
        "type": TRANSCRIPT_DELTA,
        "response_id": event.response_id,
        "item_id": event.item_id,
        "output_index": 0,
        "content_index": event.content_index,
        "delta": event.text,
    }
    return replace(event, frame=json.dumps(said))
