"""The WebSocket of a worker: `WS /v1/realtime?desk=ROLE`, for all calls, or with `&call_id=ID` for one at first.

`&name=NAME` is what the others at the desk are told of who has a caller.
"""

from __future__ import annotations

import structlog
from fastapi import WebSocket

from orchestrator.gateway.auth import who
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.desk.admission import admit
from orchestrator.gateway.desk.line import Line
from orchestrator.gateway.desk.worker import Worker
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.websocket import RealtimeSocket, deny
from orchestrator.settings import is_loopback

LONGEST_NAME = 64
log = structlog.get_logger("orchestrator")


async def desk(websocket: WebSocket) -> None:
    """Serve the socket of a worker from the handshake to the close."""
    calls: Calls = websocket.app.state.calls
    decision = admit(websocket, calls, websocket.app.state.admission)
    if isinstance(decision, Refusal):
        await (deny(websocket, decision) if decision.early else RealtimeSocket(websocket).refuse(decision))
        return
    socket, given = RealtimeSocket(websocket), websocket.query_params
    title = "".join(filter(str.isprintable, given.get("name", "")))[:LONGEST_NAME]
    log.info("desk opened", team=decision.team, role=decision.name, name=title, **who(websocket))
    loopback = websocket.client is not None and is_loopback(websocket.client.host)
    line = Line(websocket.app.state.background, socket.outbox, loopback=loopback)
    await socket.work(Worker(calls, decision, socket.outbox, line, given.get("call_id"), title))
