"""The story of one caller's part of a call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from typing import Any

from orchestrator.core.effects import Announce, Effect, EndCall, PlayAudio, Refuse
from orchestrator.core.events import AudioProduced, CallerSpoke, Event
from orchestrator.core.memory.shared import FIRST
from orchestrator.observe.facts import CallBegan, CallEnded, Happened, Outcome
from orchestrator.observe.story.models import Models
from orchestrator.observe.story.part import Tell
from orchestrator.observe.story.routes import Routes
from orchestrator.observe.story.sessions import Sessions
from orchestrator.observe.story.voices import Voices
from orchestrator.observe.story.work import Work

# Announced for persons and clients; the story tells the same in facts of its own, or in what is said.
RETOLD = frozenset(
    {"call.started", "response.started", "tool.called", "tool.returned", "consult.started", "consult.returned"}
    | {"handoff.started", "handoff.completed", "handoff.failed", "function.refused", "person.brief", "person.message"}
    | {"session.lost", "session.renewed"}
)


class Story:
    """Makes facts of the events and effects of one caller with a team."""

    def __init__(self, takers: Sequence[Tell], *, began: float, seat: str = FIRST) -> None:
        # Who is told the facts, in the order in which they are known.
        self._takers = takers
        # When the call began, in its clock; and the seat.
        self._began, self._seat = began, seat
        # When this caller joined, in seconds of the call; the agent that has them; whether they have left.
        self._joined, self._agent, self._over = 0.0, "", False
        # Who looks for what.
        self._voices = Voices(self._tell, seat)
        self._parts = (
            self._voices,
            Models(self._tell, seat),
            Work(self._tell, seat),
            Routes(self._tell, seat),
            Sessions(self._tell, seat),
        )
        # Type of an event or effect, or the name of an announcement → the parts that take it in, and how.
        self._takes: defaultdict[type | str, list[Callable[[Any, float], None]]] = defaultdict(list)
        self._takes |= {Announce: [self._announced], Refuse: [self._refused], EndCall: [self._end]}
        for part in self._parts:
            for kind, take in part.takes.items():
                self._takes[kind].append(partial(take, part))

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Take in an event and what it brought about; audio on its way costs next to nothing."""
        at = now - self._began
        if type(event) is CallerSpoke:
            self._voices.caller_sound(at, event.ms)
        elif type(event) is AudioProduced:
            self._voices.produced(event)
            for effect in effects:
                if type(effect) is PlayAudio:
                    self._voices.played(effect, at)
                else:
                    self._take(type(effect), effect, at)
            return
        else:
            self._take(type(event), event, at)
        for effect in effects:
            self._take(type(effect), effect, at)

    def retold(self, event: Event, effects: Sequence[Effect], now: float, _: Collection[str]) -> None:
        """Take in what happened at another time."""
        self.observe(event, effects, now)

    def so_far(self, now: float) -> None:
        """Tell what has not ended, of a call that goes on; nothing can be told after it."""
        if not self._over:
            for part in self._parts:
                part.finish(now - self._began, Outcome.OPEN)

    def _take(self, kind: type | str, one: Event | Effect | Mapping[str, Any], at: float) -> None:
        for take in self._takes.get(kind, ()):
            take(one, at)

    def _refused(self, effect: Refuse, at: float) -> None:
        fields = {"code": effect.code, "message": effect.message}
        self._tell(Happened(start=at, end=at, seat=self._seat, name="caller.refused", fields=fields))

    def _announced(self, effect: Announce, at: float) -> None:
        fields = effect.fields
        if effect.name == "call.started":
            self._joined, self._agent = at, str(fields["agent"])
            self._tell(CallBegan(start=at, end=at, seat=self._seat, agent=self._agent))
        elif effect.name == "handoff.completed":
            self._agent = str(fields["to"])
        self._take(effect.name, fields, at)
        if effect.name not in RETOLD:
            self._tell(Happened(start=at, end=at, seat=self._seat, name=effect.name, fields=fields))

    def _end(self, effect: EndCall, at: float) -> None:
        if self._over:
            return
        self._over = True
        for part in self._parts:
            part.finish(at, Outcome.CANCELLED)
        ended = {"ending": effect.ending.value, "reason": effect.reason, "agent": self._agent}
        self._tell(CallEnded(start=self._joined, end=at, seat=self._seat, **ended))

    def _tell(self, fact: Any) -> None:
        for take in self._takers:
            take(fact)
