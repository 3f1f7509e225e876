"""One WebSocket on its way to another node: its frames go both ways, one at a time, and so does its end.

Limits: 5 s to open it; frames as large as callers may send; 16 frames of the other node wait while the client does not
read, and none of the client's while the other node does not.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import structlog
from starlette.types import Receive, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from orchestrator.gateway import closing
from orchestrator.server.forwarding.http import OURS, Headers, Unanswered

OPEN_SECONDS, CLOSE_SECONDS = 5.0, 5.0
PING_SECONDS = 20.0
WAITING = 16  # frames
# Codes that no close frame carries: it had none, the socket was lost, TLS failed.
NO_CODE, LOST, NO_TLS = 1005, 1006, 1015
NODE_LOST = "the node that has the call was lost"
log = structlog.get_logger("orchestrator")


class Refused(Exception):
    """The other node has refused the handshake."""

    def __init__(self, status: int, headers: Headers, body: bytes) -> None:
        super().__init__(status)
        # Its answer.
        self.status, self.headers, self.body = status, headers, body


class Direct(connect):
    """Connects to one node, and lets it lead nowhere else."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Refuse every redirect."""
        return exc


async def opened(url: str, headers: Headers, subprotocols: list[str], largest: int) -> ClientConnection:
    """Open a socket to another node; raises `Refused`, or `Unanswered` if it is not there."""
    try:
        return await Direct(
            url,
            additional_headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers],
            subprotocols=[Subprotocol(one) for one in subprotocols] or None,
            compression=None,
            proxy=None,
            user_agent_header=None,
            max_size=largest,
            max_queue=WAITING,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
        )
    except InvalidStatus as error:
        answer = error.response
        said = [(name.lower(), value) for name, value in answer.headers.raw_items()]
        kept = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said if name not in OURS]
        raise Refused(answer.status_code, kept, answer.body or b"") from None
    except (OSError, ValueError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:  # too late among them
        why = error.msg if isinstance(error, InvalidURI) else str(error)  # not the query, which may have a key
        raise Unanswered(why or type(error).__name__) from None


async def pass_frames(there: ClientConnection, receive: Receive, send: Send) -> None:
    """Pass frames on in both directions until either side has ended the socket, and end it for the other."""
    async with asyncio.TaskGroup() as group:
        to_node = group.create_task(_to_node(there, receive), name="forward:to node")
        to_client = group.create_task(_to_client(there, send), name="forward:to client")
        await asyncio.wait({to_node, to_client}, return_when=asyncio.FIRST_COMPLETED)
        left = to_node.result() if to_node.done() else None
        if left is None:  # the other node has ended it, and the client is told what it still has said
            await asyncio.wait({to_client}, timeout=CLOSE_SECONDS)
        to_client.cancel()
        to_node.cancel()
    if left is not None:
        await _end(there, left)


async def _to_node(there: ClientConnection, receive: Receive) -> dict[str, Any] | None:
    """Pass on what the client sends; returns how it left, None if the other node was first."""
    with suppress(ConnectionClosed):
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.receive":
                text = message.get("text")
                await there.send(message["bytes"] if text is None else text)
        return dict(message)
    return None


async def _end(there: ClientConnection, left: dict[str, Any]) -> None:
    """End the socket as the client did: one that was lost is lost for the other node too, which may wait for it."""
    code = int(left.get("code") or NO_CODE)
    if code in (LOST, NO_TLS):
        there.transport.abort()
    elif code == NO_CODE:
        await there.close()
    else:
        await there.close(code, closing.plain(left.get("reason") or ""))


async def _to_client(there: ClientConnection, send: Send) -> None:
    """Pass on what the other node sends, and how it ends."""
    with suppress(OSError, RuntimeError):  # the client is gone
        try:
            while True:
                frame = await there.recv()
                await send({"type": "websocket.send", "text" if isinstance(frame, str) else "bytes": frame})
        except ConnectionClosed as error:
            code, reason = closing.NODE_LOST, NODE_LOST
            if error.rcvd is None:
                log.warning("forwarded socket lost", reason=str(error))
            else:
                code = closing.OVER if error.rcvd.code == NO_CODE else error.rcvd.code
                reason = error.rcvd.reason
            await send({"type": "websocket.close", "code": code, "reason": reason})
