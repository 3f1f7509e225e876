"""Agents' sessions: when they were opened, for what, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.observe.facts import Opening, Outcome, SessionHeld
from orchestrator.observe.story.part import Part, Tell


@dataclass(slots=True)
class Session:
    """A session that has not ended."""

    since: float
    opening: Opening
    opened: float | None = None


class Sessions(Part):
    """Looks for what became of sessions."""

    def __init__(self, tell: Tell, seat: str) -> None:
        super().__init__(tell, seat)
        # Those that have not ended.
        self._sessions: dict[SessionId, Session] = {}
        # The agents whose sessions the caller waits for: the one that has them, the one that is to get them.
        self._wanted: set[str] = set()

    def _starts(self, fields: Mapping[str, Any], _: float) -> None:
        self._wanted = {str(fields["agent"])}

    def _moves(self, fields: Mapping[str, Any], _: float) -> None:
        self._wanted = {str(fields["from"]), str(fields["to"])}

    def _moved(self, fields: Mapping[str, Any], _: float) -> None:
        self._wanted = {str(fields["to"])}

    def _stays(self, fields: Mapping[str, Any], _: float) -> None:
        self._wanted = {str(fields["from"])}

    def _opens(self, effect: do.OpenSession, at: float) -> None:
        agent, kind, _ = effect.session
        wanted = Opening.ACTIVE if agent in self._wanted and kind is SessionKind.OWN else Opening.WARM
        opening = Opening.CONSULT if kind is SessionKind.CONSULT else wanted
        self._sessions[effect.session] = Session(at, opening)

    def _opened(self, event: ev.SessionOpened, at: float) -> None:
        if event.session in self._sessions:
            self._sessions[event.session].opened = at

    def _closed(self, effect: do.CloseSession, at: float) -> None:
        self._over(effect.session, at, "closed")

    def _lost(self, event: ev.SessionLost, at: float) -> None:
        self._over(event.session, at, "lost", event.code, event.reason)

    def _replaced(self, effect: do.ReplaceSession, at: float) -> None:
        self._over(effect.session, at, "renewed")
        if effect.successor in self._sessions:
            self._sessions[effect.session] = self._sessions.pop(effect.successor)

    def _taken_over(self, _: Mapping[str, Any], at: float) -> None:
        """Tell of those that went with another process, which had the call."""
        for session_id in list(self._sessions):
            self._over(session_id, at, "closed", "taken_over")

    def _over(self, session_id: SessionId, at: float, fate: str, code: str = "", reason: str = "") -> None:
        session = self._sessions.pop(session_id, None)
        if session is not None:
            self.tell(
                SessionHeld(
                    start=session.since,
                    end=at,
                    seat=self.seat,
                    agent=session_id.agent,
                    session=str(session_id),
                    opened=session.opened,
                    opening=session.opening,
                    fate=fate,
                    code=code,
                    reason=reason,
                )
            )

    def finish(self, at: float, outcome: Outcome) -> None:
        """Tell of those that have not ended."""
        for session_id in list(self._sessions):
            self._over(session_id, at, "open" if outcome is Outcome.OPEN else "closed")

    takes: ClassVar[Any] = {
        "call.started": _starts,
        "handoff.started": _moves,
        "handoff.completed": _moved,
        "handoff.failed": _stays,
        "call.taken_over": _taken_over,
        do.OpenSession: _opens,
        do.CloseSession: _closed,
        do.ReplaceSession: _replaced,
        ev.SessionOpened: _opened,
        ev.SessionLost: _lost,
    }
