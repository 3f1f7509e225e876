"""A server of a test in an event loop of its own, so that the loop in which a team is tested can jump in time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

from tests.patience import PATIENCE

Server = TypeVar("Server")


@contextmanager
def elsewhere(opening: AbstractAsyncContextManager[Server]) -> Iterator[Server]:
    """Run a server in a thread while the block lasts."""
    ready, over, found = threading.Event(), threading.Event(), list[Server]()

    async def serve() -> None:
        async with opening as server:
            found.append(server)
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, over.wait, PATIENCE)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield found[0]
    finally:
        over.set()
        thread.join()
