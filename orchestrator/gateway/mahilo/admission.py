"""Whose mahilo client is served: programs on this machine, as by a server without API keys; any program with a key.

Over TLS all need a key where there are any: mahilo's clients do not speak it, and of several processes one may relay
the connection to another, so that everybody seems to come from this machine.
"""

from __future__ import annotations

from starlette.requests import HTTPConnection

from orchestrator.gateway import auth
from orchestrator.gateway.admission import Admission, Admitted, logged
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.refusal import Refusal
from orchestrator.log import PEER
from orchestrator.settings import is_loopback


def admit(request: HTTPConnection, calls: Calls, admission: Admission) -> Admitted | Refusal:
    """Decide whether a request may connect as one of mahilo's clients; without `?model=` it gets the default team."""
    settings = calls.settings
    plain = settings.tls_cert is None and settings.tls is None
    if settings.api_keys and plain and not auth.keys_given(request) and _from_here(request):
        PEER.set(auth.who(request))
        return logged(admission.room() or admission.offered(Admitted(), request.query_params.get("model")), request)
    return admission.call(request)


def _from_here(request: HTTPConnection) -> bool:
    """Return whether a program on this machine asks, directly."""
    peer = request.client.host if request.client is not None else ""
    return is_loopback(peer) and not auth.forwarded(request.headers) and not auth.foreign_page(request.headers)
