"""The WebSocket of a worker: `WS /v1/realtime?desk=ROLE`, for all calls, or with `&call_id=ID` for one at first."""

from __future__ import annotations

from fastapi import WebSocket

from orchestrator.gateway.admission import Refusal
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.desk.admission import admit
from orchestrator.gateway.desk.worker import Worker
from orchestrator.gateway.websocket import RealtimeSocket, deny


async def desk(websocket: WebSocket) -> None:
    """Serve the socket of a worker from the handshake to the close."""
    calls: Calls = websocket.app.state.calls
    decision = admit(websocket, calls, websocket.app.state.admission)
    if isinstance(decision, Refusal):
        await (deny(websocket, decision) if decision.early else RealtimeSocket(websocket).refuse(decision))
        return
    socket = RealtimeSocket(websocket)
    await socket.work(Worker(calls, decision.name, decision.role, socket.outbox, websocket.query_params.get("call_id")))
