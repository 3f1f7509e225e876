"""A refusal in the terms of every transport, and those that are about teams and about room for calls."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from orchestrator.gateway import closing
from orchestrator.gateway.teams.quotas import Exceeded

SOON = 1  # seconds after which a caller who comes back tries again: nobody waits long for a call that is silent


def kind_of(status: int) -> str:
    """Return the type of an error object, by its HTTP status."""
    if status == 429:
        return "rate_limit_error"
    return "server_error" if status >= 500 else "invalid_request_error"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is refused, in the terms of every transport."""

    code: str  # the `code` of the error object, and the reason in the log
    message: str  # for the peer: what is wrong, and what to do
    status: int  # over HTTP
    close: int  # over a WebSocket
    early: bool = False  # answered instead of a WebSocket's upgrade, not after it
    param: str | None = None  # the field that is wrong, if it is one
    retry: int = 5  # seconds after which the same request may succeed, if it may

    @property
    def busy(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (429, 503)

    @property
    def error(self) -> dict[str, Any]:
        """The error object, in the shape of the service."""
        return {"type": kind_of(self.status), "code": self.code, "message": self.message, "param": self.param}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of an HTTP response that refuses."""
        return {"Retry-After": str(self.retry)} if self.busy else {}


NO_SUCH_MODEL = Refusal(
    "model_not_found",
    "The model does not exist, or you do not have access to it. GET /v1/models lists those that your key may use.",
    status=404,
    close=closing.BAD_REQUEST,
    param="model",
)
NO_MODEL = replace(
    NO_SUCH_MODEL,
    message="Several teams are served here. Name one as the model: ?model=NAME. GET /v1/models lists those that your "
    "key may use.",
)
NO_SUCH_NUMBER = replace(
    NO_SUCH_MODEL,
    message="No team has this number. Write it under `numbers` in a team file, or set `default: true` in one.",
    param="To",
)


DRAINING = Refusal(
    "draining",
    "The server is shutting down. Connect again in a moment.",
    status=503,
    close=closing.DRAINING,
    early=True,
)
OVERLOADED = Refusal(
    "overloaded",
    "The server is overloaded. Try again later.",
    status=503,
    close=closing.TOO_MANY_CALLS,
    early=True,
)


def full(most: int) -> Refusal:
    """Refuse a call because so many are open."""
    message = f"The limit of {most} simultaneous calls is reached. Try again later."
    return Refusal("too_many_calls", message, 503, closing.TOO_MANY_CALLS, early=True)


def for_now(refusal: Refusal) -> Refusal:
    """Refuse a caller who comes back to a call and is to go on trying: their token stays good, here and elsewhere."""
    return replace(refusal, close=closing.TRY_AGAIN, retry=SOON)


def too_much(exceeded: Exceeded) -> Refusal:
    """Refuse a call that would exceed a limit of its team, or of its key."""
    return Refusal(
        "rate_limit_exceeded",
        exceeded.message,
        status=429,
        close=closing.TOO_MANY_CALLS,
        early=True,
        retry=exceeded.retry,
    )
