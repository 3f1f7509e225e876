"""Tasks that outlive the request that started them. The application owns them: none is left when it has stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog

log = structlog.get_logger("orchestrator")


class Background:
    """The application's background tasks; leaving the block cancels those that are still running."""

    def __init__(self) -> None:
        # The running tasks.
        self._tasks: set[asyncio.Task[None]] = set()
        # Taken by what is short and heavy, so that a hundred such requests do not come in a row.
        self.one_at_a_time = asyncio.Lock()
        # Their group; None outside the block.
        self._group: asyncio.TaskGroup | None = None

    async def __aenter__(self) -> Background:
        self._group = await asyncio.TaskGroup().__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> None:
        group, self._group = self._group, None
        assert group is not None
        for task in self._tasks:
            task.cancel()
        await group.__aexit__(*raised)

    def start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Start a task; a failure in it is logged and affects nothing else."""
        assert self._group is not None, "the application is not running"
        task = self._group.create_task(_alone(work), name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _alone(work: Coroutine[Any, Any, None]) -> None:
    try:
        await work
    except Exception:
        log.exception("background task failed")
