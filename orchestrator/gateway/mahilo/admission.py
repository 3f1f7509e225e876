"""Whose mahilo client is served: programs on this machine, as by a server without API keys; any program with a key."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from orchestrator.gateway import auth
from orchestrator.gateway.admission import Admission, Refusal, logged
from orchestrator.gateway.calls import Calls
from orchestrator.log import PEER
from orchestrator.settings import is_loopback


def admit(request: HTTPConnection, calls: Calls, admission: Admission) -> Refusal | None:
    """Decide whether a request may connect as one of mahilo's clients."""
    if calls.settings.api_keys and not auth.keys_given(request) and _from_here(request):
        PEER.set(auth.who(request))
        return logged(admission.room(), request)
    decision = admission.call(request)
    return decision if isinstance(decision, Refusal) else None


def _from_here(request: HTTPConnection) -> bool:
    """Return whether a program on this machine asks, directly."""
    peer = request.client.host if request.client is not None else ""
    return is_loopback(peer) and not auth.forwarded(request.headers) and not auth.foreign_page(request.headers)
