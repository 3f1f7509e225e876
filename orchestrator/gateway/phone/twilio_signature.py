"""Whether a request comes from Twilio: `X-Twilio-Signature`, made with the account's auth token.

https://www.twilio.com/docs/usage/security#validating-requests. What is signed is the URL as Twilio has it, which
proxies may have changed on the way here; so the spellings that it can have are tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Iterator

SOCKETS = {"https": "wss", "http": "ws"}
PORTS = {"https": "443", "http": "80"}
URL = re.compile(r"(?P<scheme>https?)://(?P<host>[^/?:]+|\[[^]/]+\])(?P<port>:\d+)?(?P<rest>[/?].*)?")


def signature(token: str, url: str, parameters: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a request: of its URL and, for a POST, of its form."""
    signed = url + "".join(name + value for name, value in sorted(set(parameters)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def signed(
    given: str, token: str, url: str, parameters: Iterable[tuple[str, str]] = (), *, socket: bool = False
) -> bool:
    """Return whether a signature is right for a URL, however it was written. Compares all, in constant time."""
    parameters = tuple(parameters)
    wanted = (signature(token, one, parameters).encode() for one in spellings(url, socket=socket))
    return sum(hmac.compare_digest(given.encode(), one) for one in wanted) > 0


def spellings(url: str, *, socket: bool) -> Iterator[str]:
    """Yield a URL with and without its port; that of a socket also as `wss://` and with a slash at the end."""
    found = URL.fullmatch(url)
    if found is None:
        return
    scheme, host, rest = found["scheme"], found["host"], found["rest"] or ""
    for scheme_, slash in ((scheme, ""), (SOCKETS[scheme], ""), (scheme, "/"), (SOCKETS[scheme], "/")):
        if socket or (scheme_, slash) == (scheme, ""):
            yield f"{scheme_}://{host}{rest}{slash}"
            yield f"{scheme_}://{host}{found['port'] or ':' + PORTS[scheme]}{rest}{slash}"
