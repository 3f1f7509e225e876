"""A call that this node holds: its journal, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import structlog

from orchestrator.fleet.lines import Lines
from orchestrator.fleet.port import Holder
from orchestrator.fleet.scripts import APPEND, ENDED, LEASES, LOCAL, OVER, RELEASED, SETTLE, bulk, call_key, log_key
from orchestrator.fleet.sealing import Seal

log = structlog.get_logger("orchestrator")


class State(Enum):
    """What becomes of a call."""

    HELD = "held"  # its journal is written
    STRANDED = "stranded"  # it goes on here, and nobody can take it over
    RELEASED = "released"  # whoever comes with its token may have it
    OVER = "over"  # its caller has gone; if this node dies before all of it is kept, another finishes it
    ENDED = "ended"
    FENCED = "fenced"  # another node has it


# What Redis is told of a state; of those that are missing it learns otherwise.
SETTLED = {State.STRANDED: LOCAL, State.RELEASED: RELEASED, State.OVER: OVER, State.ENDED: ENDED}
HERE = frozenset({State.HELD, State.STRANDED, State.OVER})  # this node has it, and renews its lease


@dataclass(frozen=True, slots=True)
class Identity:
    """What does not change while a node holds a call."""

    call_id: str
    node: str
    epoch: int
    token: str
    began: float  # in the clock of the event loop


class Writing(Protocol):
    """What sends journals to Redis."""

    def push(self, held: HeldCall, /) -> None:
        """Send what is new of a call, now if possible."""

    def soon(self, held: HeldCall, /) -> None:
        """Let the holder of a call write within a second, with those of others."""

    def keep(self, held: HeldCall, place: int, checkpoint: bytes, /) -> None:
        """Send what the lines of a call before a place come to, if possible."""

    def arrived(self, held: HeldCall, /) -> None:
        """Send that the caller of a call has its token, if possible."""


class HeldCall:
    """A call of this node."""

    def __init__(self, of: Identity, seal: Seal, writing: Writing, lines: Lines, holder: Holder | None = None) -> None:
        # Which call it is, how its lines are encrypted, and who sends them.
        self.of, self._seal, self._writing = of, seal, writing
        # Its journal; the first line is its header.
        self.lines = lines
        # What becomes of it, and who is told.
        self.state, self._holder = State.HELD, holder
        # Which attempt to send lines this is: answers to an earlier one say nothing. Whether the state was sent.
        self.attempt, self.settled = 0, True
        # Who waits until Redis has the lines before a place.
        self._confirming: list[tuple[int, asyncio.Future[bool]]] = []
        # How commands about it begin; and what a renewal says of it, its key and its epoch: as they are written.
        self._append, self._settle = self._begin(APPEND.begin), self._begin(SETTLE.begin)
        self.renewal = bulk(call_key(of.call_id)), bulk(of.call_id.encode()) + bulk(b"%d" % of.epoch)

    def _begin(self, script: tuple[bytes, bytes]) -> bytes:
        call_id = self.of.call_id
        keys = (b"3", call_key(call_id), log_key(call_id), LEASES)
        return b"".join(map(bulk, (*script, *keys, call_id.encode(), self.of.node.encode(), b"%d" % self.of.epoch)))

    # --- what its holder asks ---

    @property
    def epoch(self) -> int:
        """How often the call was held, this time included."""
        return self.of.epoch

    @property
    def token(self) -> str:
        """What the caller can come back with."""
        return self.of.token

    @property
    def index(self) -> int:
        """How many lines the journal has, without its header."""
        return self.lines.next - 1

    @property
    def resumable(self) -> bool:
        """Whether another node could take the call over."""
        return self.state in (State.HELD, State.RELEASED)

    def watch(self, holder: Holder) -> None:
        """Say who is to be told; at once, if there is something to tell already."""
        self._holder = holder
        self.soon()
        if self.state in (State.FENCED, State.STRANDED):
            self._tell()

    def put(self, line: str) -> None:
        """Append a line, and send it."""
        if self.state is not State.HELD:
            return
        kept = self.lines
        if kept.add(self._seal.close(kept.next, line)):
            self._writing.push(self)
        else:
            self.lose("its journal is too long" if kept.too_long else "Redis does not take its journal")

    def soon(self) -> None:
        """Let the holder write within a second."""
        if self.state is State.HELD:
            self._writing.soon(self)

    def keep(self, checkpoint: bytes) -> None:
        """Send what all lines so far come to, unless some of them wait."""
        place = self.lines.next
        if self.state is State.HELD and not self.complete:
            self._writing.push(self)
        if self.state is State.HELD and self.complete:
            self._writing.keep(self, place, self._seal.close_checkpoint(place, checkpoint))

    def arrived(self) -> None:
        """Learn that the caller has the token."""
        if self.state is State.HELD and self.of.epoch > 1:
            self._writing.arrived(self)

    async def confirmed(self, seconds: float = 1.0) -> bool:
        """Wait until Redis has all lines so far; False if the call was fenced."""
        if self.state is not State.HELD:
            return not self._fenced
        future = asyncio.get_running_loop().create_future()
        self._confirming.append((self.lines.next, future))
        self._writing.push(self)  # perhaps nothing is under way that would be answered
        with suppress(TimeoutError):
            await asyncio.wait_for(future, seconds)
        return not self._fenced

    def release(self) -> None:
        """Give the call up for whoever comes with its token."""
        if self.state is State.HELD:
            self._become(State.RELEASED)
        elif self.state is State.STRANDED:
            self.end()

    def strand(self) -> None:
        """Give up the journal."""
        if self.state is State.HELD:
            self.lines.clear()
            self._become(State.STRANDED)

    def over(self) -> None:
        """Say that nobody comes back to the call."""
        if self.state is State.HELD:
            self.state, self.settled = State.OVER, False
            self._let_go()
            self._writing.push(self)

    def end(self) -> None:
        """Say that the call is over, and all of it kept."""
        if self.state not in (State.ENDED, State.FENCED):
            self.lines.clear()
            self._become(State.ENDED)

    def _become(self, state: State) -> None:
        self.state, self.settled = state, False
        self.attempt += 1
        self._let_go()
        self._writing.push(self)

    # --- what happens to it ---

    def write(self) -> None:
        """Let the holder write what waits; one that cannot has no journal any more."""
        if self.state is State.HELD and self._holder is not None:
            try:
                self._holder.write()
            except Exception:  # other calls do not suffer for it
                log.exception("call failed", call=self.of.call_id)
                self.lose("its journal cannot be written")

    def fence(self) -> bool:
        """Learn that another node has the call; return whether that is news."""
        if self.state in (State.FENCED, State.ENDED):
            return False
        told = self.state is not State.RELEASED
        self.state, self.settled = State.FENCED, True
        self.lines.clear()
        self._let_go()
        if told:
            log.warning("call fenced", call=self.of.call_id, epoch=self.of.epoch)
            self._tell()
        return told

    def lose(self, reason: str) -> None:
        """Learn that the journal cannot be kept."""
        if self.state is State.HELD:
            log.warning("call cannot be taken over any more", call=self.of.call_id, reason=reason)
            self.strand()
            self._tell()

    def confirm(self, place: int) -> None:
        """Learn that Redis has the lines before a place."""
        self.lines.confirmed = max(self.lines.confirmed, place)
        while self._confirming and self._confirming[0][0] <= place:
            _, future = self._confirming.pop(0)
            if not future.done():
                future.set_result(True)

    def again(self, place: int) -> None:
        """Send what Redis does not have once more, from a place on."""
        self.attempt += 1
        self.settled = self.state not in SETTLED
        if not self.lines.rewind(place):
            self.lines.rewind(self.lines.next)
            self.lose("Redis has lost its journal")

    @property
    def _fenced(self) -> bool:
        return self.state is State.FENCED

    # --- what is sent ---

    @property
    def complete(self) -> bool:
        """Whether all was sent."""
        return self.settled and self.lines.sent == self.lines.next

    def settle(self, age: int) -> bytes:
        """Return the command that tells the state; `age` of the call in milliseconds."""
        self.settled = True
        return b"*11\r\n%b%b%b" % (self._settle, bulk(b"%d" % age), bulk(SETTLED[self.state]))

    def append(self, age: int) -> tuple[bytes, int]:
        """Return the command that sends the next lines, and how many they are; none, to ask whether it is fenced."""
        lines = self.lines
        unsent = [] if lines.sent == lines.next else lines.unsent()
        words = b"".join(map(bulk, (b"%d" % age, b"%d" % lines.sent, *unsent)))
        lines.sent += len(unsent)
        return b"*%d\r\n%b%b" % (11 + len(unsent), self._append, words), len(unsent)

    def _let_go(self) -> None:
        waiting, self._confirming = self._confirming, []
        for _, future in waiting:
            if not future.done():
                future.set_result(True)

    def _tell(self) -> None:
        if self._holder is None:
            return
        tell: Callable[[], None] = self._holder.fenced if self.state is State.FENCED else self._holder.stranded
        try:
            tell()
        except Exception:  # other calls do not suffer for it
            log.exception("call failed", call=self.of.call_id)
