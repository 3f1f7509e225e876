"""The calls of all seats of a record, made of its header: with the team of that time, or with another one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.core import Call
from orchestrator.core.effects import Effect
from orchestrator.core.in_progress import Approvals, ToolFillers
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.core.state import Seat as Place
from orchestrator.records.format.decoding import Moment, Seat
from orchestrator.records.format.header import Header
from orchestrator.records.format.hiding import Hider
from orchestrator.team import Team


class Callers:
    """The callers of one recorded call, as today's code has them."""

    def __init__(
        self, header: Header, team: Team, tools: ToolFillers | None = None, approvals: Approvals | None = None
    ) -> None:
        # What the record begins with, and the team that answers.
        self._header, self.team = header, team
        # What agents can call, where that is not what the record says.
        self._tools, self._approvals = tools, approvals
        # What the callers share.
        self.shared = Shared(team)
        # Hides what is secret in what comes of it.
        self.hider = Hider(self.shared.variables.masker)
        # Seat → the call as it is there.
        self.calls: dict[str, Call] = {}
        self._take(FIRST, header.said)

    def join(self, seat: Seat) -> None:
        """Let a caller take another seat."""
        self._take(seat.seat, seat.said)

    def handle(self, moment: Moment) -> list[Effect]:
        """Let something happen again; return what comes of it."""
        return self.calls[moment.seat].handle(moment.event, moment.t)

    def _take(self, name: str, said: Mapping[str, Any]) -> None:
        place = Place(self.shared, name, said["agent"])
        self.calls[name] = self._header.call(
            self.team, said["seed"], place, tools=self._tools, approvals=self._approvals
        )
