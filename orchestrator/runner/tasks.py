"""The tasks of one call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from contextvars import Context, copy_context
from typing import Any


class Tasks:
    """Starts tasks in one group while the call runs. All are named, and log as the call does."""

    def __init__(self, call_id: str) -> None:
        # Stands before the name of each task.
        self._call_id = call_id
        # The group; None before and after the call.
        self._group: asyncio.TaskGroup | None = None
        # The context of the call's own tasks: who reports an event, often another task, has one of its own.
        self._context: Context = copy_context()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Take tasks while the block lasts, in the context in which it began; then wait for them."""
        self._context = copy_context()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                yield
        finally:
            self._group = None

    def start(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Start a task."""
        assert self._group is not None
        return self._group.create_task(work, name=f"{self._call_id}:{name}", context=self._context)
