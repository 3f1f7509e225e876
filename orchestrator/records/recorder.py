"""The recorder of a call: what its callers' observers see becomes entries for the writer.

All seats of a call share one record. An observer runs on the event loop, between an event and the next one: it appends
references, and for audio it counts. Everything else is done in the writer's thread.

Words are left out by the policy of the team file (`record`): all of them, or, while an agent of `pause_in` has a
caller, what that caller says and what functions are given and return. What is told to agents later may repeat it, so
that from then on what the core tells them is not kept either. Whoever keeps sound asks `paused`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, Protocol

from orchestrator.core.effects import Effect, EndCall, RunTool
from orchestrator.core.events import (
    Event,
    ResponseFinished,
    ResponseStarted,
    ToolFailed,
    ToolReturned,
)
from orchestrator.core.ids import SessionId, SessionKind
from orchestrator.core.memory.masking import Masker
from orchestrator.core.memory.shared import FIRST, Shared
from orchestrator.observe.facts import Fact
from orchestrator.observe.words import TELLING, words
from orchestrator.records.counting import begun, countable, counted
from orchestrator.records.format.encoding import encode
from orchestrator.records.format.entries import Entry, Joined
from orchestrator.records.format.header import TeamHeader
from orchestrator.records.format.hiding import Hider
from orchestrator.records.format.keeping import Kept
from orchestrator.records.summary import Summary
from orchestrator.team.limits import Record

LONGEST_TEXT = 300_000  # characters of what was said, by which a call is found
REMEMBERED = 256  # function calls made while nothing of them is kept, whose output is to come


class Writing(Protocol):
    """The record of one call, as it is being written."""

    def put(self, entry: object, /) -> None:
        """Append an entry."""

    def remask(self) -> None:
        """Hide secrets once more in what is written."""

    def note(self, summary: Mapping[str, Any], /) -> None:
        """Say what the call amounts to so far."""

    def leave(self) -> None:
        """Leave the record to another process, which writes it from the beginning."""

    def close(self, summary: Mapping[str, Any], text: str, then: Callable[[], None] | None = None, /) -> None:
        """End the record; `then` is called in any thread when nothing is to be written any more."""


class Records(Protocol):
    """Where calls are recorded."""

    def open(
        self,
        call_id: str,
        header: Mapping[str, Any],
        /,
        *,
        team: str,
        keep: float | None,
        encode: Callable[[Sequence[Any]], list[str]],
        mask: Callable[[str], str],
    ) -> Writing:
        """Begin the record of a call."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller who takes a seat of a call that is recorded."""

    call_id: str
    seat: str
    agent: str
    seed: str


class Recorder:
    """The record of one call, with all its callers."""

    def __init__(
        self,
        records: Records,
        header: TeamHeader,
        policy: Record,
        shared: Shared,
        caller: Caller,
        *,
        started: float,
        now: float,
        formats: Mapping[str, Any],
    ) -> None:
        # What may be kept.
        self.policy = policy
        # What its callers share, and what finds the secrets in it.
        self._shared, self._masker = shared, shared.variables.masker()
        # When it began, in the clock of the call.
        self._began = now
        # Seat → who looks at it; those that were left stay.
        self._seats: dict[str, SeatRecorder] = {}
        # What it amounts to, what was said, and how many characters that are.
        self._summary, self._text, self._size = Summary(), list[str](), 0
        # An agent of `pause_in` has, or had, a caller.
        self._has_paused = False
        said = header.of(caller.call_id, started=started, seed=caller.seed, agent=caller.agent, formats=formats)
        hider = Hider(self._secrets, shown=header.texts | {caller.seed}, arguments=header.hidden)
        # Begins the record, with the first that is kept: one of another process is that of the call until then.
        self._open = partial(
            records.open,
            caller.call_id,
            said,
            team=str(said["team"]["team"]),
            keep=policy.seconds,
            encode=lambda entries: encode(entries, hider),
            mask=hider.text,
        )
        self._seats[caller.seat] = SeatRecorder(self, caller.seat)

    @cached_property
    def _writing(self) -> Writing:
        """The record."""
        return self._open()

    def _secrets(self) -> Masker:
        return self._masker

    def seat(self, name: str) -> SeatRecorder:
        """Return the observer of a seat."""
        return self._seats[name]

    def join(self, caller: Caller, now: float, formats: Mapping[str, Any]) -> SeatRecorder:
        """Note that a caller takes another seat; return its observer."""
        said = {"call": caller.call_id, "agent": caller.agent, "seed": caller.seed, "formats": dict(formats)}
        self.flush()
        self._writing.put(Joined(now - self._began, caller.seat, said))
        self._seats[caller.seat] = SeatRecorder(self, caller.seat)
        return self._seats[caller.seat]

    def paused(self, seat: str) -> bool:
        """Return whether nothing of a caller is to be kept now."""
        state = self._shared.seats.get(seat)
        return state is not None and not state.route.agents.isdisjoint(self.policy.pause_in)

    def take(self, fact: Fact) -> None:
        """Take in a fact of any of the callers."""
        self._summary.take(fact)
        self._writing.note(self._summary.told())

    def leave(self) -> None:
        """Leave the record to another process; nothing of the call is recorded here any more."""
        if "_writing" in vars(self):
            self._writing.leave()

    def close(self, ended: float, then: Callable[[], None] | None = None) -> None:
        """End the record, at a time in unix seconds; nothing of the call is recorded any more.

        `then` is called in any thread when nothing is to be written any more.
        """
        self.flush()
        self._writing.close({**self._summary.told(), "ended": ended}, "\n".join(self._text), then)

    # --- what its observers do ---

    def put(self, entry: Entry) -> None:
        """Append an entry, behind what is still counted."""
        self.flush()
        entry.t -= self._began
        self._writing.put(entry)
        masker = self._shared.variables.masker()
        if masker is not self._masker:
            self._masker = masker
            self._writing.remask()
        if isinstance(entry.event, TELLING):
            self._remember(entry)

    def flush(self) -> None:
        """Write what is counted, in the order in which it began."""
        counted = [entry for seat in self._seats.values() for entry in seat.counted.values()]
        if not counted:
            return
        for entry in sorted(counted, key=lambda entry: entry.t):
            entry.t, entry.until = entry.t - self._began, entry.until - self._began
            self._writing.put(entry)
        for seat in self._seats.values():
            seat.counted.clear()

    def kept(self, *, paused: bool) -> Kept:
        """Return which words may be kept now."""
        self._has_paused = self._has_paused or paused
        if not self.policy.transcript:
            return Kept.NONE
        if paused:
            return Kept.AGENTS
        return Kept.NEW if self._has_paused else Kept.ALL

    def _remember(self, entry: Entry) -> None:
        """Remember what was said, by which the call is found."""
        callers = not isinstance(entry.event, ResponseFinished)
        if entry.kept is Kept.NONE or (callers and entry.kept is Kept.AGENTS):
            return
        for _, _, text in words(entry.event):
            if self._size + len(text) <= LONGEST_TEXT:
                self._text.append(text)
                self._size += len(text) + 1


class SeatRecorder:
    """Looks at one caller's part of a call, for its record."""

    def __init__(self, recorder: Recorder, seat: str) -> None:
        # The record, and how lines name the seat.
        self._recorder, self._seat = recorder, seat
        self._name = "" if seat == FIRST else seat
        # Type of event → those alike that are counted together.
        self.counted: dict[type[Event], Entry] = {}
        # Whether nothing of the caller was to be kept after the last event; whether the call is over for them.
        self._paused, self._over = recorder.paused(seat), False
        # Takes in the facts of the seat.
        self.take = recorder.take
        # Function calls made while it was so, and responses beside the conversation.
        self._calls: dict[str, None] = {}
        self._asides: dict[str, None] = {}

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Take in an event and its effects; never waits."""
        self._take_in(event, effects, now, None)

    def retold(self, event: Event, effects: Sequence[Effect], now: float, agents: Collection[str]) -> None:
        """Take in what happened when some agents had the caller, or were about to get them."""
        self._take_in(event, effects, now, any(agent in self._recorder.policy.pause_in for agent in agents))

    def _take_in(self, event: Event, effects: Sequence[Effect], now: float, paused: bool | None) -> None:
        kind = type(event)
        entry = self.counted.get(kind)
        if counted(entry, kind, event, effects, now):
            return
        if not self._over and countable(kind, effects):
            if entry is not None:
                self._recorder.flush()
            kept = self._narrowed(event, effects, self._recorder.kept(paused=self._paused))
            self.counted[kind] = begun(self._name, event, effects, now, kept)
            return
        if self._over:
            return
        self._over = bool(effects) and type(effects[-1]) is EndCall
        paused = self._recorder.paused(self._seat) if paused is None else paused
        kept = self._recorder.kept(paused=paused or self._paused)
        self._paused = paused
        self._recorder.put(Entry(now, self._name, event, effects, self._narrowed(event, effects, kept)))

    def _narrowed(self, event: Event, effects: Sequence[Effect], kept: Kept) -> Kept:
        """Return which words of an event may be kept: some belong to what was not kept before."""
        if kept is Kept.NONE or not self._recorder.policy.pause_in:
            return kept
        session: SessionId | None = getattr(event, "session", None)
        response = getattr(event, "response_id", "")
        if isinstance(event, ResponseStarted) and event.aside:
            self._asides[event.response_id] = None
        if kept is Kept.AGENTS:
            self._calls.update((effect.call_id, None) for effect in effects if isinstance(effect, RunTool))
            beside = session is not None and (session.kind is not SessionKind.OWN or response in self._asides)
            kept = Kept.NONE if beside else kept
        elif session is not None and session.agent in self._recorder.policy.pause_in:
            kept = Kept.AGENTS
        elif isinstance(event, ToolReturned | ToolFailed) and event.call_id in self._calls:
            kept = Kept.NONE
        for known in (self._calls, self._asides):
            if len(known) > REMEMBERED:
                del known[next(iter(known))]
        return kept
