"""Several processes: one worker for each core, and a supervisor that hands them connections.

The supervisor accepts a connection, peeks at the first line of the request, and passes the socket itself to a worker;
no byte of a call goes through it. A request about an open call (`?call_id=`, `?call=`, `/calls/{call_id}/…`) goes to
the worker that holds the call, which the call's id names; any other to the worker that has the least to do. A worker
that dies is restarted: its own calls are lost, those of other workers go on.

Of a TLS connection only the worker can read the first line. A request about a call of another worker is relayed there
(`relay`), by a connection that the supervisor hands over for it.

Limits: 10 s for the first line; 1,000 connections that have not sent it, then the oldest is cut; a connection that no
worker accepts is answered with 503. After a second signal a worker has 5 s to end, then it is killed.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr

from orchestrator.errors import OrchestratorError
from orchestrator.gateway.client_secrets import TIME
from orchestrator.server.arrival import TLS
from orchestrator.server.edits.hang_up import on_hang_up
from orchestrator.server.routing import FIRST_LINE, starts_call, worker_of
from orchestrator.server.serve import Paths, build, listen, welcome
from orchestrator.server.worker import BEGINS, OTHER, PASS, READY, RELAYED, REPORT, SAMPLES
from orchestrator.settings import Settings

FIRST_LINE_SECONDS = 10.0  # for a client to send the first line
WAITING = 1000  # connections
PAUSE = 1.0  # seconds before another attempt, after a failed accept or a failed start
KILL_SECONDS = 5.0
BUSY = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
log = structlog.get_logger("orchestrator")


@dataclass(slots=True)
class Channel:
    """The way to a worker that accepts connections, and how much it has to do."""

    socket: socket.socket
    places: int  # the calls that it takes
    handed: int = 0  # connections that may become calls
    taken: int = 0  # those of them that the worker had taken when it last reported
    calls: int = 0  # open ones, at that time
    arriving: int = 0  # connections that it had not answered, at that time

    @property
    def load(self) -> tuple[bool, int, int]:
        """Whether it may be full; then how few calls it can take beside all it has to do, and beside open calls."""
        free, unknown = self.places - self.calls, self.handed - self.taken
        return free <= unknown, self.arriving + unknown - free, -free


class Supervisor:
    """Keeps the workers running, and hands them connections."""

    def __init__(self, paths: Paths, settings: Settings) -> None:
        # What is served, and how; client secrets are signed with the same secret in all workers.
        made = SecretStr(secrets.token_hex(32))
        workers = min(settings.workers, settings.max_calls)  # each takes one call at least
        changed = {"secret": settings.secret or made, "workers": workers}
        self._paths = [paths] if isinstance(paths, str | Path) else list(paths)
        self._settings = settings.model_copy(update=changed)
        # Worker → the way to it, while it accepts connections.
        self._channels: dict[int, Channel] = {}
        # Connections that are being handed over, the oldest first.
        self._waiting: dict[asyncio.Task[None], None] = {}
        # Worker → its process, while it accepts connections.
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        # Set when the server is to stop, and when it is to stop at once; whether a worker failed to start.
        self._stopping, self._at_once, self._failed = asyncio.Event(), asyncio.Event(), False

    async def serve(self, tell: Callable[[str], None]) -> None:
        """Serve until told to stop; raises `OrchestratorError` if a worker fails to start."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        # When client secrets were last revoked: a file that all workers have in their memory.
        hangs_up = on_hang_up(self._reload, self._stop)
        with tempfile.TemporaryFile() as revoked, listen(self._settings) as listener, hangs_up:
            revoked.truncate(TIME.size)
            deployment = build(self._paths, self._settings)
            async with asyncio.TaskGroup() as group:
                ready = [asyncio.Event() for _ in range(self._settings.workers)]
                workers = [
                    group.create_task(self._keep(index, up, revoked.fileno()), name=f"worker:{index}")
                    for index, up in enumerate(ready)
                ]
                for up in ready:
                    await up.wait()
                if not self._stopping.is_set():
                    for line in welcome(deployment, self._settings, listener.getsockname()[1]):
                        tell(line)
                accepting = group.create_task(self._accept(listener, group), name="accept")
                await asyncio.wait(workers)  # they answer until the last call has ended
                for task in (accepting, *self._waiting):
                    task.cancel()
        if self._failed:
            raise OrchestratorError("A worker failed to start. See its output above.")

    def _stop(self) -> None:
        """Stop; a second signal ends the calls at once."""
        (self._at_once if self._stopping.is_set() else self._stopping).set()

    def _reload(self) -> None:
        """Let all workers read the files of their teams again; one that is starting reads them anyway."""
        for process in self._processes.values():
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGHUP)

    async def _keep(self, index: int, up: asyncio.Event, revoked: int) -> None:
        """Keep one worker running; restart it when it exits by itself."""
        while not self._stopping.is_set():
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with ours, theirs:
                ours.setblocking(False)
                process = await self._start(index, theirs, revoked)
                theirs.close()
                started = asyncio.ensure_future(asyncio.get_running_loop().sock_recv(ours, len(READY)))
                ended = asyncio.ensure_future(process.wait())
                stopping = asyncio.ensure_future(self._stopping.wait())
                await asyncio.wait({stopping, started}, return_when=asyncio.FIRST_COMPLETED)
                ready = started.done() and started.result() == READY
                if ready:
                    self._processes[index] = process
                    self._listen(index, ours)
                    up.set()
                await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
                for waiting in (started, stopping):
                    waiting.cancel()
                await self._end(process, ended)
                asyncio.get_running_loop().remove_reader(ours)
                self._channels.pop(index, None)
                self._processes.pop(index, None)
            if not up.is_set() and not self._stopping.is_set():
                self._failed = True
                self._stopping.set()
            if not self._stopping.is_set():
                log.error("worker exited, restarting", worker=index, code=process.returncode)
                await asyncio.sleep(0 if ready else PAUSE)  # do not retry in a tight loop if it cannot start
        up.set()  # it will not start any more: let nobody wait for it

    async def _end(self, process: asyncio.subprocess.Process, ended: asyncio.Future[Any]) -> None:
        """Wait until a worker has ended, if it has not."""
        at_once: asyncio.Future[Any] = asyncio.ensure_future(self._at_once.wait())
        if not ended.done():
            process.send_signal(signal.SIGTERM)
            await asyncio.wait({ended, at_once}, return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            process.send_signal(signal.SIGTERM)
            await asyncio.wait({ended}, timeout=KILL_SECONDS)
        if not ended.done():
            process.kill()
        at_once.cancel()
        await ended

    async def _start(self, index: int, channel: socket.socket, revoked: int) -> asyncio.subprocess.Process:
        settings = self._settings
        assert settings.secret is not None
        given = {
            "HOST": settings.host,
            "MODEL": settings.model or "",
            "SECRET": settings.secret.get_secret_value(),
            "TLS": "",
            "TLS_CERT": str(settings.tls_cert or ""),
            "TLS_KEY": str(settings.tls_key or ""),
            "ROOT_PATH": settings.root_path,
            "WATCH": "on" if settings.watch else "off",
            "WORKERS": str(settings.workers),
            "MAX_CALLS": str(self._places(index)),
        }
        environ = {**os.environ, **{f"ORCHESTRATOR_{name}": value for name, value in given.items()}}
        shared = (channel.fileno(), revoked)
        command = (sys.executable, "-m", "orchestrator.server.worker", str(index), *map(str, (*shared, *self._paths)))
        return await asyncio.create_subprocess_exec(*command, env=environ, pass_fds=shared)

    def _places(self, index: int) -> int:
        """Return how many calls a worker takes; the first ones take those that cannot be divided."""
        each, left = divmod(self._settings.max_calls, self._settings.workers)
        return each + 1 if index < left else each

    # --- what workers say ---

    def _listen(self, index: int, ours: socket.socket) -> None:
        channel = self._channels[index] = Channel(ours, self._places(index))
        asyncio.get_running_loop().add_reader(ours, self._heard, channel)

    def _heard(self, channel: Channel) -> None:
        """Take a worker's report, or pass on what is for another worker."""
        try:
            message, descriptors, _, _ = socket.recv_fds(channel.socket, 64, 1)
        except OSError:
            return
        kind, _, rest = message.partition(b" ")
        if kind == REPORT:
            channel.taken, channel.calls, channel.arriving = map(int, rest.split())
        elif kind in (PASS, SAMPLES):
            for descriptor in descriptors:
                with socket.socket(fileno=descriptor) as passed:
                    self._send(int(rest), RELAYED if kind == PASS else SAMPLES, passed)
        elif not message:
            asyncio.get_running_loop().remove_reader(channel.socket)  # it has exited

    # --- connections ---

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
            secured, request = self._settings.tls_cert is not None, b""
            try:
                if not secured:
                    request = await asyncio.wait_for(_first_line(caller), FIRST_LINE_SECONDS)
            except (TimeoutError, OSError):
                return
            named = worker_of(request, self._settings.workers)
            begins = BEGINS if secured or starts_call(request) else OTHER
            for at in self._least_loaded() if named is None else [named]:
                if self._send(at, begins, caller):
                    return
            with suppress(OSError):
                log.warning("connection refused", reason="no worker available", peer=caller.getpeername()[0])
                caller.recv(FIRST_LINE)  # closing a socket with unread data would discard the answer
                caller.send(BUSY)

    def _send(self, at: int, kind: bytes, connection: socket.socket) -> bool:
        """Hand a connection to a worker; returns False if it has exited, or does not keep up."""
        try:
            channel = self._channels[at]
            socket.send_fds(channel.socket, [kind], [connection.fileno()])
        except (OSError, KeyError):
            return False
        channel.handed += kind == BEGINS
        return True

    def _least_loaded(self) -> list[int]:
        """Return all workers, beginning with the one that has the least to do."""
        return sorted(self._channels, key=lambda at: self._channels[at].load)


async def _first_line(caller: socket.socket) -> bytes:
    """Peek at the first line of a request, or at what there is of it when the peer closes."""
    loop, seen, more, readable = asyncio.get_running_loop(), b"", asyncio.Event(), select.poll()
    readable.register(caller, select.POLLIN)
    loop.add_reader(caller, more.set)
    try:
        while b"\n" not in seen and len(seen) < FIRST_LINE and not seen.startswith(TLS):
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
