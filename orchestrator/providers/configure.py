"""Configuring a session that was just opened, before anything else is sent to it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import RealtimeError
from orchestrator.protocol.faults import code_of
from orchestrator.protocol.frames import client_frame, parse_server_event
from orchestrator.providers.faults import fault
from orchestrator.providers.port import Session

CONFIGURE_SECONDS = 10.0
LONGEST = 500  # characters of the service's words
UNCONFIRMED_SECONDS = 2.0  # from `session.created`: some compatible services never send `session.updated`
FAR = 1e12  # unix seconds; what is beyond is not a time


async def configure(
    session: Session,
    session_object: Mapping[str, Any],
    *,
    seconds: float = CONFIGURE_SECONDS,
    unconfirmed: float = UNCONFIRMED_SECONDS,
) -> float | None:
    """Configure a session that was just opened: `session.update`, answered by `session.updated`.

    Returns the seconds that the session has left, None when it has no known end. The service's `session.created` is
    not awaited before the update is sent: it would cost a round trip. Nothing else has been sent when this returns. A
    refused update is fatal: the service takes all of it or nothing. A service that has opened the session and says
    nothing about the update for `unconfirmed` seconds is one that does not confirm.
    """
    told: Mapping[str, Any] = {}  # the last event that said when the session ends
    limit, created = asyncio.timeout(seconds), False

    def confirmed(frame: str) -> bool:
        """Take what comes up to `session.updated`; most is about a session nobody has used yet, an `error` is final."""
        nonlocal told, created
        event = _event(frame)
        if event["type"] == "session.created" and not created:
            created = True
            limit.reschedule(asyncio.get_running_loop().time() + unconfirmed)
        if event["type"] == "error":
            raise refusal(event)
        if isinstance(event.get("session"), Mapping) and "expires_at" in event["session"]:
            told = event
        return bool(event["type"] == "session.updated")

    try:
        async with limit:
            session.send(client_frame("session.update", session=session_object))
            await session.read(confirmed)
    except TimeoutError:
        if not created:
            raise RealtimeError("The service did not open the session in time.", code="timeout") from None
    return lifetime(told, session.max_age, time.time())


def _event(frame: str) -> Mapping[str, Any]:
    """Read a frame; what cannot be read is an event that means nothing."""
    try:
        return parse_server_event(frame)
    except RealtimeError:
        return {"type": ""}


def refusal(event: Mapping[str, Any]) -> RealtimeError:
    """Make the error of an update that the service has refused."""
    error = fault(event)
    code = code_of(error)
    message = f"The service refused the session: {str(error.get('message') or code)[:LONGEST]}"
    return RealtimeError(message, code=code, fatal=True)


def lifetime(event: Mapping[str, Any], max_age: float | None, now: float) -> float | None:
    """Return the seconds that a session has left by its `session.created` or `session.updated`, else `max_age`.

    `now` is in unix seconds, as is the event's `expires_at`. One in the past means that the clocks differ,
    not that the session has ended.
    """
    session = event.get("session")
    at = session.get("expires_at") if isinstance(session, Mapping) else None
    if isinstance(at, int | float) and not isinstance(at, bool) and now < at < FAR:
        return at - now
    return max_age
