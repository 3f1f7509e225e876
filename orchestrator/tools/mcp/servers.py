"""The MCP servers of this process: one thread with an event loop, in which each server that is needed has its task.

Servers outlive calls, versions of a team and the event loops of tests, and what they send is read beside the loop that
carries audio. Teams whose files say the same of a server share it. Who needs a server holds it (`Held.hold`); when
nobody has held one for `LINGER` seconds it is closed, and started again when somebody does.
"""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakValueDictionary

import structlog

from orchestrator.tools.mcp.server import SILENT, Connect, Server, State

if TYPE_CHECKING:
    from mcp_types import CallToolResult

    from orchestrator.tools.mcp.listing import Listed

log = structlog.get_logger("orchestrator")
LINGER = 30.0  # seconds that a server is kept which nobody needs
END_SECONDS = 10.0  # for all servers to be closed when the process ends
T = TypeVar("T")


class Home:
    """The thread in which servers live; it starts with the first of them."""

    def __init__(self) -> None:
        # Its event loop, once it has started.
        self._loop: asyncio.AbstractEventLoop | None = None
        # Held while it starts or stops.
        self._lock = threading.Lock()
        # Tasks of servers, which nothing else refers to.
        self.running: dict[asyncio.Task[None], Held] = {}
        # The process ends: no server is started any more.
        self.over = False

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the event loop of the thread."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="mcp", daemon=True).start()
                atexit.register(self.end)
            return self._loop

    def soon(self, work: Callable[[], None]) -> None:
        """Do something in the thread."""
        self.loop().call_soon_threadsafe(work)

    def run(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Run something in the thread; cancelling the future cancels it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop())

    def end(self) -> None:
        """Close all servers, within `END_SECONDS`: the process ends."""
        self.over = True
        self._close(lambda _: True)

    def tidy(self) -> None:
        """Close the servers that nobody needs, within `END_SECONDS`."""
        self._close(lambda held: not held.needed)

    def _close(self, which: Callable[[Held], bool]) -> None:
        if self._loop is not None and self._loop.is_running():
            concurrent.futures.wait([self.run(self._end(which))], END_SECONDS)

    async def _end(self, which: Callable[[Held], bool]) -> None:
        tasks = [task for task, held in self.running.items() if which(held)]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=END_SECONDS)


HOME = Home()


class Held:
    """A server, for those who need it; usable from any thread."""

    def __init__(self, name: str, connect: Connect, home: Home = HOME) -> None:
        # The server, and where it lives.
        self.server, self._home = Server(name, connect), home
        # How many need it, the task that keeps it connected, and what will end that: all of the thread.
        self._holders = 0
        self._task: asyncio.Task[None] | None = None
        self._ending: asyncio.TimerHandle | None = None
        # Why it cannot be used, although it can be reached; each is logged once.
        self.refusals: list[str] = []

    def warn(self, why: str) -> None:
        """Note why it cannot be used."""
        if why not in self.refusals:
            self.refusals.append(why)
            log.warning("mcp server not used", server=self.name, reason=why)

    @property
    def name(self) -> str:
        """Its name in the team file."""
        return self.server.name

    @property
    def needed(self) -> bool:
        """Whether anybody holds it."""
        return self._holders > 0

    @property
    def tools(self) -> tuple[Listed, ...] | None:
        """What it has listed last; None: it never has."""
        return self.server.tools

    @property
    def up(self) -> bool:
        """Whether it can be asked."""
        return self.server.state is State.UP

    @property
    def trouble(self) -> str:
        """Why it cannot be asked, also while it is tried again; "": it can."""
        return "" if self.up else self.server.why or SILENT

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Need the server while the block lasts: it is started, and kept."""
        self._home.soon(self._taken)
        try:
            yield
        finally:
            self._home.soon(self._given_back)

    @contextmanager
    def watch(self, changed: Callable[[], None]) -> Iterator[None]:
        """Be told, in the servers' thread, of each change of its state or tools while the block lasts."""
        self._home.soon(partial(self.server.watchers.add, changed))
        try:
            yield
        finally:
            self._home.soon(partial(self.server.watchers.discard, changed))

    async def call(
        self, tool: str, arguments: Mapping[str, Any], seconds: float, progress: Callable[[], None]
    ) -> CallToolResult:
        """Call a tool; cancelling it tells the server. Raises `ToolError` with what the model is told."""
        return await asyncio.wrap_future(self._home.run(self.server.call(tool, arguments, seconds, progress)))

    def _taken(self) -> None:
        self._holders += 1
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        self._look()

    def _given_back(self) -> None:
        self._holders -= 1
        if not self._holders:
            self._ending = asyncio.get_running_loop().call_later(LINGER, self._unneeded)

    def _unneeded(self) -> None:
        self._ending = None
        if self._task is not None:
            self._task.cancel()

    def _look(self) -> None:
        """Start the server if it is needed and does not run."""
        if self._holders and self._task is None and not self._home.over:
            self._task = asyncio.get_running_loop().create_task(self.server.run(), name=f"mcp:{self.name}")
            self._home.running[self._task] = self
            self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._home.running.pop(task, None)
        self._task = None
        self._look()


def tried(servers: Iterable[Held], seconds: float) -> bool:
    """Wait until it is known of all servers whether they can be reached, for so long; blocks."""
    until = time.monotonic() + seconds
    return all(held.server.tried.wait(max(0.0, until - time.monotonic())) for held in servers)


_known: WeakValueDictionary[str, Held] = WeakValueDictionary()
_lock = threading.Lock()


def server(key: str, name: str, connect: Connect) -> Held:
    """Return the server of a key: the one that there is, or a new one."""
    with _lock:
        found = _known.get(key)
        if found is None:
            found = _known[key] = Held(name, connect)
        return found
