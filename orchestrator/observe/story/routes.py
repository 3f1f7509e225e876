"""Where the caller went: handoffs, and waiting for persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.observe.facts import HandedOver, Outcome, PersonWaited, Refused
from orchestrator.observe.story.part import Part, Tell


@dataclass(slots=True)
class Way:
    """A handoff that goes on."""

    source: str
    target: str
    reason: str
    since: float
    warm: bool
    asked: float | None = None


class Routes(Part):
    """Looks for handoffs, for callers who wait for a person, and for what was refused."""

    def __init__(self, tell: Tell, seat: str) -> None:
        super().__init__(tell, seat)
        # The handoff that goes on.
        self._way: Way | None = None
        # Sessions that are open.
        self._open: set[SessionId] = set()
        # The person for whom the caller waits, and since when.
        self._waiting: tuple[str, float] | None = None

    def _begins(self, fields: Mapping[str, Any], at: float) -> None:
        if self._way is not None:
            self._over(at, Outcome.CANCELLED, "the next handoff came before the agent was heard")
        source, target = str(fields["from"]), str(fields["to"])
        self._way = Way(source, target, str(fields.get("reason", "")), at, SessionId(target) in self._open)

    def _asked(self, effect: do.CreateResponse, at: float) -> None:
        way = self._way
        if way is not None and way.asked is None and effect.session == SessionId(way.target):
            way.asked = at

    def _completes(self, fields: Mapping[str, Any], at: float) -> None:
        self._over(at, Outcome.COMPLETED, "")
        if self._waiting is not None and self._waiting[0] == fields["to"]:
            self._waited(at, Outcome.COMPLETED)

    def _fails(self, fields: Mapping[str, Any], at: float) -> None:
        source, target, fault = str(fields["from"]), str(fields["to"]), str(fields.get("reason", ""))
        if self._way is None:  # it never began
            self._way = Way(source, target, "", at, SessionId(target) in self._open)
        self._over(at, Outcome.FAILED, fault)

    def _over(self, at: float, outcome: Outcome, fault: str) -> None:
        way, self._way = self._way, None
        if way is not None:
            self.tell(
                HandedOver(
                    start=way.since,
                    end=at,
                    seat=self.seat,
                    source=way.source,
                    target=way.target,
                    reason=way.reason,
                    warm=way.warm,
                    outcome=outcome,
                    fault=fault,
                    asked=way.asked,
                )
            )

    def _refused(self, fields: Mapping[str, Any], at: float) -> None:
        names = {name: str(fields.get(name, "")) for name in ("agent", "name", "rule", "reason")}
        self.tell(Refused(start=at, end=at, seat=self.seat, **names))

    # --- persons ---

    def _waits(self, fields: Mapping[str, Any], at: float) -> None:
        self._waiting = (str(fields["agent"]), at)

    def _missed(self, _: Mapping[str, Any], at: float) -> None:
        self._waited(at, Outcome.FAILED)

    def _left(self, _: Mapping[str, Any], at: float) -> None:
        self._waited(at, Outcome.CANCELLED)

    def _waited(self, at: float, outcome: Outcome) -> None:
        if self._waiting is not None:
            agent, since = self._waiting
            self._waiting = None
            self.tell(PersonWaited(start=since, end=at, seat=self.seat, agent=agent, outcome=outcome))

    # --- sessions: whether a handoff finds one open ---

    def _opened(self, event: ev.SessionOpened, _: float) -> None:
        self._open.add(event.session)

    def _gone(self, one: ev.SessionLost | do.CloseSession, _: float) -> None:
        self._open.discard(one.session)

    def finish(self, at: float, outcome: Outcome) -> None:
        """Tell where the caller was on the way to."""
        self._over(at, outcome, "the call ended" if outcome is Outcome.CANCELLED else "")
        self._waited(at, outcome)

    takes: ClassVar[Any] = {
        "handoff.started": _begins,
        "handoff.completed": _completes,
        "handoff.failed": _fails,
        "function.refused": _refused,
        "person.waiting": _waits,
        "person.missed": _missed,
        "person.left": _left,
        do.CreateResponse: _asked,
        ev.SessionOpened: _opened,
        ev.SessionLost: _gone,
        do.CloseSession: _gone,
    }
