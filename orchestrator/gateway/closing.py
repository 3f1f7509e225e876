"""The close codes that a caller may see, and whether connecting again helps.

1000-1015 are the protocol's own, 3000 and 4000 are those of the OpenAI service, the other 4xxx are ours; their last
three digits follow the HTTP status of the same meaning. A peer never sees internals, only a code and a plain reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core.events import Ending


@dataclass(frozen=True, slots=True)
class Closing:
    """One row of the table."""

    code: int
    meaning: str
    reconnect: str  # "yes", "no" or "later"
    error: str | None = None  # code of the `error` event that goes first when a call fails this way


TABLE = (
    Closing(1000, "The call is over.", "yes"),
    Closing(1001, "The server is shutting down.", "yes"),
    Closing(1009, "A frame was larger than ORCHESTRATOR_MAX_FRAME.", "no"),
    Closing(1011, "The server failed; its log says why.", "later", "server_error"),
    Closing(1012, "The call has left this node, or this connection; with its newest token it can be resumed.", "yes"),
    Closing(1013, "The cluster cannot be reached, or the node has no room; the token stays good.", "later"),
    Closing(1014, "The node of the cluster that has the call was lost; its caller comes back to another.", "later"),
    Closing(3000, "The API key is missing or wrong.", "no"),
    Closing(4000, "The request cannot be served; the `error` event before the close says why.", "no"),
    Closing(4008, "The caller did not read what was sent for too long.", "yes"),
    Closing(4029, "A limit on calls is reached, or the server is overloaded.", "later"),
    Closing(4404, "The call cannot be resumed: it is over, or the token is not its newest.", "no"),
    Closing(4408, "Nobody spoke, or no frame arrived, for longer than the limit.", "yes", "session_expired"),
    Closing(4410, "The call reached the team's time limit.", "yes", "session_expired"),
    Closing(4413, "The call reached its limit on tokens or money.", "yes", "session_expired"),
    Closing(4500, "No agent of the team can be reached.", "later", "server_error"),
)
# How a call ended → the code with which its caller is closed.
CODES: Mapping[Ending, int] = {
    Ending.LEFT: 1000,
    Ending.FINISHED: 1000,
    Ending.TRANSFERRED: 1000,
    Ending.SHUTTING_DOWN: 1001,
    Ending.TOO_BIG: 1009,
    Ending.FAILED: 1011,
    Ending.BETA: 4000,
    Ending.TOO_SLOW: 4008,
    Ending.SILENCE: 4408,
    Ending.IDLE: 4408,
    Ending.TOO_LONG: 4410,
    Ending.SPENT: 4413,
    Ending.UNREACHABLE: 4500,
}
BY_CODE = {closing.code: closing for closing in TABLE}

# The codes that the gateway chooses itself.
OVER, DRAINING, NODE_LOST, BAD_KEY, BAD_REQUEST = 1000, 1001, 1014, 3000, 4000
TOO_SLOW, TOO_MANY_CALLS = 4008, 4029
MOVED, TRY_AGAIN, NOT_RESUMABLE = 1012, 1013, 4404


def close_table() -> str:
    """Return the table as Markdown, as `docs/operations.md` shows it."""
    rows = [f"| {row.code} | {row.meaning} | {row.reconnect} |" for row in TABLE]
    return "\n".join(["| code | meaning | connect again? |", "| --- | --- | --- |", *rows])


def plain(reason: str) -> str:
    """Cut a close reason to the 123 bytes that a close frame can carry."""
    return reason.encode()[:123].decode(errors="ignore")
