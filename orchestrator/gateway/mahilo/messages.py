"""What agents have written to each other, for `GET /messages` and `GET /conversations/{a}/{b}`, as mahilo answers them.

Messages of all calls of this process are kept in memory, without the values of secrets. Limits: the last `KEPT`, and
none that is older than `KEPT_SECONDS`.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from math import inf, isnan, nan
from typing import Any

from fastapi import Depends, FastAPI, Request

from orchestrator.errors import CallerError
from orchestrator.gateway.admission import Admission
from orchestrator.gateway.desk.board import Entry
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.rest import with_key

KEPT = 1000
KEPT_SECONDS = 24 * 3600.0
LONGEST = 100  # characters of a value that is shown
MOST, MOST_BETWEEN = 100, 50  # in an answer, unless another limit is asked for


@dataclass(frozen=True, slots=True)
class Message:
    """One message; the fields are those of mahilo's JSON."""

    message_id: str
    sender: str
    recipient: str
    payload: str
    timestamp: float  # unix seconds
    correlation_id: str  # the call
    message_type: str = "direct"
    reply_to: None = None


class Messages:
    """The messages of all calls; a watcher of the board."""

    def __init__(self, find: Callable[[str], OpenCall | None], clock: Callable[[], float] = time.time) -> None:
        # Finds an open call.
        self._find = find
        # The time of day, in unix seconds.
        self._clock = clock
        # The messages, the newest first, each with its team.
        self._kept: deque[tuple[str, Message]] = deque(maxlen=KEPT)

    def newest(self, may: Collection[str] | None = None) -> Iterator[Message]:
        """Yield all messages of teams that somebody may see, the newest first; None stands for all teams."""
        oldest = self._clock() - KEPT_SECONDS
        while self._kept and self._kept[-1][1].timestamp < oldest:
            self._kept.pop()
        return (message for team, message in self._kept if may is None or team in may)

    # --- what the board tells ---

    def notice(self, entry: Entry, name: str, fields: Mapping[str, Any]) -> None:
        """Keep a message that was sent."""
        call = self._find(entry.call)
        if name != "message.sent" or call is None:
            return
        state = call.running.state
        sent = next((message for message in state.shared.sent if message.id == fields["id"]), None)
        if sent is not None:
            text = state.variables.mask(sent.text)
            message = Message(sent.id, sent.sender, sent.to, text, self._clock(), entry.party)
            self._kept.appendleft((entry.team, message))

    def show(self, entry: Entry, event: Mapping[str, Any]) -> None:
        """Take no events: calls are not watched."""

    def overhear(self, entry: Entry, leg: str, frame: str) -> None:
        """Take no audio."""


def add_queries(app: FastAPI) -> None:
    """Add the routes to the application, and keep what they answer from."""
    app.state.messages = Messages(app.state.calls.find)
    app.state.calls.board.come(app.state.messages)
    for path, answer in (("/messages", of_one), ("/conversations/{one}/{other}", of_two)):
        app.add_api_route(path, answer, response_model=None, dependencies=[Depends(with_key)])


async def of_one(request: Request) -> list[dict[str, Any]]:
    """Answer the messages of `sender`, or to `recipient`, or both."""
    query = request.query_params
    return _selected(request, sent(_seen(request), query.get("sender"), query.get("recipient")), MOST)


async def of_two(request: Request, one: str, other: str) -> list[dict[str, Any]]:
    """Answer what two agents have written to each other."""
    return _selected(request, between(_seen(request), one, other), MOST_BETWEEN)


def _seen(request: Request) -> Iterator[Message]:
    kept: Messages = request.app.state.messages
    admission: Admission = request.app.state.admission
    return kept.newest(admission.may(request))


def sent(messages: Iterable[Message], sender: str | None, recipient: str | None) -> Iterator[Message]:
    """Yield the messages of a sender, to a recipient, or both."""
    return (one for one in messages if sender in (None, one.sender) and recipient in (None, one.recipient))


def between(messages: Iterable[Message], one: str, other: str) -> Iterator[Message]:
    """Yield what two agents have written to each other."""
    return (found for found in messages if (found.sender, found.recipient) in ((one, other), (other, one)))


def _selected(request: Request, messages: Iterator[Message], most: int) -> list[dict[str, Any]]:
    """Return the newest of the messages that were sent between `start_time` and `end_time`, `limit` at most."""
    limit, start, end = (
        _number(request, name, otherwise)
        for name, otherwise in (("limit", most), ("start_time", -inf), ("end_time", inf))
    )
    found = (asdict(one) for one in messages if start <= one.timestamp <= end)
    return list(islice(found, int(min(max(limit, 0), KEPT))))


def _number(request: Request, name: str, otherwise: float) -> float:
    """Return a number of the query; raises `CallerError`."""
    given = request.query_params.get(name) or str(otherwise)
    try:
        number = float(given)
    except ValueError:
        number = nan
    if isnan(number):
        raise CallerError(f"{name} is not a number: {given[:LONGEST]!r}", code="invalid_value", param=name)
    return number
