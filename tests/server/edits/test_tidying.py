"""The version of the start is freed too, although garbage collection was told to leave it alone."""

from __future__ import annotations

import asyncio
import gc
import sys
import weakref
from contextlib import suppress
from pathlib import Path

from orchestrator.server import garbage_collection
from orchestrator.server.edits.tidying import Tidying
from orchestrator.tools.python.modules import PREFIX
from tests.patience import PATIENCE
from tests.server.edits.house import serve


async def test_a_frozen_version_is_freed_at_a_quiet_moment(tmp_path: Path) -> None:
    """Its modules leave at once; what is in them is collected when no call is open."""
    tidying, idle = Tidying(), asyncio.Event()
    try:
        with garbage_collection.loading():
            house = serve(tmp_path)
        name = next(name for name in reversed(list(sys.modules)) if name.startswith(PREFIX) and name.endswith(".tools"))
        data = weakref.ref(sys.modules[name].Order)
        tidying.begin(house.served.current)
        task = asyncio.create_task(tidying.run(idle))  # noqa: TID251
        await asyncio.sleep(0)
        for number in range(7):
            await house.edit(f"{number}")

        gc.collect()
        assert name not in sys.modules
        assert data() is not None
        idle.set()
        async with asyncio.timeout(PATIENCE):
            while data() is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    finally:
        gc.unfreeze()


async def test_a_version_that_is_over_after_the_server_disturbs_nobody(tmp_path: Path) -> None:
    """Before it runs, and when its event loop is closed."""
    tidying, house = Tidying(), serve(tmp_path)
    version = house.served.current
    tidying.begin(version)
    house.teams.remove("shop")

    del version, house
    gc.collect()

    assert tidying._first == []
