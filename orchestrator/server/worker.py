"""One worker: a server that gets its connections from the supervisor (`workers`).

They share a channel. The supervisor sends connections, each with a word of what it is; the worker says when it is
ready, what it has to do, and which connection is for another worker.
"""

from __future__ import annotations

import asyncio
import mmap
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import Any

from orchestrator.gateway.client_secrets import TIME
from orchestrator.log import set_up_log
from orchestrator.observe.samples import Families
from orchestrator.protocol.ids import ALPHABET
from orchestrator.server import garbage_collection, gathering
from orchestrator.server.arrival import ARRIVAL_SECONDS
from orchestrator.server.relay import Sorter, pair
from orchestrator.server.routing import worker_of
from orchestrator.server.serve import Deployment, Server, build, load_all, new_loop
from orchestrator.settings import Settings, hidden, read_settings

# To a worker: a connection that may begin a call, another one, one that another worker relays.
BEGINS, OTHER, RELAYED = b"begins", b"other", b"relayed"
# To the supervisor: ready; the connections taken, the calls, the connections not answered; whom a connection is for.
READY, REPORT, PASS = b"ready", b"report", b"pass"
# To the supervisor, and from there to a worker: where another one waits for its figures.
SAMPLES = b"samples"


class Worker(Server):
    """A server that gets its connections from the supervisor."""

    def __init__(self, deployment: Deployment, settings: Settings, index: int, channel: socket.socket) -> None:
        super().__init__(deployment.app, settings)
        # Which worker it is, of how many.
        self._index, self._count = index, settings.workers
        # Where connections come from; it closes when the supervisor exits.
        self._channel = channel
        # Connections that are being set up, and what does it.
        self._arriving: set[asyncio.Protocol] = set()
        self._connecting: set[asyncio.Task[None]] = set()
        # Its figures.
        self._watching = self._calls.watching
        # Connections that may have begun a call, and what the supervisor was told last.
        self._taken, self._reported = 0, b""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop when the supervisor says so; Ctrl-C reaches this process too."""
        if sig != signal.SIGINT:
            super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections from the supervisor instead of a listening socket."""
        await super().startup(sockets=[])
        self._channel.setblocking(False)
        asyncio.get_running_loop().add_reader(self._channel, self._take)
        self._channel.send(READY)

    async def on_tick(self, counter: int) -> bool:
        """Tell the supervisor what there is to do, if that has changed."""
        connections: set[Any] = set(self.server_state.connections)
        arriving = len(self._arriving - connections) + sum(connection.arriving for connection in connections)
        report = REPORT + b" %d %d %d" % (self._taken, len(self._calls), arriving)
        if report != self._reported:
            with suppress(OSError):  # the supervisor is busy, or gone
                self._channel.send(report)
                self._reported = report
        return await super().on_tick(counter)

    def _take(self) -> None:
        try:
            kind, descriptors, _, _ = socket.recv_fds(self._channel, 16, 1)
        except OSError:
            kind, descriptors = b"", []
        loop = asyncio.get_running_loop()
        if not kind:
            loop.remove_reader(self._channel)
            self.should_exit = True
            return
        for descriptor in descriptors:
            peer = socket.socket(fileno=descriptor)
            arriving = gathering.answer(peer, self._watching) if kind == SAMPLES else self._connect(peer, kind)
            task = loop.create_task(arriving, name="arriving")
            self._connecting.add(task)
            task.add_done_callback(self._connecting.discard)

    async def gather(self) -> list[Families | None]:
        """Return the figures of the other workers; None for each that is too late."""
        async with asyncio.TaskGroup() as group:
            asked = [
                group.create_task(gathering.ask(self._channel, SAMPLES + b" %d" % at), name="samples")
                for at in range(self._count)
                if at != self._index
            ]
        return [one.result() for one in asked]

    async def _connect(self, caller: socket.socket, kind: bytes) -> None:
        """Set up a connection; a report counts it once, whatever it has come to."""
        caller.setblocking(False)
        secured = kind != RELAYED and self.config.ssl is not None
        protocol = self._sorter() if secured else self._protocol()
        self._arriving.add(protocol)
        self._taken += kind == BEGINS
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol,
                caller,
                ssl=self.config.ssl if secured else None,
                ssl_handshake_timeout=ARRIVAL_SECONDS if secured else None,
            )
        except OSError:
            pass  # the peer has gone, or does not speak TLS
        finally:
            self._arriving.discard(protocol)

    def _protocol(self) -> asyncio.Protocol:
        made: Callable[..., asyncio.Protocol] = self.config.http_protocol_class
        return made(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)

    def _sorter(self) -> asyncio.Protocol:
        return Sorter(self.server_state.connections, here=self._protocol, elsewhere=self._elsewhere)

    def _elsewhere(self, request: bytes) -> socket.socket | None:
        """Return a connection to the worker that a request is for, if that is another one."""
        at = worker_of(request, self._count)
        if at is None or at == self._index:
            return None
        ours, theirs = pair()
        with theirs, suppress(OSError):
            socket.send_fds(self._channel, [PASS + b" %d" % at], [theirs.fileno()])
        return ours

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the calls in order, answering meanwhile; then accept no more connections."""
        await super().shutdown([])
        asyncio.get_running_loop().remove_reader(self._channel)


async def work(paths: Sequence[str], index: int, channel: socket.socket, revoked: int, settings: Settings) -> None:
    """Run one worker until told to stop."""
    with garbage_collection.loading():
        deployment = build(paths, settings)
        await load_all(deployment)
    state = deployment.app.state
    state.calls.worker = ALPHABET[index]
    state.admission.secrets.revoked = mmap.mmap(revoked, TIME.size)
    worker = Worker(deployment, settings, index, channel)
    state.gather = worker.gather
    await worker.serve([])


def main() -> None:
    """Run as a worker; the arguments are the index, the descriptors of channel and revocation, and the team files."""
    index, channel, revoked, *paths = sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches this process too, but the supervisor handles it
    settings = read_settings()
    set_up_log(level=settings.log_level, secrets=hidden(settings), transcripts=settings.log_transcripts)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(work(paths, int(index), socket.socket(fileno=int(channel)), int(revoked), settings))


if __name__ == "__main__":
    main()
