"""Sends the journals of all calls of a node to Redis.

A line is sent at once, unless others of its call wait. What nobody is told of, and what only counts the audio that was
passed on, the holders of all calls write once a second, and it is sent with the renewal of their leases: to send costs
more than all else of a line. At most a thousand lines are on their way; more wait in the memory of their calls, and so
do all while Redis is away or full. They go out in the order of their calls, as answers come in. Since Redis passes over
lines that it has, nothing is doubled when they are sent again.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import structlog

from orchestrator.fleet.held import HERE, HeldCall, State
from orchestrator.fleet.scripts import ARRIVED, CHECKPOINT, FENCED, call_key, log_key
from orchestrator.fleet.wire import Unanswered, Wire, described

ON_THEIR_WAY = 1_000  # lines
LEFT_BEHIND = 10_000  # calls that ended while Redis was away, of which it is to learn
log = structlog.get_logger("orchestrator")


class Journals:
    """The calls of a node, and what of them Redis does not have yet."""

    def __init__(self, wire: Wire) -> None:
        # Where they go.
        self._wire = wire
        # The calls, by id; those of which something is to be sent, in that order.
        self.calls: dict[str, HeldCall] = {}
        self._waiting: dict[HeldCall, None] = {}
        # Those whose holders have something to write soon.
        self._soon: dict[HeldCall, None] = {}
        # How many lines are on their way, and whether Redis was full the last time.
        self._on_their_way, self._full = 0, False
        # Since the start: lines that Redis took, and calls that others took.
        self.entries, self.fenced = 0, 0

    @property
    def unsent(self) -> int:
        """How many lines Redis does not have."""
        return sum(held.lines.next - held.lines.confirmed for held in self.calls.values())

    @property
    def behind(self) -> bool:
        """Whether something waits that Redis would take."""
        return bool(self._waiting) and not self._full

    def adopt(self, held: HeldCall) -> None:
        """Keep a call from now on; one of the same id was lost to it."""
        former = self.calls.get(held.of.call_id)
        if former is not None:
            self.fence(former)
        self.calls[held.of.call_id] = held

    def push(self, held: HeldCall) -> None:
        """Send what is new of a call, now if possible."""
        if held not in self._waiting and self._wire.up and not self._full and self._on_their_way < ON_THEIR_WAY:
            self._send(held)
        if not held.complete:
            self._waiting[held] = None

    def soon(self, held: HeldCall) -> None:
        """Let the holder of a call write with the next `tick`."""
        self._soon[held] = None

    def write(self) -> None:
        """Let those write who have something to write."""
        soon, self._soon = self._soon, {}
        for held in soon:
            held.write()

    def keep(self, held: HeldCall, place: int, checkpoint: bytes) -> None:
        """Send what the lines of a call before a place come to; unsent or lost, they are all read instead."""
        keys = call_key(held.of.call_id), log_key(held.of.call_id)
        words = held.of.call_id.encode(), held.of.node.encode(), held.of.epoch, place, checkpoint
        self._wire.send(CHECKPOINT.run(keys, *words), lambda _: None)

    def arrived(self, held: HeldCall) -> None:
        """Send that the caller of a call has its token; unsent, the one before stays good, which does no harm."""
        words = held.of.call_id.encode(), held.of.node.encode(), held.of.epoch
        self._wire.send(ARRIVED.run((call_key(held.of.call_id),), *words), lambda _: None)

    def fence(self, held: HeldCall) -> None:
        """Let a call know that another node has it."""
        self._forget(held)
        if held.fence():
            self.fenced += 1

    def missing(self, held: HeldCall) -> None:
        """Send a call from its beginning: Redis does not know it."""
        held.again(0)
        held.settled = held.state is State.HELD
        self.push(held)

    def opened(self) -> None:
        """Send what was on its way when the connection was lost."""
        for held in list(self.calls.values()):
            held.again(held.lines.confirmed)
            if not held.complete:
                self._waiting[held] = None
        self._pump()

    def tick(self) -> None:
        """Send, once a second, what was to be sent soon; try again what Redis was too full for.

        Calls that ended too long ago are left behind.
        """
        self.write()
        if self._full and self._waiting and self._wire.up and not self._on_their_way:
            self._send(next(iter(self._waiting)))
        if not self._wire.up:
            ended = [held for held in self.calls.values() if held.state is State.ENDED]
            for held in ended[:-LEFT_BEHIND]:
                self._forget(held)

    def _pump(self) -> None:
        while self._waiting and self._wire.up and not self._full and self._on_their_way < ON_THEIR_WAY:
            held = next(iter(self._waiting))
            del self._waiting[held]
            self._send(held)
            if not held.complete:
                self._waiting[held] = None

    def _send(self, held: HeldCall) -> None:
        age = int((asyncio.get_running_loop().time() - held.of.began) * 1000)
        if held.lines.sent == held.lines.next and not held.settled:
            self._wire.send(held.settle(age), partial(self._settled, held, held.attempt))
            return
        command, count = held.append(age)
        self._on_their_way += count
        self._wire.send(command, partial(self._appended, held, held.attempt, count, held.lines.sent))

    def _appended(self, held: HeldCall, attempt: int, count: int, place: int, reply: Any) -> None:
        self._on_their_way -= count
        if isinstance(reply, Exception):
            self._failed(held, reply)
        elif reply == FENCED:
            self.fence(held)
        elif attempt == held.attempt:
            self._took()
            self.entries += count
            if reply >= place:
                held.confirm(place)
            else:
                held.again(reply)
                self._waiting[held] = None
        if self._waiting:
            self._pump()

    def _settled(self, held: HeldCall, attempt: int, reply: Any) -> None:
        if isinstance(reply, Exception):
            self._failed(held, reply)
        elif reply == FENCED:
            self.fence(held)
        elif attempt == held.attempt:
            self._took()
            if held.state not in HERE:
                self._forget(held)
        if self._waiting:
            self._pump()

    def _forget(self, held: HeldCall) -> None:
        self._waiting.pop(held, None)
        if self.calls.get(held.of.call_id) is held:
            del self.calls[held.of.call_id]

    def _failed(self, held: HeldCall, error: Exception) -> None:
        if isinstance(error, Unanswered):
            return
        if not is_full(error):
            self._wire.drop(described(error))
            return
        if not self._full:
            self._full = True
            what = "calls go on, but cannot be taken over meanwhile"
            log.warning("cluster full", reason=str(error), effect=what, remedy="Give Redis more memory (maxmemory).")
        held.again(held.lines.confirmed)
        self._waiting[held] = None

    def _took(self) -> None:
        if self._full:
            self._full = False
            log.info("cluster takes journals again")


def is_full(error: Exception) -> bool:
    """Return whether Redis takes nothing more now: it has no memory, or cannot write to its disk."""
    return str(error).startswith(("OOM", "MISCONF"))
