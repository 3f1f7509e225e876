"""The yardstick: a bare relay of two `websockets` sockets for each call, which parses nothing.

python tests/benchmarks/relay.py PORT UPSTREAM asyncio|uvloop
"""

from __future__ import annotations

import asyncio
import sys

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed


async def forward(source: ClientConnection | ServerConnection, target: ClientConnection | ServerConnection) -> None:
    """Forward frames until one side is gone."""
    try:
        async for frame in source:
            await target.send(frame)
    except ConnectionClosed:
        pass
    finally:
        await target.close()


async def main(port: int, upstream: str) -> None:
    """Relay until killed."""

    async def call(caller: ServerConnection) -> None:
        async with connect(upstream, compression=None, max_size=None) as service:
            await asyncio.gather(forward(caller, service), forward(service, caller))

    async with serve(call, "127.0.0.1", port, compression=None, max_size=None):
        await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[3] == "uvloop":
        import uvloop

        uvloop.run(main(int(sys.argv[1]), sys.argv[2]))
    else:
        asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
