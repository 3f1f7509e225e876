"""Whether a request comes from Twilio: `X-Twilio-Signature`, made with the account's auth token.

https://www.twilio.com/docs/usage/security#validating-requests. Twilio signs the URL as
it knows it, which proxies may have changed on the way here, so every spelling that it can have is tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

from starlette.requests import HTTPConnection

from orchestrator.gateway import closing
from orchestrator.gateway.refusal import Refusal

SOCKETS = {"https": "wss", "http": "ws"}
PORTS = {"https": "443", "http": "80"}
URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?:]+|\[[^]/]+\])(?P<port>:\d+)?(?P<rest>[/?].*)?")
NO_TWILIO_TOKEN = Refusal(
    "forbidden",
    "Set ORCHESTRATOR_TWILIO_AUTH_TOKEN to accept phone calls. Without it they are accepted from this machine only, "
    "and only by a server without API keys.",
    status=403,
    close=closing.BAD_KEY,
    early=True,
)
BAD_TWILIO_SIGNATURE = Refusal(
    "forbidden",
    "The X-Twilio-Signature header is missing or wrong. Check that ORCHESTRATOR_PUBLIC_URL is the URL Twilio calls.",
    status=403,
    close=closing.BAD_KEY,
    early=True,
)


def signature(token: str, url: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a request: of its URL and, for a POST, of its form."""
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def signed(
    given: str, token: str, url: str, parameters: Iterable[tuple[str, str]] = (), *, socket: bool = False
) -> bool:
    """Return whether a signature is right for a URL, in any spelling of it."""
    parameters = tuple(parameters)
    wanted = [signature(token, one, parameters).encode() for one in spellings(url, socket=socket)]
    # Every spelling is compared, and each in constant time, so that the duration reveals nothing.
    matches = [hmac.compare_digest(given.encode(), one) for one in wanted]
    return True in matches


def spellings(url: str, *, socket: bool) -> Iterator[str]:
    """Yield a URL with and without its port; that of a WebSocket also as `wss://` and with a trailing slash."""
    found = URL.fullmatch(url)
    if found is None:
        return
    scheme, host, rest = found["scheme"], found["host"], found["rest"] or ""
    for scheme_, slash in ((scheme, ""), (SOCKETS[scheme], ""), (scheme, "/"), (SOCKETS[scheme], "/")):
        if socket or (scheme_, slash) == (scheme, ""):
            yield f"{scheme_}://{host}{rest}{slash}"
            yield f"{scheme_}://{host}{found['port'] or ':' + PORTS[scheme]}{rest}{slash}"


def public_url(request: HTTPConnection, setting: str | None) -> str:
    """Return where Twilio reaches this server: as `ORCHESTRATOR_PUBLIC_URL` says, else as the request did."""
    if setting:
        return setting
    forwarded = request.headers.get("x-forwarded-proto", "").partition(",")[0].strip()
    scheme = forwarded or request.url.scheme
    host, prefix = request.headers.get("host", ""), request.scope.get("root_path", "")
    return f"{'https' if scheme in ('https', 'wss') else 'http'}://{host}{prefix}"


def url_of(request: HTTPConnection, setting: str | None, path: str) -> str:
    """Return the URL that Twilio signed for a request to `path`."""
    query = f"?{request.url.query}" if request.url.query else ""
    return public_url(request, setting) + path + query
