"""One MCP server, held for the whole process: connected, asked, and connected again when it is lost.

    STARTING → UP → DOWN → STARTING …        any → UNUSED, when nobody needs it any more

One task (`run`) owns the connection from its beginning to its end: only it enters and leaves the client. Requests are
tasks of their own, at most `MOST_AT_ONCE` at a time and `MOST_WAITING` in all; a further one fails at once. A server
that is down fails what it is asked at once, and what it was asked before it was lost. It is tried again after a pause,
which doubles from `SHORTEST_PAUSE` to `LONGEST_PAUSE`, until it has stayed for `STEADY` seconds.

All of it lives in the event loop of `servers.py`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

import structlog

from orchestrator.errors import ToolError
from orchestrator.tools.mcp.listing import Listed, listed

if TYPE_CHECKING:
    from mcp import Client
    from mcp_types import CallToolResult

START_SECONDS = 60.0  # to start, connect and list: a program may have to be fetched first
LIST_SECONDS = 10.0  # to list the tools again
RELIST = 60.0  # seconds after which they are listed again, although nothing was said of a change
SETTLE = 0.5  # seconds between two lists, whatever is said
SHORTEST_PAUSE, LONGEST_PAUSE, MOST_DOUBLINGS = 0.5, 60.0, 10
STEADY = 30.0
MOST_AT_ONCE, MOST_WAITING = 16, 64
LISTEN_AGAIN = 5.0  # seconds until it is asked once more to tell of changes
WORDS = 300  # characters of an error
INVALID_PARAMS, METHOD_NOT_FOUND = -32602, -32601
SILENT = "it does not answer in time"
FAILED = "{tool} failed; try again later, or help the caller in another way."
Progress = Callable[[], None]
log = structlog.get_logger("orchestrator")


class State(Enum):
    UNUSED = "unused"
    STARTING = "starting"
    UP = "up"
    DOWN = "down"


MOVES = {
    State.UNUSED: {State.STARTING},
    State.STARTING: {State.UP, State.DOWN, State.UNUSED},
    State.UP: {State.DOWN, State.UNUSED},
    State.DOWN: {State.STARTING, State.UNUSED},
}


class Signals(Protocol):
    """What a connection tells of itself."""

    def lost(self, why: str) -> None:
        """It is gone."""

    def doubtful(self, why: str) -> None:
        """A request could not be made."""

    def changed(self) -> None:
        """The server has other tools."""


Connect = Callable[[Signals], "AbstractAsyncContextManager[Client]"]


class News:
    """What a connection has told of itself, until it is looked at."""

    def __init__(self) -> None:
        # Set when there is something.
        self.come = asyncio.Event()
        # Why it is lost; "": it is not.
        self.lost = ""


class Lost(Exception):
    """The connection is gone; the text is why."""


class Server:
    """An MCP server."""

    def __init__(self, name: str, connect: Connect) -> None:
        # Its name in the team file, for the log.
        self.name = name
        # Connects to it.
        self._connect = connect
        # Where it is, and why it was lost last, until it is up again.
        self.state, self.why = State.UNUSED, ""
        # What it has listed last; None: it never has.
        self.tools: tuple[Listed, ...] | None = None
        # The client, while it is up.
        self._client: Client | None = None
        # What the connection has told.
        self._news = News()
        # Set while it is not starting.
        self._known = asyncio.Event()
        # Requests that run or wait, and the places of those that run.
        self.requests, self._places = 0, asyncio.Semaphore(MOST_AT_ONCE)
        # Told of each change of its state or its tools, in this event loop.
        self.watchers: set[Callable[[], None]] = set()
        # Set once it is known whether it can be reached; looked at from any thread.
        self.tried = threading.Event()

    def _move(self, state: State, why: str = "") -> None:
        if state not in MOVES[self.state]:
            raise AssertionError(f"mcp server: {self.state} to {state}")
        self.state = state
        if state is State.STARTING:
            self._known.clear()
        else:
            self.why = why
            self._known.set()
        if state in (State.UP, State.DOWN):
            self.tried.set()
        elif state is State.UNUSED:
            self.tried.clear()
        self._tell()

    def _tell(self) -> None:
        for watcher in list(self.watchers):
            watcher()

    # --- what a connection tells ---

    def lost(self, why: str) -> None:
        """Note that the connection is gone."""
        self._news.lost = self._news.lost or why
        self._news.come.set()

    def doubtful(self, why: str) -> None:
        """Note that a request could not be made: the connection is gone, unless others are being answered."""
        if self.state is State.UP and self.requests <= 1:
            self.lost(why)

    def changed(self) -> None:
        """Note that it has other tools."""
        self._news.come.set()

    # --- its life ---

    async def run(self) -> None:
        """Keep the server connected until cancelled."""
        loop, failures = asyncio.get_running_loop(), 0
        try:
            while True:
                self._move(State.STARTING)
                began = loop.time()
                try:
                    await self._hold()
                except Exception as error:
                    why = told(error)
                    log.warning("mcp server down", server=self.name, reason=why)
                    self._move(State.DOWN, why)
                failures = 1 if loop.time() - began > STEADY else failures + 1
                await asyncio.sleep(pause_after(failures))
        finally:
            self._move(State.UNUSED)

    async def _hold(self) -> None:
        """Connect, and stay connected; raises what ends that."""
        self._news = News()
        async with asyncio.timeout(START_SECONDS) as limit, self._connect(self) as client:
            self.tools = await listed(client, self.name)
            limit.reschedule(None)
            log.info("mcp server up", server=self.name, tools=len(self.tools), protocol=client.protocol_version)
            self._client = client
            try:
                self._move(State.UP)
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._listen(client), name=f"mcp:{self.name}:listen")
                    await self._keep(client)
            finally:
                self._client = None

    async def _keep(self, client: Client) -> None:
        """List the tools whenever they may have changed; raises `Lost` when the connection is."""
        while True:
            try:
                async with asyncio.timeout(RELIST):
                    await self._news.come.wait()
            except TimeoutError:
                pass
            if self._news.lost:
                raise Lost(self._news.lost)
            self._news.come.clear()
            await self._look(client)
            await asyncio.sleep(SETTLE)

    async def _look(self, client: Client) -> None:
        from mcp import MCPError
        from pydantic import ValidationError

        try:
            async with asyncio.timeout(LIST_SECONDS):
                found = await listed(client, self.name)
        except (TimeoutError, MCPError) as error:
            if not self.requests:  # else it may be busy with what others have asked
                raise Lost(f"it does not list its tools: {told(error)}") from error
        except ValidationError as error:
            log.warning("mcp list not understood", server=self.name, reason=told(error))
        else:
            if found != self.tools:
                self.tools = found
                log.info("mcp tools changed", server=self.name, tools=len(found))
                self._tell()

    async def _listen(self, client: Client) -> None:
        """Let the server tell of changes, where it does so only on request."""
        from mcp import MCPError
        from mcp.client.subscriptions import ListenNotSupportedError, SubscriptionLost

        while True:
            try:
                async with client.listen(tools_list_changed=True) as changes:
                    async for _ in changes:
                        self.changed()
            except ListenNotSupportedError:
                return  # it tells of them by itself
            except MCPError as error:
                if error.code == METHOD_NOT_FOUND:
                    return
            except (SubscriptionLost, TimeoutError):
                pass
            await asyncio.sleep(LISTEN_AGAIN)

    # --- what it is asked ---

    async def call(self, tool: str, arguments: Mapping[str, Any], seconds: float, progress: Progress) -> CallToolResult:
        """Call a tool; cancelling it tells the server. Raises `ToolError` with what the model is told."""
        if self.requests >= MOST_WAITING:
            raise ToolError(f"{self.name} has too much to do; try again in a moment.", ran=False)
        self.requests += 1
        try:
            async with self._places:
                return await self._called(await self._ready(), tool, arguments, seconds, progress)
        finally:
            self.requests -= 1

    async def _ready(self) -> Client:
        await self._known.wait()
        if self._client is None:
            message = f"{self.name} is out of order; help the caller in another way."
            raise ToolError(message, ran=False) from Lost(self.why)
        return self._client

    async def _called(
        self, client: Client, tool: str, arguments: Mapping[str, Any], seconds: float, progressed: Progress
    ) -> CallToolResult:
        from mcp import MCPError

        async def tell(progress: float, total: float | None, message: str | None) -> None:
            progressed()

        try:
            return await client.call_tool(tool, dict(arguments), seconds, tell)
        except MCPError as error:
            if error.code == INVALID_PARAMS:
                message = f"{tool} was refused: {error.message[:WORDS]}. Correct the arguments, or ask the caller."
                raise ToolError(message, ran=False) from error
            raise ToolError(FAILED.format(tool=tool)) from error
        except Exception as error:  # an answer that is not what the tool has promised, or what the protocol knows
            raise ToolError(FAILED.format(tool=tool)) from error


def pause_after(failures: int) -> float:
    """Return the seconds until a server is tried again that has failed so many times."""
    doublings = min(failures - 1, MOST_DOUBLINGS)  # a server may be down for days
    return min(SHORTEST_PAUSE * 2.0**doublings, LONGEST_PAUSE)


def told(error: BaseException) -> str:
    """Return for the log what went wrong: the first cause, on one line."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, TimeoutError) and not str(error):
        return SILENT
    words = " ".join(str(error).split())[:WORDS]
    return words if isinstance(error, Lost) else f"{type(error).__name__}: {words}".rstrip(": ")
