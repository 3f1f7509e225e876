"""The calls of all seats of a record, made of its header: with the team of that time, or with another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core import Call
from orchestrator.core.effects import Effect
from orchestrator.core.events import Event
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.state import Seat as Place
from orchestrator.records.format.header import Header
from orchestrator.records.format.hiding import Hider
from orchestrator.team import Team


class Callers:
    """The callers of one recorded call, as today's code has them."""

    def __init__(self, header: Header, team: Team) -> None:
        # What the calls are made of, and the team that answers.
        self._header, self.team = header, team
        # What the callers share.
        self.shared = Shared(team)
        # Hides what is secret in what comes of it.
        self.hider = Hider(self.shared.variables.masker)
        # Seat → the call as it is there.
        self.calls: dict[str, Call] = {}
        self.join(FIRST, header.said)

    def join(self, seat: str, said: Mapping[str, Any]) -> None:
        """Let a caller take a seat."""
        place = Place(self.shared, seat, said["agent"])
        self.calls[seat] = self._header.call(self.team, said["seed"], place)

    def handle(self, seat: str, event: Event, now: float) -> list[Effect]:
        """Let something happen again; return what comes of it."""
        return self.calls[seat].handle(event, now)
