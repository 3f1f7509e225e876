"""What is kept of the calls of one version of a team: records and sound. Nothing, until it is told where."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass

from orchestrator.gateway.session import SessionView
from orchestrator.observe.facts import Fact
from orchestrator.observe.observer import Observer
from orchestrator.observe.watch import Keeper
from orchestrator.records.audio import Recording, Recordings
from orchestrator.records.outbox.parties import Parties
from orchestrator.records.recorder import Caller
from orchestrator.records.recorders import Recorders
from orchestrator.runner import Place


@dataclass(frozen=True, slots=True)
class Kept:
    """Who keeps something of one caller's part of a call."""

    takers: tuple[Callable[[Fact], None], ...]
    observers: tuple[Keeper, ...]
    recording: Recording | None

    @property
    def lookers(self) -> tuple[Observer, ...]:
        """Those of them who look at what happens here alone: the sound of another node is not here."""
        return () if self.recording is None else (self.recording,)


NOTHING = Kept((), (), None)


class Last:
    """Does something in the event loop when the last of several things is done, in whatever thread each is."""

    def __init__(self, count: int, do: Callable[[], None]) -> None:
        # How many are not done, and what is done then.
        self._left, self._do = count, do
        # Where it is done.
        self._loop = asyncio.get_running_loop()

    def done(self) -> None:
        """Note that one of them is done; nothing happens any more once the event loop is closed."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._one)

    def _one(self) -> None:
        self._left -= 1
        if not self._left:
            self._do()


class Keeping:
    """Keeps what the team file wants kept."""

    def __init__(self) -> None:
        # What records calls; None: they are not recorded.
        self.recorders: Recorders | None = None
        # Where their sound is kept; None: nowhere. The agents with whom none is.
        self.recordings: Recordings | None = None
        self.pause_in: Collection[str] = ()
        # What hands finished calls on; None: nobody wants them.
        self.parties: Parties | None = None

    def begin(self, place: Place, view: SessionView, seed: str, mask: Callable[[str], str]) -> Kept:
        """Keep a caller's part of a call from here on; `mask` takes the call's secrets out of a text."""
        if self.recorders is None and self.recordings is None and self.parties is None:
            return NOTHING
        clock = asyncio.get_running_loop().time
        began = place.party.begin(clock())
        observers: list[Keeper] = []
        takers: list[Callable[[Fact], None]] = []
        if self.recorders is not None:
            caller = Caller(place.call, place.seat.name, place.seat.agent, seed)
            formats = {"input": view.input_format, "output": view.output_format}
            now = began if place.first else clock()
            started = time.time() - (clock() - began)
            seat = self.recorders.begin(place.party.id, place.party.shared, caller, formats, now, started)
            observers.append(seat)
            takers.append(seat.take)
        if self.parties is not None:
            takers.append(self.parties.come(place.party.id, place.party.shared))
        recording = None
        if self.recordings is not None:
            recording = self.recordings.open(
                place.party.id, place.seat.name, clock=clock, began=began, mask=mask, pause_in=self.pause_in
            )
        return Kept(tuple(takers), tuple(observers), recording)

    def left(self, place: Place, at: float, then: Callable[[], None]) -> None:
        """Note that a caller has left, in unix seconds; the record of a call ends with its last caller.

        `then` is called when nothing of it would be lost with this process; at once, if that is nothing.
        """
        count = (self.recorders is not None) + (self.parties is not None)
        if not count:
            then()
            return
        last = Last(count, then)
        if self.recorders is not None:
            self.recorders.left(place.party.id, at, last.done)
        if self.parties is not None:
            self.parties.go(place.party.id, at, last.done)

    def leave(self, place: Place) -> None:
        """Leave a call to another process, which keeps it from its beginning on; the sound stays in two parts."""
        if self.recorders is not None:
            self.recorders.leave(place.party.id)
        if self.parties is not None:
            self.parties.leave(place.party.id)
