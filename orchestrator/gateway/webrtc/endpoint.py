"""`POST /v1/realtime/calls`: answers a caller's SDP offer; the call goes on after the request.

Needs the extra `webrtc`; without it the response says what to install.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import Response

from orchestrator.errors import CallerError
from orchestrator.gateway.admission import Admission, Admitted, logged, refuse_call
from orchestrator.gateway.background import Background
from orchestrator.gateway.caller import RESUME
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.refusal import Refusal
from orchestrator.gateway.rest import bounded, http_error
from orchestrator.gateway.resuming.continuing import NotResumed, continued, heard, take_over
from orchestrator.gateway.webrtc.loading import load
from orchestrator.gateway.webrtc.offers import SDP, Offer, read_offer
from orchestrator.gateway.websocket import event_groups
from orchestrator.protocol.audio import PCM
from orchestrator.settings import is_loopback

if TYPE_CHECKING:
    from orchestrator.gateway.webrtc.peer import Peer

PEER = "orchestrator.gateway.webrtc.peer"
PATH = "/v1/realtime/calls"


def add_webrtc(app: FastAPI) -> None:
    """Add the route to the application; the calls run in `app.state.background`."""
    app.add_api_route(PATH, create_call, methods=["POST"], response_model=None)


async def create_call(request: Request) -> Response:
    """Answer an offer (201), also of a caller who comes back (`?resume=TOKEN`), or say what is wrong with it."""
    admission: Admission = request.app.state.admission
    decision = admission.back(request) if "resume" in request.query_params else admission.call(request)
    if isinstance(decision, Refusal):
        raise http_error(decision)
    answered: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
    background: Background = request.app.state.background
    try:
        offer = read_offer(request.headers.get("content-type", ""), await bounded(request))
        background.start(_hold(request, offer, decision, answered), "webrtc call")
        return await answered
    except CallerError as error:
        raise http_error(refuse_call(error, request)) from None


async def _hold(request: Request, offer: Offer, admitted: Admitted | None, answered: asyncio.Future[Response]) -> None:
    """Own a connection from the offer to the end of its call; the response, or what was wrong, goes to the request."""
    calls: Calls = request.app.state.calls
    background: Background = request.app.state.background
    loopback = request.client is not None and is_loopback(request.client.host)
    try:
        peer_class = await _load_peer()
        async with _going_on(request) if admitted is None else _begun(request, offer, admitted) as call:
            peer = peer_class(call, event_groups(request) | ({RESUME} if admitted is None else set()))
            try:
                async with background.one_at_a_time:  # it stops the process for some milliseconds
                    sdp = await peer.answer(offer.sdp, loopback=loopback)
                if not answered.done():
                    location = f"{request.scope['root_path']}{PATH}/{call.call_id}"
                    answered.set_result(Response(sdp, 201, {"Location": location}, media_type=SDP))
                await peer.hold(lambda: calls.keep(call))
            except CallerError as error:  # the caller need not wait for the close
                if not answered.done():
                    answered.set_exception(error)
            finally:
                await peer.close()
    except (CallerError, HTTPException) as error:
        if not answered.done():
            answered.set_exception(error)
    finally:
        answered.cancel()


@asynccontextmanager
async def _begun(request: Request, offer: Offer, admitted: Admitted) -> AsyncIterator[OpenCall]:
    """Open a new call, unless others came while the body was read."""
    calls: Calls = request.app.state.calls
    admission: Admission = request.app.state.admission
    if "model" in offer.session and admitted.joining is None:
        chosen = admission.offered(admitted, offer.session["model"])
        if isinstance(chosen, Refusal):
            raise http_error(chosen)
        admitted = chosen
    if refusal := admission.again(admitted, request):
        raise http_error(refusal)
    joining = admitted.joining
    with calls.open("rtc_", admitted.served, key=admitted.key, joining=joining, media=PCM, pending=True) as call:
        call.configure(admitted.session)
        call.configure(offer.session)
        yield call


@asynccontextmanager
async def _going_on(request: Request) -> AsyncIterator[OpenCall]:
    """Open a call to which its caller comes back."""
    calls: Calls = request.app.state.calls
    query = request.query_params
    try:
        told = heard(query.get("heard"))  # before the call is taken from where it is
        taken = await take_over(calls, query["resume"])
        if "heard" not in query:  # sound leaves at the pace of speech, so what was not played yet is not heard
            told = replace(told, silent=taken.claimed.silent)
        async with continued(calls, taken, told) as call:
            yield call
    except NotResumed as error:
        raise http_error(logged(error.refusal, request)) from None


async def _load_peer() -> type[Peer]:
    """Load the library with the first call; raises the HTTP error if it is not installed."""
    try:
        loaded: type[Peer] = (await load(PEER)).Peer
    except CallerError as error:
        raise HTTPException(501, {"code": error.code, "message": str(error)}) from None
    return loaded
