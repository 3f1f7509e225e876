"""Entries as lines: JSON, without the words that are not kept, secrets hidden. In the writer's thread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from orchestrator.core.effects import Effect, PlayAudio, SendAudio, TellCaller, TellWords
from orchestrator.core.events import AudioProduced, CallerSpoke, Event, TranscriptProduced
from orchestrator.records.format.entries import Entry, Joined
from orchestrator.records.format.hiding import SAME, Hider, as_json
from orchestrator.records.format.keeping import dropped, without
from orchestrator.records.format.values import typed

# Hold no items, and what anybody says only as their `text`.
BARE = frozenset({CallerSpoke, AudioProduced, TranscriptProduced, SendAudio, PlayAudio, TellWords})
DIGITS = 6  # of a second
PICTURE, SOUND = "data:", "audio"
UNFINISHED = "response.function_call_arguments.delta"  # its pieces are too short to find a secret in them


def encode(entries: Sequence[Entry | Joined], hider: Hider) -> list[str]:
    """Return the lines for some entries, in their order."""
    return [
        as_json(hider.words(line) if _is_bare(entry) else hider.line(line))
        for entry in entries
        for line in lines_of(entry)
    ]


def lines_of(entry: Entry | Joined) -> Iterator[dict[str, Any]]:
    """Yield the lines of an entry, with the secrets in them."""
    head: dict[str, Any] = {"t": round(entry.t, DIGITS)}
    if entry.seat:
        head["seat"] = entry.seat
    if isinstance(entry, Joined):
        yield {**head, "joined": dict(entry.said)}
        return
    yield {**head, "in": event_of(entry)}
    for written, effect in _effects(entry):
        yield {**head, "out": _kept(written, effect, entry)}


def _is_bare(entry: Entry | Joined) -> bool:
    """Return whether nothing is told of an event and its effects but words, names and numbers of ours."""
    return isinstance(entry, Entry) and type(entry.event) in BARE and BARE.issuperset(map(type, entry.effects))


def _kept(written: dict[str, Any], value: Event | Effect, entry: Entry) -> dict[str, Any]:
    names = dropped(value, entry.kept)
    light: dict[str, Any] = written if type(value) in BARE else _without_media(written)
    return dict(without(light, names)) if names else light


def event_of(entry: Entry) -> dict[str, Any]:
    """Return the event of an entry as JSON, without what is not kept of it."""
    written = typed(entry.event)
    if isinstance(entry.event, TranscriptProduced):
        written.pop("payload", None)  # says no more than the fields do
    if entry.frames:
        more: dict[str, Any] = {"text": "".join(entry.texts)} if entry.texts else {"ms": round(entry.ms, 3)}
        written |= {**more, "frames": entry.frames}
        if entry.until > entry.t:
            written["until"] = round(entry.until, DIGITS)
    if _unfinished(written.get("payload")):
        written["payload"] = {**written["payload"], "delta": None}
    return _kept(written, entry.event, entry)


def _effects(entry: Entry) -> Iterator[tuple[dict[str, Any], Effect]]:
    """Yield the effects; frames in a row to the same place are one."""
    for effects in _groups(entry.effects):
        written = typed(effects[0])
        if isinstance(effects[0], SendAudio | PlayAudio):
            written["frames"] = entry.frames or len(effects)
        if isinstance(effects[0], TellCaller) and _is_same(effects[0].payload, entry.event):
            written["payload"] = SAME
        if isinstance(effects[0], TellWords) and entry.frames:
            written["text"] = SAME
        yield written, effects[0]


def _groups(effects: Sequence[Effect]) -> Iterator[Sequence[Effect]]:
    if len(effects) == 1:
        yield effects
        return
    for _, some in groupby(enumerate(effects), _place):
        yield [effect for _, effect in some]


def _place(numbered: tuple[int, Effect]) -> object:
    number, effect = numbered
    match effect:
        case SendAudio(session=session):
            return session
        case PlayAudio(item_id=item_id):
            return item_id
    return number


def _is_same(payload: Mapping[str, Any], event: Event) -> bool:
    return payload is getattr(event, "payload", None) or payload == getattr(event, "payload", None)


def _unfinished(payload: object) -> bool:
    return isinstance(payload, Mapping) and payload.get("type") == UNFINISHED


def _without_media(value: Any) -> Any:
    """Leave out sound and pictures in items, which may be large."""
    if isinstance(value, dict):
        return {
            key: None if isinstance(each, str) and (key == SOUND or each.startswith(PICTURE)) else _without_media(each)
            for key, each in value.items()
        }
    return [_without_media(each) for each in value] if isinstance(value, list) else value
