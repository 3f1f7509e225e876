"""A fleet without Redis: nodes of one process that share a dictionary. What they promise is that of the port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from orchestrator.fleet.port import WINDOW, Address, Claimed, Held, Holder, Load, Lost, Node, Reason
from orchestrator.gateway.resuming.cluster import Member


@dataclass
class Stored:
    """A call as all nodes see it."""

    header: Mapping[str, Any]
    began: float
    node: str
    lines: list[str] = field(default_factory=list)
    epoch: int = 1
    checkpoint: tuple[int, bytes] | None = None
    state: str = "held"  # held | released | ended
    stranded: bool = False
    last: float = field(default_factory=time.monotonic)


class Store:
    """What the nodes share."""

    def __init__(self) -> None:
        self.calls: dict[str, Stored] = {}
        self.fleets: dict[str, MemoryFleet] = {}
        self.away = False  # as when Redis is gone
        self.window = WINDOW

    def node(self, name: str) -> MemoryFleet:
        """Return a new node."""
        self.fleets[name] = MemoryFleet(self, name)
        return self.fleets[name]


class MemoryHeld:
    """A call that a node holds."""

    def __init__(self, fleet: MemoryFleet, call_id: str, stored: Stored, holder: Holder | None = None) -> None:
        self._fleet, self._call_id, self._stored, self.epoch = fleet, call_id, stored, stored.epoch
        self._holder, self._fenced, self._over = holder, False, False

    @property
    def token(self) -> str:
        return f"{self._call_id}.{self.epoch}"

    @property
    def index(self) -> int:
        return len(self._stored.lines)

    @property
    def resumable(self) -> bool:
        return not (self._stored.stranded or self._over or self._fenced)

    @property
    def _mine(self) -> bool:
        return not (self._over or self._fenced or self._fleet.dead)

    def watch(self, holder: Holder) -> None:
        self._holder = holder
        if self._fenced:
            holder.fenced()

    def put(self, line: str) -> None:
        if self._mine and not self._stored.stranded:
            self._stored.lines.append(line)
            self._stored.last = time.monotonic()

    def soon(self) -> None:
        if self._mine and self._holder is not None:
            asyncio.get_running_loop().call_soon(self._holder.write)

    def keep(self, checkpoint: bytes) -> None:
        if self._mine and not self._stored.stranded:
            self._stored.checkpoint = len(self._stored.lines), checkpoint

    def arrived(self) -> None:
        pass

    async def confirmed(self, seconds: float = 1.0) -> bool:
        return not self._fenced

    def release(self) -> None:
        if self._mine:
            self._stored.state, self._over = "released", True

    def strand(self) -> None:
        if self._mine:
            self._stored.stranded = True

    def over(self) -> None:
        if self._mine and not self._stored.stranded:
            self._stored.state = "over"

    def end(self) -> None:
        if self._mine:
            self._stored.state, self._over = "ended", True

    def fence(self) -> None:
        """Let another node have the call."""
        if self._mine:
            self._fenced = True
            if self._holder is not None:
                self._holder.fenced()


class MemoryFleet:
    """The nodes as one of them sees them."""

    def __init__(self, store: Store, name: str) -> None:
        self._store, self.node, self.dead = store, name, False
        self.address = Address(name, f"http://{name}")
        self._load: Callable[[], Load] = Load
        self._held: dict[str, MemoryHeld] = {}

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        yield
        self.dead = True

    def kill(self) -> None:
        """Be gone, as a process that is killed."""
        self.dead = True

    def now(self) -> float:
        return time.monotonic()

    def show(self, load: Callable[[], Load]) -> None:
        self._load = load

    def begin(self, call_id: str, header: Mapping[str, Any], holder: Holder) -> Held:
        stored = self._store.calls[call_id] = Stored(header, time.monotonic(), self.node)
        return self._hold(call_id, stored, holder)

    def _hold(self, call_id: str, stored: Stored, holder: Holder | None) -> MemoryHeld:
        self._held[call_id] = MemoryHeld(self, call_id, stored, holder)
        return self._held[call_id]

    def token(self, call_id: str, epoch: int) -> str:
        return f"{call_id}.{epoch}"

    async def look(self, call_id: str, epoch: int) -> Reason | None:
        return self._lost(call_id, epoch)

    def _lost(self, call_id: str, epoch: int) -> Reason | None:
        if self._store.away:
            return Reason.UNREACHABLE
        stored = self._store.calls.get(call_id)
        if stored is None:
            return Reason.UNKNOWN
        if stored.state in ("over", "ended"):
            return Reason.ENDED
        if stored.epoch > epoch:
            return Reason.USED
        return Reason.STRANDED if stored.stranded else None

    async def claim(self, token: str) -> Claimed | Lost:
        call_id, _, epoch = token.rpartition(".")
        if not epoch.isdigit():
            return Lost(Reason.FORGED)
        lost = self._lost(call_id, int(epoch))
        return self._take(call_id, self._store.calls[call_id]) if lost is None else Lost(lost)

    def _take(self, call_id: str, stored: Stored) -> Claimed:
        now = time.monotonic()
        other = self._store.fleets[stored.node]
        before, silent = stored.node, now - stored.last
        if (held := other._held.get(call_id)) is not None:
            held.fence()
        stored.epoch, stored.node, stored.state = stored.epoch + 1, self.node, "held"
        held = self._hold(call_id, stored, None)
        known = held, call_id, stored.header, list(stored.lines), stored.checkpoint
        return Claimed(*known, before, silent, now - stored.began)

    async def claim_orphan(self) -> Claimed | None:
        for call_id, stored in self._store.calls.items() if not self.dead else ():
            dead = self._store.fleets[stored.node].dead
            gone = stored.state == "released" or (stored.state in ("held", "over") and dead)
            if gone and not stored.stranded and time.monotonic() - stored.last >= self._store.window:
                return self._take(call_id, stored)
        return None

    async def find(self, call_id: str) -> Address | None:
        stored = self._store.calls.get(call_id)
        if stored is None or stored.state != "held" or stored.node == self.node:
            return None
        there = self._store.fleets[stored.node]
        return None if there.dead else there.address

    async def nodes(self) -> list[Node]:
        if self._store.away:
            return []
        living = [fleet for fleet in self._store.fleets.values() if not fleet.dead]
        return [Node(one.address, 0.0, one._load()) for one in living]


def conforming(fleet: MemoryFleet) -> Member:
    """Return a fleet as the port has it: the type checker compares the two."""
    return fleet
