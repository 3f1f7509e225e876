"""Lines as moments of a call: an event, what it brought about, and when.

A line that is broken, as the last one may be after a crash, is skipped, and so is one of an event that this version
does not know; `skipped` says which. Audio is spread over the time in which it came; see the notes of the package.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from orchestrator.core.effects import Effect, PlayAudio, SendAudio, TellCaller
from orchestrator.core.events import Event, TranscriptProduced
from orchestrator.core.memory.shared import FIRST
from orchestrator.records.format.header import Header, read_header
from orchestrator.records.format.hiding import SAME
from orchestrator.records.format.values import from_json

Line = dict[str, Any]
NO_VALUES: Mapping[str, str] = {}


@dataclass(slots=True)
class Moment:
    """An event of a recorded call, and its effects."""

    t: float  # seconds of the call
    seat: str
    event: Event
    effects: list[Effect]
    lines: Sequence[Line] = field(default=(), compare=False)  # of the record that say so: the event, then its effects


@dataclass(slots=True)
class Seat:
    """A caller has taken a seat."""

    t: float
    seat: str
    said: Mapping[str, Any]


@dataclass(slots=True)
class Reading:
    """A record that is being read."""

    header: Header
    lines: Iterator[str]
    skipped: list[str] = field(default_factory=list)  # what could not be read, and why
    gaps: int = 0  # entries that were not kept

    def moments(self, values: Mapping[str, str] = NO_VALUES) -> Iterator[Moment | Seat]:
        """Yield what happened, in order; once. `values` are put in the place of secrets (`Header.stand_ins`)."""
        self.lines = map(partial(_filled, values), self.lines) if values else self.lines
        several: list[Moment] = []  # audio and words that came side by side
        for group in self._groups():
            if "joined" in group[0]:
                found: list[Moment | Seat] = [Seat(group[0]["t"], _seat(group[0]), group[0]["joined"])]
            else:
                moments = self._moments(group)
                if "frames" in group[0]["in"]:
                    several += moments
                    continue
                found = list(moments)
            yield from _in_time(several)
            several = []
            yield from found
        yield from _in_time(several)

    def _groups(self) -> Iterator[list[Line]]:
        """Yield each event with the effects that follow it."""
        group: list[Line] = []
        for line in self._parsed():
            if "out" in line and group and "in" in group[0] and _seat(line) == _seat(group[0]):
                group.append(line)
                continue
            if group:
                yield group
            group = [line] if "in" in line or "joined" in line else []
            if "gap" in line:
                self.gaps += line["gap"]
            elif not group:
                self.skipped.append(f"{line['t']} s: an effect without its event")
        if group:
            yield group

    def _parsed(self) -> Iterator[Line]:
        for number, text in enumerate(self.lines, 2):
            try:
                line = json.loads(text)
            except ValueError:
                line = None
            if isinstance(line, dict) and isinstance(line.get("t"), int | float):
                yield line
            elif text.strip():
                self.skipped.append(f"line {number}: not a whole line, as the process ended while it was written")

    def _moments(self, group: list[Line]) -> list[Moment]:
        """Make an event and its effects of their lines; audio becomes as many frames as there were."""
        first, seat, frames = group[0], _seat(group[0]), int(group[0]["in"].get("frames", 0))
        try:
            written, count = first["in"], max(1, frames)
            if "ms" in written and frames:
                written = {**written, "ms": written["ms"] / count}
            if written["type"] == TranscriptProduced.__name__:
                count = 1
            step = (written.get("until", first["t"]) - first["t"]) / max(1, count - 1)
            times = [first["t"] + number * step for number in range(count)]
            return [Moment(t, seat, event := from_json(written), _effects(group, event, frames), group) for t in times]
        except (ValueError, KeyError, TypeError) as error:
            self.skipped.append(f"{first['t']} s: {error}")
            return []


def read(lines: Iterable[str]) -> Reading:
    """Begin to read a record; raises `RecordError` if it has no header, or one of a version that is not known."""
    iterator = iter(lines)
    return Reading(read_header(next(iterator, "")), iterator)


def _filled(values: Mapping[str, str], line: str) -> str:
    """Put values in the place of secrets; the longest name first, as one may begin like another."""
    for marked in sorted(values, key=len, reverse=True):
        line = line.replace(marked, values[marked])
    return line


def _seat(line: Line) -> str:
    return str(line.get("seat", FIRST))


def _in_time(moments: list[Moment]) -> list[Moment]:
    return sorted(moments, key=lambda moment: moment.t)


def _effects(group: list[Line], event: Event, frames: int) -> list[Effect]:
    """Return the effects of one event; those of several alike are written once."""
    effects: list[Effect] = []
    for line in group[1:]:
        written = line["out"]
        if written.get("payload") == SAME:
            effects.append(TellCaller(getattr(event, "payload", {})))
            continue
        if written.get("text") == SAME:
            written = {**written, "text": getattr(event, "text", "")}
        effect = from_json(written)
        count = int(written.get("frames", 1)) if not frames and isinstance(effect, SendAudio | PlayAudio) else 1
        effects += [effect, *(from_json(written) for _ in range(count - 1))]
    return effects
