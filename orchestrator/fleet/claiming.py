"""Taking over calls: of a caller who comes back, and those to which nobody came back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Container
from typing import Any

from orchestrator.fleet.held import HeldCall
from orchestrator.fleet.port import WINDOW, Claimed, Lost, Reason
from orchestrator.fleet.scripts import (
    CLAIM,
    ENDED,
    LEASE,
    LEASES,
    LOCAL,
    ORPHANS,
    OVER,
    SETTLE,
    call_key,
    log_key,
    node_key,
    packed,
)
from orchestrator.fleet.sealing import Seal, Sealed, Sealer, SealError
from orchestrator.fleet.wire import Unreachable

REASONS = {
    b"unknown": Reason.UNKNOWN,
    b"ended": Reason.ENDED,
    b"stranded": Reason.STRANDED,
    b"used": Reason.USED,
    b"expired": Reason.EXPIRED,
}
Ask = Callable[[bytes], Awaitable[Any]]
Adopt = Callable[[str, int, list[bytes], float], HeldCall]  # call, epoch, sealed lines, age


class Claiming:
    """What a node takes over."""

    def __init__(self, node: str, sealer: Sealer, ask: Ask, adopt: Adopt, held: Container[str]) -> None:
        # Who claims, what opens journals, how Redis is asked, and how a call is held then.
        self._node, self._sealer, self._ask, self._adopt = node, sealer, ask, adopt
        # The calls that this node holds.
        self._held = held
        # Calls that nobody holds, and since when that is seen here.
        self._silent: dict[bytes, float] = {}
        # How many calls were claimed since the start.
        self.claimed = 0

    async def claim(self, call_id: str, epoch: int, *, window: float | None = WINDOW, again: bool) -> Claimed | Lost:
        """Claim a call; `again`: this node has no part of it, so that an earlier claim of its own does not count."""
        keys = call_key(call_id), log_key(call_id), LEASES
        most = -1 if window is None else int(window * 1000)
        try:
            reply = await self._ask(
                CLAIM.run(keys, call_id.encode(), self._node.encode(), epoch, most, b"1" if again else b"0")
            )
        except Unreachable:
            return Lost(Reason.UNREACHABLE)
        if reply[0] in REASONS:
            return Lost(REASONS[reply[0]])
        _, epoch, node, silent, age, place, checkpoint, sealed = reply
        held = self._adopt(call_id, epoch, sealed, age / 1000)
        seal = self._sealer.seal(call_id)
        lines = Sealed(seal, 0, sealed)
        try:
            header = json.loads(lines[0])
        except (ValueError, IndexError):  # not ours, or nothing
            held.end()
            return Lost(Reason.STRANDED)
        self.claimed += 1
        known = held, call_id, header, lines[1:], _opened(seal, place, checkpoint)
        return Claimed(*known, node.decode(), silent / 1000, age / 1000)

    async def look(self, call_id: str, epoch: int) -> Reason | None:
        """Return why a call could not be claimed now, with the token of an epoch; None if it could."""
        try:
            known = await self._ask(packed(b"HMGET", call_key(call_id), b"epoch", b"state", b"arrived"))
        except Unreachable:
            return Reason.UNREACHABLE
        theirs, state, arrived = known
        if theirs is None:
            return Reason.UNKNOWN
        if state in (OVER, ENDED, LOCAL):
            return Reason.STRANDED if state == LOCAL else Reason.ENDED
        return None if epoch >= int(arrived or 1) else Reason.USED

    async def orphan(self, window: float = WINDOW) -> Claimed | None:
        """Claim a call that nobody holds any more.

        It must have been so for a lease's time before our eyes: a Redis that was away, or whose clock has jumped,
        believes all leases to be over until they are renewed.
        """
        try:
            found = await self._ask(ORPHANS.run((LEASES,), int(window * 1000)))
            now = asyncio.get_running_loop().time()
            self._silent = {call_id: self._silent.get(call_id, now) for call_id in found}
            for call_id, since in self._silent.items():
                if now - since > LEASE and (claimed := await self._claimed_orphan(call_id.decode())) is not None:
                    return claimed
        except Unreachable:
            pass
        return None

    async def _claimed_orphan(self, call_id: str) -> Claimed | None:
        node, epoch = await self._ask(packed(b"HMGET", call_key(call_id), b"node", b"epoch"))
        if node is None:
            await self._ask(packed(b"ZREM", LEASES, call_id.encode()))
            return None
        held = await self._ask(packed(b"HGET", call_key(call_id), b"state")) != b"released"
        if held and await self._lives(call_id, node.decode()):
            return None  # a full Redis does not renew leases
        claimed = await self.claim(call_id, int(epoch), window=None, again=False)
        if isinstance(claimed, Claimed):
            return claimed
        if claimed.reason is Reason.STRANDED:
            keys = call_key(call_id), log_key(call_id), LEASES
            await self._ask(SETTLE.run(keys, call_id.encode(), node, int(epoch), 0, ENDED))
        return None

    async def _lives(self, call_id: str, node: str) -> bool:
        """Return whether a node holds a call; this one does not if the answer to its claim was lost."""
        if node == self._node:
            return call_id in self._held
        return bool(await self._ask(packed(b"EXISTS", node_key(node))))


def _opened(seal: Seal, place: int, sealed: bytes) -> tuple[int, bytes] | None:
    """Decrypt a checkpoint, if there is one and it is ours; the header is none of the lines that it stands for."""
    try:
        return (place - 1, seal.open_checkpoint(place, sealed)) if place else None
    except SealError:
        return None
