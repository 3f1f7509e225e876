"""Which words of a record were left out by the team's `record`: nothing can be said of them, nor of what they brought.

They are `null` in the record. Where something depends on them others are put in their place, so that a function was
called with arguments, a response was heard, a turn had words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestrator.core.events import (
    CallerAsked,
    CallerTyped,
    Event,
    FunctionCalled,
    TranscriptProduced,
    TurnTranscribed,
)
from orchestrator.core.permission import Rule
from orchestrator.records.format.decoding import Moment
from orchestrator.records.format.header import Header
from orchestrator.records.format.keeping import WORDS
from orchestrator.team import Team

UNKNOWN = "…"
LEFT_OUT = WORDS | {"reason"}
FAILED = "transcription.failed"  # no words were left out: there were none


class Unkept:
    """Finds what was left out of a record."""

    def __init__(self, header: Header, team: Team) -> None:
        # Who said what the record has to say.
        self._team, policy = team, team.record
        # Agents with whom nothing is kept; the one that begins is known.
        self._pausing = frozenset(policy.pause_in if policy is not None else ())
        # Whether something may have been left out by now.
        self.possible = policy is not None and (not policy.transcript or header.said["agent"] in self._pausing)

    def look(self, agents: set[str]) -> None:
        """Note who has the caller, or is about to."""
        self.possible = self.possible or not agents.isdisjoint(self._pausing)

    def within(self, written: Any) -> bool:
        """Return whether words were left out of an event or effect, as the record has it."""
        return self.possible and _missing(written)

    def filled(self, moment: Moment) -> Event:
        """Return an event with other words in the place of those that were left out and that something depends on."""
        event = moment.event
        if not self.possible:
            return event
        match event:
            case FunctionCalled(arguments="") if not any(map(_refused, moment.lines)):
                names = {"question", "text", "reason", *self._asked(event)}
                return replace(event, arguments=json.dumps(dict.fromkeys(sorted(names), UNKNOWN), ensure_ascii=False))
            case TranscriptProduced(text=""):
                return replace(event, text=UNKNOWN)
            case TurnTranscribed(text=None, payload=payload) if not str(payload.get("type")).endswith(FAILED):
                return replace(event, text=UNKNOWN)
            case CallerTyped(item=item):
                return replace(event, item=_filled(item))
            case CallerAsked(options=options):
                return replace(event, options=_filled(options))
        return event

    def _asked(self, event: FunctionCalled) -> set[str]:
        edges = self._team.edges(event.session.agent)
        return {name for edge in edges if edge.function == event.name for name in edge.args}


def alike(then: Any, now: Any, *, lenient: bool) -> bool:
    """Return whether two values of JSON are the same; where it is `lenient`, `null` stands for any words."""
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        names = then.keys() | now.keys()
        return all(
            (lenient and name in LEFT_OUT and then.get(name, "") is None)
            or (name in then and name in now and _close(name, then[name], now[name], lenient=lenient))
            for name in names
        )
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(
            alike(one, other, lenient=lenient) for one, other in zip(then, now, strict=True)
        )
    return bool(then == now)


# Key → how far two numbers may lie apart: when each frame of audio came is not in a record.
CLOSE = {"seconds": 0.05, "ms": 50, "audio_end_ms": 50}


def _close(name: str, then: Any, now: Any, *, lenient: bool) -> bool:
    if name in CLOSE and isinstance(then, int | float) and isinstance(now, int | float):
        return abs(then - now) <= CLOSE[name]
    return alike(then, now, lenient=lenient)


def _missing(written: Any) -> bool:
    if isinstance(written, Mapping):
        return any((each is None and name in LEFT_OUT) or _missing(each) for name, each in written.items())
    return isinstance(written, list) and any(map(_missing, written))


def _filled(said: Any) -> Any:
    if isinstance(said, Mapping):
        return {name: UNKNOWN if each is None and name in LEFT_OUT else _filled(each) for name, each in said.items()}
    return [_filled(each) for each in said] if isinstance(said, list) else said


def _refused(line: Mapping[str, Any]) -> bool:
    """Return whether a line says that arguments were not such as could be understood."""
    fields = line.get("out", {}).get("fields", {})
    return bool(fields.get("rule") == Rule.ARGUMENTS)
