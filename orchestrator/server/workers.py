"""More than one core: a process for each, and one in front that hands connections over and sees no byte of a call.

The process in front accepts, looks at the first line of the request without taking it, and passes the socket itself to
a worker. A request about an open call (`?call_id=`, `/calls/{call_id}/…`) goes to the worker that has it, which the
call's id says; all others take turns. So a call stays where it began, and after the first line nothing stands between
the caller and its worker. A worker that dies is started again; its calls are lost with it, the others do not notice.

Limits: 10 s for the first line; 1,000 connections that have not said it, then the oldest is cut; a connection that no
worker takes is answered with 503.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import secrets
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
from orchestrator.server import garbage
from orchestrator.server.serve import Deployment, Server, build, listen, load_models, new_loop, welcome
from orchestrator.settings import Settings, hidden, read_settings

FIRST_LINE_SECONDS = 10.0  # for a client to say what it wants
FIRST_LINE = 8192  # bytes
WAITING = 1000  # connections
PAUSE = 1.0  # seconds until another connection is accepted when there was no descriptor for one
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
NAMED = re.compile(rb"(?:[?&]call_id=|/calls/)(?:sess|rtc)_(\w)")
READY = b"ready"
log = structlog.get_logger("orchestrator")


def worker_of(request: bytes, count: int) -> int | None:
    """Return the worker that has the call which the first line of a request names."""
    found = NAMED.search(request.partition(b"\r\n")[0])
    at = ALPHABET.find(found[1].decode(errors="replace")) if found else -1
    return at if 0 <= at < count else None


class Supervisor:
    """The process in front: its workers, and who is next."""

    def __init__(self, path: str | Path, settings: Settings) -> None:
        # What is served, and how.
        self._path, self._settings = path, settings
        # Signs client secrets alike in all workers.
        self._seed = secrets.token_hex(32)
        # Worker → the socket to it, while it takes connections.
        self._channels: dict[int, socket.socket] = {}
        # Whose turn it is.
        self._turn = 0
        # Connections that are being handed over, the oldest first.
        self._waiting: dict[asyncio.Task[None], None] = {}
        # The server is to stop, and whether because a worker could not start.
        self._stopping, self._failed = asyncio.Event(), False

    async def serve(self, tell: Callable[[str], None]) -> None:
        """Serve until told to stop; raises `OrchestratorError` when a worker cannot start."""
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
            raise OrchestratorError("A worker could not start; what it said before tells why.")

    async def _keep(self, index: int, up: asyncio.Event) -> None:
        """Run one worker; start it again when it ends by itself."""
        while not self._stopping.is_set():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, theirs:
                ours.setblocking(False)
                process = await self._start(index, theirs)
                theirs.close()
                said = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(ours, len(READY)))
                ended = asyncio.ensure_future(process.wait())
                stopping = asyncio.ensure_future(self._stopping.wait())
                await asyncio.wait({stopping, said}, return_when=asyncio.FIRST_COMPLETED)
                ready = said.done() and said.result() == READY
                if ready:
                    self._channels[index] = ours
                    up.set()
                await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
                for waiting in (said, stopping):
                    waiting.cancel()
                self._channels.pop(index, None)
                if not ended.done():
                    process.send_signal(signal.SIGTERM)
                await ended
            if not up.is_set() and not self._stopping.is_set():
                self._failed = True
                self._stopping.set()
            if not self._stopping.is_set():
                log.error("worker ended", worker=index, code=process.returncode)
                await asyncio.sleep(0 if ready else PAUSE)  # one that cannot start now is tried again, not all the time
        up.set()  # nobody waits for one that will not come

    async def _start(self, index: int, channel: socket.socket) -> asyncio.subprocess.Process:
        settings = self._settings
        said = {"HOST": settings.host, "MODEL": settings.model or ""}
        said["MAX_CALLS"] = str(math.ceil(settings.max_calls / settings.workers))
        environ = {**os.environ, SEED: self._seed, **{f"ORCHESTRATOR_{name}": value for name, value in said.items()}}
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
                with suppress(OSError, KeyError):  # a worker that has ended, or does not keep up
                    socket.send_fds(self._channels[at], [b"c"], [caller.fileno()])
                    return
            log.warning("connection refused", reason="no worker takes it")
            with suppress(OSError):
                caller.recv(FIRST_LINE)  # what is not read when a socket is closed takes the answer with it
                caller.send(BUSY)

    def _turns(self) -> list[int]:
        """Return all workers, the one whose turn it is first."""
        self._turn = (self._turn + 1) % self._settings.workers
        return [*range(self._turn, self._settings.workers), *range(self._turn)]


async def _first_line(caller: socket.socket) -> bytes:
    """Look at the first line of a request without taking it; less of it when the peer ends."""
    loop, seen, more = asyncio.get_running_loop(), b"", asyncio.Event()
    loop.add_reader(caller, more.set)
    try:
        while b"\n" not in seen and len(seen) < FIRST_LINE:
            # What was seen is still there to be read: only what comes after it wakes us.
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, len(seen) + 1)
            more.clear()
            await more.wait()
            before, seen = seen, caller.recv(FIRST_LINE, socket.MSG_PEEK)
            if seen == before:
                break
    finally:
        loop.remove_reader(caller)
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
    return seen


class Worker(Server):
    """A server that is handed its connections."""

    def __init__(self, deployment: Deployment, settings: Settings, channel: socket.socket) -> None:
        super().__init__(deployment.app, settings)
        # Where connections come from; its end is the end of the process in front.
        self._channel = channel
        # Connections that are being taken over.
        self._arriving: set[asyncio.Task[object]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections from the process in front instead of a listening socket."""
        await super().startup(sockets=[])
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._take)
        self._channel.send(READY)

    def _take(self) -> None:
        try:
            said, descriptors, _, _ = socket.recv_fds(self._channel, 1, 1)
        except OSError:
            said, descriptors = b"", []
        loop = asyncio.get_running_loop()
        if not said:
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
        """Take no more connections, then end in order."""
        asyncio.get_running_loop().remove_reader(self._channel)
        await super().shutdown([])


async def work(path: str, index: int, channel: socket.socket, settings: Settings) -> None:
    """Be one worker until told to stop."""
    with garbage.loading():
        deployment = build(path, settings)
        await load_models(deployment)
    deployment.app.state.calls.worker = ALPHABET[index]
    await Worker(deployment, settings, channel).serve([])


def main() -> None:
    """Run as a worker: team file, index and the descriptor of the channel are the arguments."""
    path, index, descriptor = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too: the one in front sees to it
    settings = read_settings()
    set_up_log(level=settings.log_level, secrets=hidden(settings), transcripts=settings.log_transcripts)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work(path, int(index), socket.socket(fileno=int(descriptor)), settings))


if __name__ == "__main__":
    main()
