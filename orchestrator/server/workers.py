"""Several processes: one worker for each core, and a supervisor that hands them connections.

The supervisor accepts a connection, peeks at the first line of the request, and passes the socket itself to a worker;
no byte of a call goes through it. A request about an open call (`?call_id=`, `/calls/{call_id}/…`) goes to the worker
that holds the call, which the call's id names; all others are distributed in turn. A worker that dies is restarted:
its own calls are lost, those of other workers go on.

Limits: 10 s for the first line; 1,000 connections that have not sent it, then the oldest is cut; a connection that no
worker accepts is answered with 503.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import secrets
import select
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import structlog

from orchestrator.errors import OrchestratorError
from orchestrator.gateway.client_secrets import SEED
from orchestrator.log import set_up_log
from orchestrator.protocol.ids import ALPHABET
from orchestrator.server import garbage_collection
from orchestrator.server.serve import Deployment, Server, build, listen, load_models, new_loop, welcome
from orchestrator.settings import Settings, hidden, read_settings

FIRST_LINE_SECONDS = 10.0  # for a client to send the first line
FIRST_LINE = 8192  # bytes
WAITING = 1000  # connections
PAUSE = 1.0  # seconds before another attempt, after a failed accept or a failed start
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
NAMED = re.compile(rb"(?:[?&]call_id=|/calls/)(?:sess|rtc)_(\w)")
READY = b"ready"
log = structlog.get_logger("orchestrator")


def worker_of(request: bytes, count: int) -> int | None:
    """Return the worker that holds the call named in the first line of a request."""
    found = NAMED.search(request.partition(b"\r\n")[0])
    at = ALPHABET.find(found[1].decode(errors="replace")) if found else -1
    return at if 0 <= at < count else None


class Supervisor:
    """Keeps the workers running, and hands them connections."""

    def __init__(self, path: str | Path, settings: Settings) -> None:
        # What is served, and how.
        self._path, self._settings = path, settings
        # The seed of client secrets, the same in all workers.
        self._seed = secrets.token_hex(32)
        # Worker → the socket to it, while it accepts connections.
        self._channels: dict[int, socket.socket] = {}
        # The worker whose turn it is.
        self._turn = 0
        # Connections that are being handed over, the oldest first.
        self._waiting: dict[asyncio.Task[None], None] = {}
        # Set when the server is to stop; whether that is because a worker failed to start.
        self._stopping, self._failed = asyncio.Event(), False

    async def serve(self, tell: Callable[[str], None]) -> None:
        """Serve until told to stop; raises `OrchestratorError` if a worker fails to start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopping.set)
        with listen(self._settings) as listener:
            deployment = build(self._path, self._settings)
            async with asyncio.TaskGroup() as group:
                ready = [asyncio.Event() for _ in range(self._settings.workers)]
                for index, up in enumerate(ready):
                    group.create_task(self._keep(index, up), name=f"worker:{index}")
                for up in ready:
                    await up.wait()
                if not self._stopping.is_set():
                    for line in welcome(deployment, self._settings, listener.getsockname()[1]):
                        tell(line)
                accepting = group.create_task(self._accept(listener, group), name="accept")
                await self._stopping.wait()
                for task in (accepting, *self._waiting):
                    task.cancel()
        if self._failed:
            raise OrchestratorError("A worker failed to start. See its output above.")

    async def _keep(self, index: int, up: asyncio.Event) -> None:
        """Keep one worker running; restart it when it exits by itself."""
        while not self._stopping.is_set():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, theirs:
                ours.setblocking(False)
                process = await self._start(index, theirs)
                theirs.close()
                started = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(ours, len(READY)))
                ended = asyncio.ensure_future(process.wait())
                stopping = asyncio.ensure_future(self._stopping.wait())
                await asyncio.wait({stopping, started}, return_when=asyncio.FIRST_COMPLETED)
                ready = started.done() and started.result() == READY
                if ready:
                    self._channels[index] = ours
                    up.set()
                await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
                for waiting in (started, stopping):
                    waiting.cancel()
                self._channels.pop(index, None)
                if not ended.done():
                    process.send_signal(signal.SIGTERM)
                await ended
            if not up.is_set() and not self._stopping.is_set():
                self._failed = True
                self._stopping.set()
            if not self._stopping.is_set():
                log.error("worker exited, restarting", worker=index, code=process.returncode)
                await asyncio.sleep(0 if ready else PAUSE)  # do not retry in a tight loop if it cannot start
        up.set()  # it will not start any more: let nobody wait for it

    async def _start(self, index: int, channel: socket.socket) -> asyncio.subprocess.Process:
        settings = self._settings
        given = {"HOST": settings.host, "MODEL": settings.model or ""}
        given["MAX_CALLS"] = str(math.ceil(settings.max_calls / settings.workers))
        environ = {**os.environ, SEED: self._seed, **{f"ORCHESTRATOR_{name}": value for name, value in given.items()}}
        command = (sys.executable, "-m", __name__, str(self._path), str(index), str(channel.fileno()))
        return await asyncio.create_subprocess_exec(*command, env=environ, pass_fds=(channel.fileno(),))

    async def _accept(self, listener: socket.socket, group: asyncio.TaskGroup) -> None:
        listener.setblocking(False)
        while True:
            try:
                caller, _ = await asyncio.get_running_loop().sock_accept(listener)
            except OSError as error:
                log.warning("connection not accepted", reason=str(error))
                await asyncio.sleep(PAUSE)
                continue
            task = group.create_task(self._hand_over(caller), name="connection")
            self._waiting[task] = None
            task.add_done_callback(self._waiting.pop)
            if len(self._waiting) > WAITING:
                next(iter(self._waiting)).cancel()

    async def _hand_over(self, caller: socket.socket) -> None:
        with caller:
            caller.setblocking(False)
            try:
                request = await asyncio.wait_for(_first_line(caller), FIRST_LINE_SECONDS)
            except (TimeoutError, OSError):
                return
            named = worker_of(request, self._settings.workers)
            for at in self._turns() if named is None else [named]:
                with suppress(OSError, KeyError):  # a worker that has exited, or does not keep up
                    socket.send_fds(self._channels[at], [b"c"], [caller.fileno()])
                    return
            with suppress(OSError):
                log.warning("connection refused", reason="no worker available", peer=caller.getpeername()[0])
                caller.recv(FIRST_LINE)  # closing a socket with unread data would discard the answer
                caller.send(BUSY)

    def _turns(self) -> list[int]:
        """Return all workers, beginning with the one whose turn it is."""
        self._turn = (self._turn + 1) % self._settings.workers
        return [*range(self._turn, self._settings.workers), *range(self._turn)]


async def _first_line(caller: socket.socket) -> bytes:
    """Peek at the first line of a request, or at what there is of it when the peer closes."""
    loop, seen, more, readable = asyncio.get_running_loop(), b"", asyncio.Event(), select.poll()
    readable.register(caller, select.POLLIN)
    loop.add_reader(caller, more.set)
    try:
        while b"\n" not in seen and len(seen) < FIRST_LINE:
            # The bytes stay unread, so wake up only for more of them.
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(seen) + 1)
            more.clear()
            await more.wait()
            if not readable.poll(0):
                continue  # woken once more by bytes that were seen: the loop had looked before they were
            before, seen = seen, caller.recv(FIRST_LINE, socket.MSG_PEEK)
            if seen == before:
                break
    finally:
        loop.remove_reader(caller)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
    return seen


class Worker(Server):
    """A server that gets its connections from the supervisor."""

    def __init__(self, deployment: Deployment, settings: Settings, channel: socket.socket) -> None:
        super().__init__(deployment.app, settings)
        # Where connections come from; it closes when the supervisor exits.
        self._channel = channel
        # Connections that are being set up.
        self._arriving: set[asyncio.Task[object]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections from the supervisor instead of a listening socket."""
        await super().startup(sockets=[])
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._take)
        self._channel.send(READY)

    def _take(self) -> None:
        try:
            received, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
        except OSError:
            received, descriptors = b"", []
        loop = asyncio.get_running_loop()
        if not received:
            loop.remove_reader(self._channel)
            self.should_exit = True
            return
        for descriptor in descriptors:
            caller = socket.socket(fileno=descriptor)
            caller.setblocking(False)
            task = loop.create_task(loop.connect_accepted_socket(self._protocol, caller), name="arriving")
            self._arriving.add(task)
            task.add_done_callback(self._arriving.discard)

    def _protocol(self) -> asyncio.Protocol:
        made: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, then end the calls in order."""
        asyncio.get_running_loop().remove_reader(self._channel)
        await super().shutdown([])


async def work(path: str, index: int, channel: socket.socket, settings: Settings) -> None:
    """Run one worker until told to stop."""
    with garbage_collection.loading():
        deployment = build(path, settings)
        await load_models(deployment)
    deployment.app.state.calls.worker = ALPHABET[index]
    await Worker(deployment, settings, channel).serve([])


def main() -> None:
    """Run as a worker; the arguments are the team file, the index and the descriptor of the channel."""
    path, index, descriptor = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too, but the supervisor handles it
    settings = read_settings()
    set_up_log(level=settings.log_level, secrets=hidden(settings), transcripts=settings.log_transcripts)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work(path, int(index), socket.socket(fileno=int(descriptor)), settings))


if __name__ == "__main__":
    main()
