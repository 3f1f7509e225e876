"""An MCP server that is a program of this machine: started here, spoken to through its standard input and output.

Unlike the transport of the official library this one reads no more of an answer than `LARGEST` bytes, reads no faster
than `Pace` allows, and takes what the program says on its standard error into the log. The program runs in a process
group of its own. It is told to end by the end of its input, which comes too when this process dies; one that does not
obey is stopped, then killed, with all that it has started.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from orchestrator.tools.mcp.framing import Lines, TooLong
from orchestrator.tools.mcp.pace import Pace

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage

    Incoming = MemoryObjectSendStream[SessionMessage | Exception]
    Outgoing = MemoryObjectReceiveStream[SessionMessage]

LARGEST = 4 * 1024 * 1024  # bytes of one answer
CHUNK = 64 * 1024  # bytes that are read at a time
GRACE = 2.0  # seconds for a program to end, each time that it is told to
POLL = 0.01  # seconds between two looks whether it has
# What a program gets of this process's environment: not its keys. The file says what else it needs.
INHERITED = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "TZ", "USER")
INHERITED_BY_WINDOWS = ("APPDATA", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "USERNAME", "USERPROFILE")
MOST_SAID, LONGEST_SAID, MINUTE = 20, 500, 60.0  # lines a minute of its standard error, and characters of one
TOO_LARGE = -32000  # JSON-RPC: an error of whoever implements it
log = structlog.get_logger("orchestrator")


@dataclass(frozen=True, slots=True)
class Program:
    """What is started."""

    name: str  # of the server, for the log
    command: Sequence[str]
    env: Mapping[str, str]
    cwd: str


@asynccontextmanager
async def speak(program: Program, lost: Callable[[str], None]) -> AsyncIterator[TransportStreams]:
    """Start a program and speak to it while the block lasts; `lost` is told why it is gone, should it end before.

    Raises `OSError` if it cannot be started.
    """
    import anyio
    from mcp.shared.message import SessionMessage

    process = await asyncio.create_subprocess_exec(
        *program.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=program.cwd,
        env=environment(program.env),
        start_new_session=True,
        limit=CHUNK,
    )
    # No buffers: who is not read yet is not read further.
    said, heard = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    told, asked = anyio.create_memory_object_stream[SessionMessage](0)
    async with anyio.create_task_group() as group:
        group.start_soon(_read, process, said, lost)
        group.start_soon(_write, process, asked, lost)
        group.start_soon(_overhear, process, program.name)
        try:
            yield heard, told
        finally:
            with anyio.CancelScope(shield=True):
                heard.close()
                told.close()
                await stop(process)
            group.cancel_scope.cancel()


def environment(own: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a program: little of this one's, and what the file says."""
    names = (*INHERITED, *(INHERITED_BY_WINDOWS if os.name == "nt" else ()))
    return {**{name: os.environ[name] for name in names if name in os.environ}, **own}


async def _read(process: asyncio.subprocess.Process, said: Incoming, lost: Callable[[str], None]) -> None:
    """Pass on what the program says, to its end; what nobody wants any more is read and forgotten."""
    import anyio

    assert process.stdout is not None
    lines, pace, wanted = Lines(LARGEST), Pace(), True
    async with said:
        while chunk := await process.stdout.read(CHUNK):
            for line in lines.feed(chunk) if wanted else ():
                await pace.take()
                try:
                    await said.send(_message(line))
                except (anyio.BrokenResourceError, anyio.ClosedResourceError):
                    wanted = False
                    break
        await _ended(process, GRACE)
        code = process.returncode
        lost("it has closed its output" if code is None else f"it has ended with code {code}")


def _message(line: bytes | TooLong) -> SessionMessage | Exception:
    """Read a line; one that is too long answers its request with an error, if it can be seen which."""
    from mcp.shared.message import SessionMessage
    from mcp_types import ErrorData, JSONRPCError, jsonrpc_message_adapter

    if isinstance(line, TooLong):
        if line.id is None:
            return ValueError(f"a message of {line.size} bytes, which is too long")
        fault = ErrorData(code=TOO_LARGE, message=f"the answer has {line.size} bytes, and may have {LARGEST}")
        return SessionMessage(JSONRPCError(jsonrpc="2.0", id=line.id, error=fault))
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return ValueError("a line that is no JSON-RPC message")


async def _write(process: asyncio.subprocess.Process, asked: Outgoing, lost: Callable[[str], None]) -> None:
    """Pass on what the program is asked."""
    assert process.stdin is not None
    try:
        async with asked:
            async for message in asked:
                line = message.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(f"{line}\n".encode())
                await process.stdin.drain()
    except OSError:
        lost("it has closed its input")


async def _overhear(process: asyncio.subprocess.Process, name: str) -> None:
    """Log what the program says on its standard error, not too much of it."""
    assert process.stderr is not None
    loop, lines = asyncio.get_running_loop(), Lines(CHUNK)
    left, until, unsaid = MOST_SAID, loop.time() + MINUTE, 0
    while chunk := await process.stderr.read(CHUNK):
        for line in lines.feed(chunk):
            if loop.time() >= until:
                left, until, unsaid = MOST_SAID, loop.time() + MINUTE, 0
            left -= 1
            unsaid += left < 0
            text = (line if isinstance(line, bytes) else line.head).decode("utf-8", "replace")
            if left >= 0:
                log.info("mcp server said", server=name, text=text[:LONGEST_SAID])
            elif unsaid == 1:
                log.info("mcp server says more, which is not logged", server=name)


async def stop(process: asyncio.subprocess.Process) -> None:
    """End a program: by the end of its input, else by a signal, else by force; bounded in time."""
    assert process.stdin is not None
    process.stdin.close()
    for number in (None, signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
        if number is not None:
            _signal(process, number)
        if await _ended(process, GRACE):
            break
    _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # what it has started, and not ended
    transport = getattr(process, "_transport", None)  # its pipes stay open while something holds the other ends
    if transport is not None:
        with suppress(OSError):
            transport.close()


def _signal(process: asyncio.subprocess.Process, number: int) -> None:
    """Signal all processes of a program's group."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, number)
        elif process.returncode is None:
            process.send_signal(number)


async def _ended(process: asyncio.subprocess.Process, seconds: float) -> bool:
    """Return whether a program has ended within some time. Its `wait` waits for its pipes too, which may be held."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while process.returncode is None and loop.time() < until:  # noqa: ASYNC110
        await asyncio.sleep(POLL)
    return process.returncode is not None
