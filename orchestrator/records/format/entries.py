"""What the event loop hands to the writer: references and counters, nothing that takes time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.records.format.keeping import Kept


@dataclass(slots=True)
class Entry:
    """An event and what it brought about; or several alike, of audio or words, of which this is the first."""

    t: float  # seconds of the call
    seat: str  # "" for the first
    event: Event
    effects: Sequence[Effect]
    kept: Kept
    frames: int = 0  # 0: it is a single event
    ms: float = 0.0
    until: float = 0.0  # when the last of them came
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Joined:
    """A caller has taken a seat; with what is said a `Call` for it can be made."""

    t: float
    seat: str
    said: Mapping[str, Any]
