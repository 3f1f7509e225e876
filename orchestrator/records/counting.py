"""Audio and words that are counted instead of kept one by one: those alike that come within a second are one entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.core.effects import Effect, PlayAudio, SendAudio, TellCaller, TellWords
from orchestrator.core.events import AudioProduced, CallerSpoke, Event, TranscriptProduced
from orchestrator.records.format.entries import Entry
from orchestrator.records.format.keeping import Kept

TOGETHER = 1.0  # seconds of audio, or of words, that become one line
COUNTED = frozenset({CallerSpoke, AudioProduced, TranscriptProduced})
DELTA = ".delta"


def countable(kind: type[Event], effects: Sequence[Effect]) -> bool:
    """Return whether an event is audio or words that were only passed on, or not even that."""
    if kind not in COUNTED:
        return False
    if len(effects) != 1:
        return not effects
    effect = effects[0]
    if kind is CallerSpoke:
        return type(effect) is SendAudio
    if kind is AudioProduced:
        return type(effect) is PlayAudio
    return type(effect) is TellWords or (type(effect) is TellCaller and str(effect.payload.get("type")).endswith(DELTA))


def begun(seat: str, event: Event, effects: Sequence[Effect], now: float, kept: Kept) -> Entry:
    """Return an entry that counts audio or words, of which this is the first."""
    entry = Entry(now, seat, event, effects, kept, frames=1, until=now)
    if isinstance(event, TranscriptProduced):
        entry.texts = [event.text]
    elif isinstance(event, CallerSpoke | AudioProduced):
        entry.ms = event.ms
    return entry


def counted(entry: Entry | None, kind: type[Event], event: Any, effects: Sequence[Effect], now: float) -> bool:
    """Count an event if it continues the entry of those like it; return whether it does."""
    if entry is None or now - entry.t >= TOGETHER or not _alike(entry, kind, event, effects):
        return False
    entry.frames += 1
    entry.until = now
    if kind is TranscriptProduced:
        entry.texts.append(event.text)
    else:
        entry.ms += event.ms
    return True


def _alike(entry: Entry, kind: type[Event], event: Any, effects: Sequence[Any]) -> bool:
    """Return whether an event of the same type continues an entry, and was passed on in the same way."""
    first: Any = entry.event
    before: Sequence[Any] = entry.effects
    if len(effects) != len(before) or (effects and type(effects[0]) is not type(before[0])):
        return False
    same: bool
    if kind is CallerSpoke:
        session, earlier = (effects[0].session, before[0].session) if effects else (None, None)
        same = event.ms == first.ms and (session is earlier or session == earlier)
    elif event.item_id != first.item_id or event.response_id != first.response_id:
        same = False
    else:
        same = kind is AudioProduced or event.content_index == first.content_index
    return same
