"""Posting finished calls to an address, signed, so that the receiver can tell that they come from here."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from hashlib import sha256

import httpx

from orchestrator import __version__
from orchestrator.outside.http import make_client
from orchestrator.outside.proxies import proxy_for
from orchestrator.records.outbox import Delivery

SECONDS = 10.0  # for one request
SIGNATURE, NAME = "X-Orchestrator-Signature", "X-Orchestrator-Delivery"


class NotTaken(Exception):
    """The receiver did not take a call; the message says why, without its address."""


class Posting:
    """Posts calls to one address. Only an answer of 2xx says that a call was taken; redirects are not followed."""

    def __init__(self, url: str, secret: str, clock: Callable[[], float] = time.time) -> None:
        # The address, and what requests are signed with.
        self._url, self._secret = url, secret
        # Unix time.
        self._clock = clock

    async def __call__(self, delivery: Delivery) -> None:
        """Post a call; raises `NotTaken`, and `RealtimeError` if a variable that names a proxy is wrong."""
        body = delivery.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"voice-orchestrator/{__version__}",
            NAME: delivery.id,
            SIGNATURE: signature(self._secret, body, int(self._clock())),
        }
        try:
            async with (
                make_client(proxy_for(self._url), timeout=SECONDS, follow_redirects=False) as client,
                client.stream("POST", self._url, content=body, headers=headers) as answer,
            ):
                # Its body is not read: nothing in it counts, and it may be of any length.
                status = answer.status_code
        except httpx.HTTPError as error:  # whose message may repeat the address
            raise NotTaken(type(error).__name__) from error
        if not 200 <= status < 300:
            raise NotTaken(f"it answered {status}")


def signature(secret: str, body: bytes, now: int) -> str:
    """Return the signature of a body that is sent at a time."""
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, sha256).hexdigest()
    return f"t={now},v1={digest}"
