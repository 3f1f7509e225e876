"""The lines of a journal as what happened: events for the core, and what the gateway wrote of the caller's side.

Audio that was counted together is one event with all its milliseconds: nothing but their sum matters afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import structlog

from orchestrator.core.events import Event, TranscriptProduced
from orchestrator.gateway.projection import Projection
from orchestrator.gateway.resuming.journal import KIND
from orchestrator.gateway.session import SessionView
from orchestrator.protocol.transcript_frames import TRANSCRIPT_DELTA
from orchestrator.records.format.values import from_json

log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the core."""

    t: float  # seconds of the call
    event: Event


@dataclass(frozen=True, slots=True)
class Said:
    """An entry of the gateway's own."""

    t: float
    entry: Mapping[str, Any]


Step = Happened | Said


def steps(lines: Iterable[str]) -> Iterator[Step]:
    """Read a journal, without events that this version of the package does not know."""
    for entry in chain.from_iterable(map(json.loads, lines)):
        written = entry.get("in")
        if written is None:
            yield Said(entry["t"], entry)
            continue
        try:
            yield Happened(entry["t"], _whole(from_json(written), written.get(KIND)))
        except (ValueError, KeyError, TypeError) as error:
            log.warning("event not known", reason=str(error), t=entry["t"])


def events(past: Iterable[Step], view: SessionView, projection: Projection) -> Iterator[Happened]:
    """Yield the events; in between, let the caller's side know what the gateway knew then."""
    for step in past:
        if isinstance(step, Happened):
            yield step
        elif "session" in step.entry:
            view.restore(step.entry["session"])
            projection.own_tools(view.tool_names)
        elif "own" in step.entry:
            projection.own_item(step.entry["own"], step.entry.get("after"))


def ends(lines: Sequence[str]) -> float:
    """Return when the last of what a journal tells has happened, in seconds of the call: its last line says it."""
    last = json.loads(lines[-1]) if lines else []
    return max((max(entry["t"], entry.get("in", {}).get("until", 0.0)) for entry in last), default=0.0)


def _whole(event: Any, kind: str | None) -> Event:
    """Give words the frame, or the payload, that the caller was sent."""
    if not isinstance(event, TranscriptProduced):
        return event  # type: ignore[no-any-return]
    place = {"response_id": event.response_id, "item_id": event.item_id, "output_index": 0}
    payload = {"type": kind or TRANSCRIPT_DELTA, **place, "content_index": event.content_index, "delta": event.text}
    return replace(event, payload=payload) if kind else replace(event, frame=json.dumps(payload))
