"""The log of one call; what is said is logged only where `ORCHESTRATOR_LOG_TRANSCRIPTS` asks for it."""

from __future__ import annotations

import logging
import traceback
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType

import structlog

from orchestrator.core.effects import Announce, Effect, Refuse
from orchestrator.core.events import Event, RequestRefused, ResponseFinished, SessionLost
from orchestrator.core.ids import SessionId
from orchestrator.core.speech import RACES
from orchestrator.log import MASK, WORDS
from orchestrator.observe.words import TELLING, within, words

LONGEST, LONGEST_CAUSE = 500, 10_000  # characters of a provider's words, and of a tool's
# What is announced and logged in the same words. The rest is a caller's everyday, or is logged with its cause.
LOGGED = frozenset(
    {"handoff.started", "handoff.completed", "handoff.failed", "tool.returned", "consult.returned"}
    | {"person.waiting", "person.missed", "person.left"}
    | {"message.sent", "message.delivered", "message.undelivered"}
    | {"session.restored", "session.renewed", "session.fallback", "response.unheard"}
)


class Journal:
    """The log of one call: its lines name the call, whoever's task it is in which something happens."""

    def __init__(
        self,
        call_id: str,
        team: str,
        mask: Callable[[str], str],
        seat: Mapping[str, str] = MappingProxyType({}),
        trace_id: str = "",
    ) -> None:
        # What every line of the call says.
        self._names = {"call": call_id, "team": team, **({"trace_id": trace_id} if trace_id else {})}
        # The log. Its lines also say which seat the caller has, and in whose call. Others do not: what happens on one
        # seat may be done while the context is that of another.
        self.log = structlog.get_logger("orchestrator").bind(**self._names, **seat)
        # The log of what is said.
        self._words = structlog.get_logger(WORDS.name).bind(**self._names, **seat)
        # Removes the call's secrets from a text.
        self._mask = mask

    @contextmanager
    def open(self) -> Iterator[None]:
        """Let every line written within, by tools and providers too, name the call and hold none of its secrets."""
        # A reference that keeps nothing alive: cancelled timers hold their context for long, and must not hold a call.
        journal = weakref.ref(self)
        before = MASK.set(lambda text: text if (alive := journal()) is None else alive._mask(text))
        try:
            with structlog.contextvars.bound_contextvars(**self._names):
                yield
        finally:
            MASK.reset(before)

    def observe(self, event: Event, effects: Sequence[Effect], _: float) -> None:
        """Log what an event brought about; and what it says, if words are logged."""
        for effect in effects:
            if isinstance(effect, Announce):
                self._announced(effect)
            elif isinstance(effect, Refuse):
                self.log.info("caller refused", code=effect.code, reason=self._mask(effect.message))
        if isinstance(event, TELLING) and WORDS.isEnabledFor(logging.INFO):
            for who, _item, text in words(event):
                self._words.info("said", who=who, text=self._mask(text))

    def _announced(self, effect: Announce) -> None:
        if effect.name in LOGGED:
            # A model's reason for a handoff is left out: it repeats what the caller said, which is not for the log.
            told = effect.fields.keys() - ({"reason"} if effect.name == "handoff.started" else set())
            self.log.info(effect.name.replace(".", " "), **{name: effect.fields[name] for name in sorted(told)})

    def session_lost(self, event: SessionLost) -> None:
        """Log why a session was lost."""
        self.log.warning("session lost", agent=str(event.session), code=event.code, reason=self._mask(event.reason))

    def provider_refused(self, event: RequestRefused) -> None:
        """Log an `error` of a provider in its own words; the caller gets its code."""
        if event.code not in RACES:
            self._provider(event.session, event.code, event.payload.get("error"))

    def provider_failed(self, event: ResponseFinished) -> None:
        """Log why a response failed in the provider's own words; the caller gets the code."""
        details = within(event.payload.get("response"), "status_details")
        if event.status == "failed":
            self._provider(event.session, event.error, within(details, "error"))

    def _provider(self, session: SessionId, code: str | None, error: object) -> None:
        words = self._mask(str(within(error, "message") or ""))[:LONGEST]
        self.log.warning("provider reported an error", agent=str(session), code=code, reason=words)

    def before_failed(self, tool: str, error: Exception) -> None:
        """Log why a call begins without what the team's `before` was to find out."""
        self.log.warning("before failed", tool=tool, **self._why(error))

    def tool_failed(self, agent: str, tool: str, error: Exception, *, kind: str) -> None:
        """Log why a tool failed: what the model is told, what its exception said, and where that was raised."""
        self.log.warning("tool failed", agent=agent, tool=tool, kind=kind, **self._why(error))

    def _why(self, error: Exception) -> dict[str, str]:
        told = {"reason": str(error)[:LONGEST_CAUSE]}
        if error.__cause__ is not None:
            told["cause"] = shown(error.__cause__)
            if trace := traceback.extract_tb(error.__cause__.__traceback__):  # empty for one that was never raised
                told["where"] = f"{trace[-1].filename}:{trace[-1].lineno}"
        return {name: self._mask(text) for name, text in told.items()}


def shown(error: BaseException) -> str:
    """Return an exception as text; one whose own code fails is named by its type."""
    try:
        return repr(error)[:LONGEST_CAUSE]
    except Exception:
        return type(error).__name__
