"""What several tests of tests need."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from orchestrator.testing import ScriptedRealtime
from tests.patience import PATIENCE


@pytest.fixture
def service() -> Iterator[ScriptedRealtime]:
    """A Realtime service outside this event loop."""
    ready, over = threading.Event(), threading.Event()
    found: list[ScriptedRealtime] = []

    async def serve() -> None:
        async with ScriptedRealtime() as server:
            found.append(server)
            ready.set()
            await asyncio.get_running_loop().run_in_executor(None, over.wait, PATIENCE)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(PATIENCE)
    yield found[0]
    over.set()
    thread.join()
