"""The connection of a node to Redis: commands are written at once, and answered in order.

`send` hands its bytes to the kernel before it returns, unless Redis does not read fast enough; what the process has
said is then in Redis even if it is killed the moment after. A connection that is lost, or silent for too long, is made
again, after pauses that grow. Its users learn of it when theirs was not answered, and when there is a new one.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog

from orchestrator.fleet.client import CONNECT
from orchestrator.fleet.scripts import SCRIPTS
from orchestrator.outside.cluster import ClusterAddress

if TYPE_CHECKING:
    from hiredis import Reader
    from redis.asyncio import Redis
    from redis.asyncio.connection import AbstractConnection

PATIENCE = 3.0  # seconds for an answer that somebody waits for
SILENCE = 5.0  # seconds without an answer after which a connection is given up
PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between attempts to connect
READ_BYTES = 65_536  # of answers, at once
MORE = object()  # has to come before an answer is whole
Answered = Callable[[Any], None]  # takes an answer, or the error that came in its place
log = structlog.get_logger("orchestrator")


class Unanswered(Exception):
    """The connection was lost before an answer came; what was asked for may have been done."""


class Unreachable(Exception):
    """Redis did not answer in time, or not as it should."""


class Wire:
    """One connection to Redis, made again whenever it is lost."""

    def __init__(self, client: Redis, address: ClusterAddress, opened: Callable[[], None]) -> None:
        # What makes connections, and how messages call where they go.
        self._client, self._where = client, str(address)
        # Told of each new connection, when commands can be sent.
        self._opened = opened
        # The connection, and what writes to it; None while there is none.
        self._connection: AbstractConnection | None = None
        self._transport: asyncio.WriteTransport | None = None
        # How far Redis's clock is ahead of the event loop's; that of this machine, until it was asked.
        self.ahead = time.time() - time.monotonic()
        # Set while there is one.
        self._is_open = asyncio.Event()
        # Who waits for answers, in order; and when the last answer came, or the first of them began to wait.
        self._waiting: deque[Answered] = deque()
        self._since = 0.0
        # Commands that are to be written together; None: each is written at once.
        self._together: list[bytes] | None = None
        # Why there is no connection, and whether that was told; None: nothing was told yet.
        self._reason = ""
        self._told: bool | None = None

    @property
    def up(self) -> bool:
        """Whether commands can be sent."""
        return self._transport is not None

    @property
    def own_host(self) -> str:
        """The address by which this machine reaches Redis; "" while it does not."""
        name = self._transport.get_extra_info("sockname") if self._transport is not None else None
        return str(name[0]) if isinstance(name, tuple) else ""

    def send(self, command: bytes, answered: Answered) -> bool:
        """Write a command; False, and nothing is done, when there is no connection."""
        if self._transport is None:
            return False
        if not self._waiting:
            self._since = asyncio.get_running_loop().time()
        self._waiting.append(answered)
        if self._together is None:
            self._transport.write(command)
        else:
            self._together.append(command)
        return True

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write the commands of the block with one call when it ends: that costs more than most of a line."""
        self._together = []
        try:
            yield
        finally:
            commands, self._together = self._together, None
            if self._transport is not None and commands:
                self._transport.write(b"".join(commands))

    async def ask(self, command: bytes) -> Any:
        """Send a command and wait for its answer; raises `Unanswered`, or what Redis says is wrong."""
        future = asyncio.get_running_loop().create_future()

        def answered(reply: Any) -> None:
            if future.done():
                return
            if isinstance(reply, Exception):
                future.set_exception(reply)
            else:
                future.set_result(reply)

        if not self.send(command, answered):
            raise Unanswered
        return await future

    async def answer(self, command: bytes) -> Any:
        """Send a command and wait for its answer; raises `Unreachable`, whatever is wrong."""
        from redis.exceptions import RedisError

        try:
            async with asyncio.timeout(PATIENCE):
                return await self.ask(command)
        except (Unanswered, TimeoutError, RedisError):
            raise Unreachable from None

    async def open(self) -> None:
        """Wait for a connection that is being made, but not for long."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._is_open.wait(), PATIENCE)

    def drop(self, reason: str) -> None:
        """Give the connection up."""
        if self._transport is not None:
            self._reason = reason
            self._transport.abort()
            self._transport = None
            self._is_open.clear()

    def check(self) -> None:
        """Give up a connection that is silent for too long."""
        if self._waiting and asyncio.get_running_loop().time() - self._since > SILENCE:
            self.drop(f"no answer for {SILENCE:g} s")

    async def start(self) -> Exception | None:
        """Try to connect for the first time; return why that failed."""
        try:
            await self._connect()
        except Exception as error:
            self._reason = described(error)
            await self._close()
            return error
        return None

    async def run(self) -> None:
        """Keep the connection for as long as this is not cancelled."""
        try:
            loop, pause = asyncio.get_running_loop(), PAUSE
            while True:
                began = loop.time()
                if await self._attempt():
                    await self._read()
                await self._close()
                self._tell()
                lasted = loop.time() - began > 2 * LONGEST_PAUSE + CONNECT
                pause = PAUSE if lasted else min(2 * pause, LONGEST_PAUSE)
                await asyncio.sleep(pause * random.uniform(0.5, 1.0))
        finally:
            await self._close()

    async def _attempt(self) -> bool:
        if self._transport is not None:
            return True
        return await self.start() is None

    async def _connect(self) -> None:
        async with asyncio.timeout(2 * CONNECT):
            self._connection = connection = self._client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
            await connection.connect()
            for script in SCRIPTS:
                await connection.send_command("SCRIPT", "LOAD", script.text)
                await connection.read_response()
        assert connection._writer is not None
        self._transport = connection._writer.transport
        self._is_open.set()
        if self._told is not False:
            self._told = False
            log.info("cluster connected", redis=self._where)
        self._opened()

    async def _read(self) -> None:
        """Hand on answers until the connection is lost.

        All that have come are read at once. redis-py reads them one by one, which takes longer than to write a line.
        """
        from hiredis import Reader
        from redis.exceptions import ResponseError

        assert self._connection is not None
        assert self._connection._reader is not None
        stream, answers = self._connection._reader, Reader(replyError=ResponseError, notEnoughData=MORE)
        while self._transport is not None:
            try:
                read = await stream.read(READ_BYTES)
            except OSError as error:
                self.drop(described(error))
                return
            if not read:
                self.drop("Redis has closed the connection")
                return
            self._since = asyncio.get_running_loop().time()
            answers.feed(read)
            self._hand_on(answers)

    def _hand_on(self, answers: Reader) -> None:
        """Hand on the answers that are whole."""
        from hiredis import ProtocolError, PushNotification

        try:
            while self._transport is not None and (reply := answers.gets()) is not MORE:
                if not isinstance(reply, PushNotification):  # which nobody has asked for
                    self._waiting.popleft()(reply)
        except ProtocolError as error:
            self.drop(described(error))
        except Exception:  # a mistake of ours: without this connection no call could be taken over
            log.exception("answer of the cluster not handled", redis=self._where)
            self.drop("an answer could not be handled")

    async def _close(self) -> None:
        self._transport = None
        self._is_open.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            if connection._writer is not None:
                connection._writer.transport.abort()  # what a paused Redis did not read would keep it open
            await connection.disconnect(nowait=True)
        waiting, self._waiting = self._waiting, deque()
        for answered in waiting:
            answered(Unanswered())

    def _tell(self) -> None:
        """Say once that Redis is away."""
        if self._told is not True:
            self._told = True
            what = "calls go on, but cannot be taken over meanwhile"
            log.warning("cluster out of reach", redis=self._where, reason=self._reason, effect=what)


def described(error: Exception) -> str:
    """Return what went wrong, on one line; messages of Redis and its client show no password."""
    text = " ".join(str(error).split()) or type(error).__name__
    return "no answer" if isinstance(error, TimeoutError) else text
