"""One node of a fleet: what it holds, what it tells of itself each second, and what it takes over from others."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, fields
from secrets import token_hex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from orchestrator.errors import OrchestratorError
from orchestrator.fleet.claiming import Claiming
from orchestrator.fleet.client import close
from orchestrator.fleet.held import HERE, HeldCall, Identity
from orchestrator.fleet.journals import Journals
from orchestrator.fleet.lines import Lines
from orchestrator.fleet.port import Address, Claimed, Holder, Load, Lost, Node, Reason
from orchestrator.fleet.scripts import HELD, LEASES, LOCAL, NODES, RENEW, bulk, bus, call_key, node_key, packed
from orchestrator.fleet.sealing import Sealer, SealError
from orchestrator.fleet.tokens import Tokens
from orchestrator.fleet.wire import Unanswered, Unreachable, Wire, described
from orchestrator.outside.cluster import ClusterAddress

if TYPE_CHECKING:
    from redis.asyncio import Redis

TICK = 1.0  # seconds between renewals
TLS_REFUSALS = ("CERTIFICATE_VERIFY_FAILED", "WRONG_VERSION_NUMBER")
PARTING = 2.0  # seconds to send the last of what is to be sent


class RedisFleet:
    """The fleet, as this node sees it."""

    def __init__(self, client: Redis, address: ClusterAddress, secret: str, url: str) -> None:
        # The id of this node, its address for others (without a host: that by which it reaches Redis), and its start.
        self.node, self._url, self._started = token_hex(4), url, time.time()
        # What it tells of itself.
        self._load: Callable[[], Load] = Load
        # How journals are sealed, and tokens signed.
        self._sealer, self._tokens = Sealer(secret), Tokens(secret)
        # Redis, and the connection on which journals are written.
        self._client, self._address = client, address
        self._wire = Wire(client, address, self._opened)
        # The calls that it holds, and those of others.
        self._journals = Journals(self._wire)
        self._claiming = Claiming(self.node, self._sealer, self._wire.answer, self._adopt, self._journals.calls)
        # A renewal was not answered yet.
        self._renewing = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Be part of the fleet while the block lasts.

        Raises `OrchestratorError` if Redis refuses this node; if it cannot be reached, it is tried again.
        """
        error = await self._wire.start()
        if error is not None and _is_refusal(error):
            await close(self._client)
            raise OrchestratorError(
                f"ORCHESTRATOR_CLUSTER: {self._address} cannot be used: {described(error)}. "
                "Check user, password, database and TLS in the address."
            )
        # No TaskGroup: what fails in the block would come out of it in a group, and these do not fail.
        loop, works = asyncio.get_running_loop(), (self._wire.run, self._ticking, self._listening)
        tasks = [loop.create_task(work(), name=f"cluster {work.__name__.strip('_')}") for work in works]
        try:
            yield
        finally:
            with suppress(TimeoutError, Unanswered):
                async with asyncio.timeout(PARTING):
                    await self._leave()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await close(self._client)

    # --- what the gateway asks ---

    def show(self, load: Callable[[], Load]) -> None:
        """Say what is to be told of this node each second."""
        self._load = load

    def begin(self, call_id: str, header: Mapping[str, Any], holder: Holder) -> HeldCall:
        """Hold a new call."""
        held = self._held(call_id, 1, Lines(), began=asyncio.get_running_loop().time(), holder=holder)
        self._journals.adopt(held)
        held.put(json.dumps(header, ensure_ascii=False, separators=(",", ":")))
        return held

    def token(self, call_id: str, epoch: int) -> str:
        """Return the token of an epoch of a call."""
        return self._tokens.make(call_id, epoch)

    async def look(self, call_id: str, epoch: int) -> Reason | None:
        """Return why nobody can claim a call with the token of an epoch; None: somebody can."""
        return await self._claiming.look(call_id, epoch)

    async def claim(self, token: str) -> Claimed | Lost:
        """Take over the call that a token is for."""
        read = self._tokens.read(token)
        if read is None:
            return Lost(Reason.FORGED)
        await self._wire.open()  # a caller who comes back the moment Redis does is not to be refused
        return await self._claiming.claim(*read, again=read[0] not in self._journals.calls)

    async def claim_orphan(self) -> Claimed | None:
        """Take over a call whose node is gone and to which nobody came back in time."""
        return await self._claiming.orphan()

    async def find(self, call_id: str) -> Address | None:
        """Return the living node that holds a call, if there is one and it is not this one."""
        try:
            node, state = await self._wire.answer(packed(b"HMGET", call_key(call_id), b"node", b"state"))
            if state not in (HELD, LOCAL) or node.decode() == self.node:
                return None
            url = await self._wire.answer(packed(b"HGET", node_key(node.decode()), b"url"))
        except Unreachable:
            return None
        return self._address_of(node.decode(), url)

    async def nodes(self) -> list[Node]:
        """Return the living nodes, oldest first; empty when Redis cannot be reached."""
        try:
            names = await self._wire.answer(packed(b"ZRANGE", NODES, b"0", b"-1"))
            asked = [
                self._wire.answer(packed(b"HMGET", node_key(name.decode()), b"url", b"started", b"load"))
                for name in names
            ]
            answers = await asyncio.gather(*asked)
        except Unreachable:
            return []
        found = [
            Node(address, float(started), _load(load))
            for name, (url, started, load) in zip(names, answers, strict=True)
            if (address := self._address_of(name.decode(), url)) is not None
        ]
        return sorted(found, key=lambda node: node.started)

    def now(self) -> float:
        """Return the time on which the nodes agree, in unix seconds: that of Redis, whatever a clock here does."""
        return asyncio.get_running_loop().time() + self._wire.ahead

    def figures(self) -> Mapping[str, float]:
        """Return the figures of this node, by the names of metrics."""
        return {
            "cluster_up": float(self._wire.up),
            "journal_entries_total": self._journals.entries,
            "journal_unsent": self._journals.unsent,
            "calls_fenced_total": self._journals.fenced,
            "calls_taken_over_total": self._claiming.claimed,
        }

    def _address_of(self, node: str, url: bytes | None) -> Address | None:
        """Return where a node is; None if it is gone, or does not know the secret: keys are sent there."""
        try:
            return Address(node, self._sealer.seal(_sealed_as(node)).open(0, url)) if url is not None else None
        except SealError:
            return None

    # --- what it does by itself ---

    def _held(self, call_id: str, epoch: int, lines: Lines, began: float, holder: Holder | None = None) -> HeldCall:
        of = Identity(call_id, self.node, epoch, self._tokens.make(call_id, epoch), began)
        return HeldCall(of, self._sealer.seal(call_id), self._journals, lines, holder)

    def _adopt(self, call_id: str, epoch: int, sealed: list[bytes], age: float) -> HeldCall:
        """Hold a call that was claimed."""
        began = asyncio.get_running_loop().time() - age
        held = self._held(call_id, epoch, Lines(sealed), began)
        self._journals.adopt(held)
        return held

    def _opened(self) -> None:
        self._renewing = False
        self._renew()
        self._journals.opened()

    async def _ticking(self) -> None:
        while True:
            self._wire.check()
            with self._wire.together():
                self._journals.tick()
                self._renew()
            await asyncio.sleep(TICK)

    def _renew(self) -> None:
        """Renew the leases of all calls by one command."""
        if self._renewing:
            return
        held = [one.renewal for one in self._journals.calls.values() if one.state in HERE]
        load = json.dumps(asdict(self._load())).encode()
        keys = [*map(bulk, (node_key(self.node), NODES, LEASES)), *(key for key, _ in held)]
        url = self._sealer.seal(_sealed_as(self.node)).close(0, self._reached)
        told = self.node.encode(), url, b"%f" % self._started, load
        words = [*map(bulk, (*RENEW.begin, b"%d" % len(keys))), *keys, *map(bulk, told), *(lease for _, lease in held)]
        count = 3 + len(keys) + len(told) + 2 * len(held)
        self._renewing = self._wire.send(b"*%d\r\n%b" % (count, b"".join(words)), self._renewed)

    def _renewed(self, reply: Any) -> None:
        self._renewing = False
        if isinstance(reply, Exception):
            if not isinstance(reply, Unanswered):
                self._wire.drop(str(reply))
            return
        *found, now = reply
        self._wire.ahead = now / 1000 - asyncio.get_running_loop().time()
        for ids, learn in zip(found, (self._journals.fence, self._journals.missing), strict=True):
            for call_id in ids:
                held = self._journals.calls.get(call_id.decode())
                if held is not None and held.state in HERE:
                    learn(held)

    @property
    def _reached(self) -> str:
        """The address by which others reach this node."""
        parts = urlsplit(self._url)
        if parts.hostname:
            return self._url
        host = self._wire.own_host
        return parts._replace(netloc=f"{f'[{host}]' if ':' in host else host}{parts.netloc}").geturl()

    async def _listening(self) -> None:
        """Learn at once which calls others have claimed."""
        from redis.exceptions import RedisError

        while True:
            with suppress(RedisError, OSError):
                async with self._client.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(bus(self.node))
                    async for message in channel.listen():
                        self._heard(message["data"].decode())
            await asyncio.sleep(TICK)

    def _heard(self, message: str) -> None:
        epoch, _, call_id = message.partition(" ")
        held = self._journals.calls.get(call_id)
        if held is not None and held.epoch < int(epoch):
            self._journals.fence(held)

    async def _leave(self) -> None:
        """Send what is to be sent, and be no node any more."""
        self._journals.write()
        while self._journals.behind:
            await self._wire.ask(packed(b"PING"))
        if self._wire.up:
            await self._wire.ask(packed(b"DEL", node_key(self.node)))
            await self._wire.ask(packed(b"ZREM", NODES, self.node.encode()))


def _sealed_as(node: str) -> str:
    """Return the id with which the address of a node is sealed: that of no call."""
    return f"node:{node}"


def _load(told: bytes) -> Load:
    """Read what a node tells of itself, which may be of another version of the package."""
    given = json.loads(told)
    return Load(**{one.name: given[one.name] for one in fields(Load) if one.name in given})


def _is_refusal(error: Exception) -> bool:
    """Return whether to try again would not help."""
    from redis.exceptions import AuthenticationError, AuthorizationError, ResponseError

    refused = isinstance(error, AuthenticationError | AuthorizationError | ResponseError)
    return refused or any(sign in str(error) for sign in TLS_REFUSALS)
