"""The addresses of mahilo's server: `WS /ws/{agent}`, `WS /ws/voice-stream/{agent}` and `WS /health`.

An agent that is not there, or cannot have another caller, is refused as mahilo does it: a line of text, then close code
1008. Whoever may not connect at all is refused before the handshake where that is so for every caller.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI, WebSocket

from orchestrator.errors import CallerError
from orchestrator.gateway.admission import Admission, refuse_call
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.mahilo.admission import admit
from orchestrator.gateway.mahilo.client import Client, turn_away
from orchestrator.gateway.mahilo.messages import add_queries
from orchestrator.gateway.mahilo.room import Room
from orchestrator.gateway.mahilo.text import TextClient
from orchestrator.gateway.mahilo.voice import VoiceClient
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.websocket import deny
from orchestrator.protocol.audio import PCM

log = structlog.get_logger("orchestrator")


def add_mahilo(app: FastAPI) -> None:
    """Add the routes to the application, if mahilo's clients are to be served."""
    calls: Calls = app.state.calls
    if not calls.settings.serves_mahilo:
        return
    app.state.mahilo = Room(calls)
    for path, serve in (("/ws", text), ("/ws/voice-stream", voice)):
        app.add_api_websocket_route(path, serve)
        app.add_api_websocket_route(f"{path}/{{agent}}", serve)
    app.add_api_websocket_route("/health", health)
    add_queries(app)


async def text(websocket: WebSocket) -> None:
    """Serve somebody who types."""
    await _serve(websocket, TextClient)


async def voice(websocket: WebSocket) -> None:
    """Serve somebody who speaks."""
    calls: Calls = websocket.app.state.calls
    await _serve(websocket, partial(VoiceClient, idle=calls.settings.idle), media=PCM)


async def health(websocket: WebSocket) -> None:
    """Answer that the server is there, as mahilo does: by a handshake and the close."""
    await websocket.accept()
    await websocket.close()


async def _serve(
    websocket: WebSocket, client: Callable[[WebSocket, OpenCall], Client], *, media: Mapping[str, Any] | None = None
) -> None:
    calls: Calls = websocket.app.state.calls
    admission: Admission = websocket.app.state.admission
    room: Room = websocket.app.state.mahilo
    decision = admit(websocket, calls, admission)
    if isinstance(decision, Refusal):
        await (deny(websocket, decision) if decision.early else turn_away(websocket, decision.message))
        return
    assert decision.served is not None, "its clients join nobody by `?call=`"
    try:
        agent = websocket.path_params.get("agent", "")
        with room.enter(agent, decision.served, key=decision.key, media=media) as call:
            log.info("mahilo client", call=call.call_id, agent=call.place.seat.agent, voice=media is not None)
            await client(websocket, call).hold()
    except CallerError as error:
        await turn_away(websocket, refuse_call(error, websocket).message)
