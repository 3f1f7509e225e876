"""`POST /v1/realtime/calls`: a caller's SDP offer is answered, and its call runs on after the request.

Needs the extra `webrtc`; without it the answer says what to install.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response

from orchestrator.errors import CallerError
from orchestrator.gateway import auth, closing
from orchestrator.gateway.background import Background
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.rest import bounded
from orchestrator.gateway.session import PCM
from orchestrator.gateway.webrtc.offers import SDP, read_offer
from orchestrator.gateway.websocket import Refused, event_groups, permit
from orchestrator.settings import is_loopback

if TYPE_CHECKING:
    from orchestrator.gateway.webrtc.peer import Peer

PATH = "/v1/realtime/calls"
STATUS = {closing.BAD_KEY: 401, closing.NO_SUCH_TEAM: 404}
NOT_INSTALLED = "WebRTC is not installed on this server: pip install 'voice-orchestrator[webrtc]'"
log = structlog.get_logger("orchestrator")


def add_webrtc(app: FastAPI) -> None:
    """Add the route to the application; `app.state.background` has to run the calls."""
    app.add_api_route(PATH, create_call, methods=["POST"], response_model=None)


async def create_call(request: Request) -> Response:
    """Answer an offer (201), or say what is wrong with it."""
    calls: Calls = request.app.state.calls
    session = _permitted(request, calls)
    offer = read_offer(request.headers.get("content-type", ""), await bounded(request))
    line = OpenCall(calls.new_id("rtc_"), calls, media=PCM)
    line.configure(session)
    line.configure(offer.session)
    peer = await _peer(line, event_groups(request))
    loopback = request.client is not None and is_loopback(request.client.host)
    answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    background: Background = request.app.state.background
    background.start(_hold(calls, line, peer, offer.sdp, answered, loopback=loopback), line.call_id)
    return Response(await answered, 201, {"Location": f"{PATH}/{line.call_id}"}, media_type=SDP)


def _permitted(request: Request, calls: Calls) -> Mapping[str, Any]:
    """Return the session object of the request's client secret; raises what the request is to be answered."""
    if auth.foreign_page(request.headers, calls.settings.api_keys):
        log.info("call refused", reason="origin_not_allowed")
        raise HTTPException(403, {"code": "origin_not_allowed", "message": auth.FOREIGN_PAGE})
    _check_room(calls)
    try:
        return permit(request, calls)
    except Refused as refused:
        log.info("call refused", reason=refused.error)
        raise HTTPException(STATUS.get(refused.code, 400), {"code": refused.error, "message": str(refused)}) from None


def _check_room(calls: Calls) -> None:
    if busy := calls.busy():
        log.info("call refused", reason=busy[1])
        raise HTTPException(503, {"code": busy[1], "message": busy[2]}, {"Retry-After": "5"})


async def _peer(line: OpenCall, groups: frozenset[str]) -> Peer:
    """Make the caller's side of the connection; the library is loaded with the first of them."""
    try:
        module = await asyncio.to_thread(importlib.import_module, "orchestrator.gateway.webrtc.peer")
    except ImportError as error:
        log.warning("webrtc is not installed", error=str(error))
        raise HTTPException(501, {"code": "not_installed", "message": NOT_INSTALLED}) from None
    peer: Peer = module.Peer(line, groups)
    return peer


async def _hold(
    calls: Calls, line: OpenCall, peer: Peer, sdp: str, answered: asyncio.Future[str], *, loopback: bool
) -> None:
    """Own a connection from the offer to the end of its call; whoever asked is told the answer, or what was wrong."""
    try:
        _check_room(calls)  # again: others came while the body was read
        with calls.held(line):
            try:
                answer = await peer.answer(sdp, loopback=loopback)
                if not answered.done():
                    answered.set_result(answer)
                await peer.hold()
            finally:
                await peer.close()
    except (CallerError, HTTPException) as error:
        if not answered.done():
            answered.set_exception(error)
    finally:
        answered.cancel()
