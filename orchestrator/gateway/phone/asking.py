"""What Twilio asks: the form of a request, and who answers for phone calls that come back."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import HTTPException
from starlette.requests import HTTPConnection

from orchestrator.gateway.calls import Calls
from orchestrator.gateway.phone.returning import Returning
from orchestrator.gateway.phone.twilio_signature import public_url

MOST_FIELDS = 500  # of a form
LONGEST_TRIES = 4  # digits
Form = list[tuple[str, str]]


def returning_of(request: HTTPConnection, *, dials: bool = False) -> Returning:
    """Return what knows of phone calls that come back, to this node or, in a cluster, to another."""
    calls: Calls = request.app.state.calls
    secret = calls.settings.secret
    key = secret.get_secret_value() if secret is not None else request.app.state.phone_secret
    return Returning(calls.fleet, key, base_of(request), dials=dials)


def tries_of(request: HTTPConnection) -> int:
    """Return how often a phone call has asked in vain what is next."""
    tries = request.query_params.get("tries", "0")
    return int(tries) if tries.isdecimal() and tries.isascii() and len(tries) <= LONGEST_TRIES else 0


def base_of(request: HTTPConnection) -> str:
    """Return where Twilio reaches this server."""
    calls: Calls = request.app.state.calls
    return public_url(request, calls.settings.public_url)


def form_of(body: bytes) -> Form:
    """Read a form; a body that is not one has no fields."""
    try:
        text = body.decode("ascii", errors="replace")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, {"code": "invalid_value", "message": "The form has too many fields."}) from None
