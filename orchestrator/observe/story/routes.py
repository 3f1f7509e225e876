"""Where the caller went: handoffs, and waiting for persons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.observe.facts import HandedOver, Outcome, PersonWaited, Refused
from orchestrator.observe.story.part import Part, Tell
from orchestrator.observe.words import within
from orchestrator.team.functions import HAND_BACK, transfer_name


@dataclass(frozen=True, slots=True)
class Wish:
    """What a model wrote that wants a handoff; nothing of it where the program does."""

    function: str = ""
    arguments: str | None = ""
    decision: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Way:
    """A handoff that goes on."""

    source: str
    target: str
    reason: str | None
    wish: Wish
    since: float
    warm: bool
    asked: float | None = None


@dataclass(frozen=True, slots=True)
class Wait:
    """A caller who waits for a person."""

    person: str
    reason: str | None
    wish: Wish
    since: float


class Routes(Part):
    """Looks for handoffs, for callers who wait for a person, and for what was refused."""

    def __init__(self, tell: Tell, seat: str) -> None:
        super().__init__(tell, seat)
        # The handoff that goes on.
        self._way: Way | None = None
        # Sessions that are open.
        self._open: set[SessionId] = set()
        # The person for whom the caller waits.
        self._waiting: Wait | None = None
        # The last function call, and when it came: a handoff that begins in the same moment is what it wants.
        self._called: tuple[ev.FunctionCalled, float] | None = None

    def _begins(self, fields: Mapping[str, Any], at: float) -> None:
        if self._way is not None:
            self._over(at, Outcome.CANCELLED, "the next handoff came before the agent was heard")
        source, target, waiting = str(fields["from"]), str(fields["to"]), self._waiting
        wish = waiting.wish if waiting is not None and waiting.person == target else self._wish(target, at)
        self._way = Way(source, target, _text(fields), wish, at, SessionId(target) in self._open)

    def _asked(self, effect: do.CreateResponse, at: float) -> None:
        way = self._way
        if way is not None and way.asked is None and effect.session == SessionId(way.target):
            way.asked = at

    def _completes(self, fields: Mapping[str, Any], at: float) -> None:
        self._over(at, Outcome.COMPLETED, "")
        if self._waiting is not None and self._waiting.person == fields["to"]:
            self._waited(at, Outcome.COMPLETED)

    def _fails(self, fields: Mapping[str, Any], at: float) -> None:
        source, target = str(fields["from"]), str(fields["to"])
        if self._way is None:  # it never began
            self._way = Way(source, target, "", self._wish(target, at), at, SessionId(target) in self._open)
        self._over(at, Outcome.FAILED, _text(fields))

    def _over(self, at: float, outcome: Outcome, fault: str | None) -> None:
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
                    function=way.wish.function,
                    arguments=way.wish.arguments,
                    decision=way.wish.decision,
                )
            )

    def _calls(self, event: ev.FunctionCalled, at: float) -> None:
        self._called = (event, at)

    def _wish(self, target: str, at: float) -> Wish:
        """Return the function call that has just asked for a handoff; an empty one if none did."""
        event, since = self._called or (None, at)
        if event is None or since != at or event.name not in (transfer_name(target), HAND_BACK):
            return Wish()
        decision = within(event.payload, "decision")
        return Wish(event.name, event.arguments, decision if isinstance(decision, Mapping) else {})

    def _refused(self, fields: Mapping[str, Any], at: float) -> None:
        names = {name: str(fields.get(name, "")) for name in ("agent", "name", "rule")}
        self.tell(Refused(start=at, end=at, seat=self.seat, reason=_text(fields), **names))

    # --- persons ---

    def _waits(self, fields: Mapping[str, Any], at: float) -> None:
        person = str(fields["agent"])
        self._waiting = Wait(person, _text(fields), self._wish(person, at), at)

    def _missed(self, _: Mapping[str, Any], at: float) -> None:
        self._waited(at, Outcome.FAILED)

    def _left(self, _: Mapping[str, Any], at: float) -> None:
        self._waited(at, Outcome.CANCELLED)

    def _waited(self, at: float, outcome: Outcome) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            about: dict[str, Any] = {"agent": waiting.person, "reason": waiting.reason, "outcome": outcome}
            self.tell(PersonWaited(start=waiting.since, end=at, seat=self.seat, **about))

    # --- sessions: whether a handoff finds one open ---

    def _opened(self, event: ev.SessionOpened, _: float) -> None:
        self._open.add(event.session)

    def _gone(self, one: ev.SessionLost | do.CloseSession, _: float) -> None:
        self._open.discard(one.session)

    def _taken_over(self, _: Mapping[str, Any], __: float) -> None:
        self._open.clear()

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
        "call.taken_over": _taken_over,
        do.CreateResponse: _asked,
        ev.FunctionCalled: _calls,
        ev.SessionOpened: _opened,
        ev.SessionLost: _gone,
        do.CloseSession: _gone,
    }


def _text(fields: Mapping[str, Any]) -> str | None:
    """Return the reason that an announcement gives; None where the record does not keep it."""
    reason = fields.get("reason", "")
    return None if reason is None else str(reason)
