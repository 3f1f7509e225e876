"""The figures of the other workers, for the one that is asked for `/metrics`.

Each is sent the end of a socket, through the supervisor, and writes its samples into it. All have 2 s; a worker that
takes longer, or has died, is left out. Limit: 16 MB from each.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress

from orchestrator.gateway.monitoring.metrics import collected
from orchestrator.gateway.monitoring.watching import Watching
from orchestrator.observe.samples import Families, parse, write

SECONDS = 2.0
MOST, CHUNK = 16 * 1024 * 1024, 65_536  # bytes


async def ask(channel: socket.socket, request: bytes) -> Families | None:
    """Return the samples of another worker; None if they do not come. `request` tells the supervisor whose."""
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        written = b""
        try:
            with theirs:
                socket.send_fds(channel, [request], [theirs.fileno()])
            async with asyncio.timeout(SECONDS):
                while (chunk := await loop.sock_recv(ours, CHUNK)) and len(written) < MOST:
                    written += chunk
                return await asyncio.to_thread(parse, written)
        except (OSError, ValueError):  # too late among them: the supervisor or the worker is busy, or gone
            return None


async def answer(asking: socket.socket, watching: Watching) -> None:
    """Write this worker's samples to the one that asks."""
    asking.setblocking(False)
    with asking, suppress(OSError):
        async with asyncio.timeout(SECONDS):
            written = await asyncio.to_thread(write, await collected(watching))
            await asyncio.get_running_loop().sock_sendall(asking, written)
