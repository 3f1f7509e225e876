"""A session is configured in one exchange: the update, and what the service says until it is confirmed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.providers.configure import configure, lifetime
from orchestrator.providers.port import Take


class Scripted:
    """A session that answers with frames that were written beforehand."""

    max_age: float | None = 60.0

    def __init__(self, *events: dict[str, Any]) -> None:
        self.sent: list[dict[str, Any]] = []
        self._events = list(events)

    def send(self, frame: str) -> None:
        """Keep what is sent."""
        self.sent.append(json.loads(frame))

    async def read(self, take: Take) -> None:
        """Hand over what was written, up to enough."""
        while not take(json.dumps(self._events.pop(0))):
            pass

    async def close(self) -> None:
        """Do nothing."""


CREATED: dict[str, Any] = {"type": "session.created", "session": {}}
UPDATED: dict[str, Any] = {"type": "session.updated", "session": {}}


async def test_it_is_one_update_and_its_confirmation() -> None:
    """What comes in between is about a session that nobody has used yet."""
    session = Scripted(CREATED, {"type": "rate_limits.updated"}, UPDATED)

    assert await configure(session, {"type": "realtime"}) == 60.0
    assert session.sent == [{"type": "session.update", "session": {"type": "realtime"}}]


async def test_a_refusal_is_final() -> None:
    """With the service's code: half a configuration would be no better."""
    session = Scripted(CREATED, {"type": "error", "error": {"code": "unknown_parameter", "message": "No."}})
    with pytest.raises(RealtimeError, match="No") as caught:
        await configure(session, {"type": "realtime"})
    assert (caught.value.code, caught.value.fatal) == ("unknown_parameter", True)


@pytest.mark.parametrize(
    ("session", "max_age", "left"),
    [
        ({"expires_at": 1600}, 3600.0, 600.0),
        ({"expires_at": 1600.5}, None, 600.5),
        ({"expires_at": 900}, 3600.0, 3600.0),  # clocks differ
        ({"expires_at": 10**400}, 3600.0, 3600.0),
        ({"expires_at": True}, None, None),
        ({"expires_at": "soon"}, 3600.0, 3600.0),
        ({"expires_at": None}, None, None),
        ({}, 5.0, 5.0),
        (None, 5.0, 5.0),
        ("x", None, None),
    ],
)
def test_a_session_lasts_as_long_as_it_says(session: object, max_age: float | None, left: float | None) -> None:
    """By its own word, else by what is known of its provider."""
    assert lifetime({"type": "session.created", "session": session}, max_age, 1000.0) == left
