"""An application of somebody else, served as they would: by uvicorn as it is."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


class Served(uvicorn.Server):
    """A server that says when it has started."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(uvicorn.Config(app, ws="websockets-sansio", log_config=None))
        # Set when it takes connections.
        self.up = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.up.set()


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Serve an application while the block lasts; yields its address, `ws://127.0.0.1:PORT`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Served(app)
        running = asyncio.get_running_loop().create_task(server._serve([listener]), name="serve")
        up = asyncio.ensure_future(server.up.wait())
        await asyncio.wait({running, up}, return_when=asyncio.FIRST_COMPLETED)
        try:
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await running
            up.cancel()
