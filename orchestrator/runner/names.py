"""Ids that services give, made unique in a call: some services count from 1 in each session.

The core has one transcript, and the caller one conversation, for all sessions. An id that another session of the call
has given before gets another one here, on its way in, and is itself again on its way out. All others stay as they are,
and their frames are passed on unread.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, cast

from orchestrator.core import events as ev
from orchestrator.core.tools.events import HostedAsked, HostedReported
from orchestrator.protocol.frames import parse_server_event
from orchestrator.protocol.ids import make_id

REMEMBERED = 4000  # ids of a call, and as many of a session that repeats others'; older ones are taken for new
NAMED = ("item_id", "previous_item_id", "response_id")  # the fields of an event that name something
HELD = ("id", "response_id", "approval_request_id")  # and of an item
# The events in which a service gives an id; audio and words come after one of them.
GIVING = frozenset(
    {
        ev.ResponseStarted,
        ev.ResponseProgressed,
        ev.FunctionCalled,
        ev.ItemReported,
        HostedAsked,
        HostedReported,
        ev.SpeechStarted,
        ev.TurnCommitted,
    }
)


class Names:
    """The ids of one session."""

    def __init__(self, givers: OrderedDict[str, Names]) -> None:
        # Id → the session that gave it, for all sessions of the call.
        self._givers = givers
        # Of the ids that another had given before: the service's → ours, and ours → the service's.
        self._ours: OrderedDict[str, str] = OrderedDict()
        self._theirs: OrderedDict[str, str] = OrderedDict()

    def inward(self, frame: str) -> str:
        """Return a service's frame with our ids; raises `RealtimeError` for what is no event."""
        return json.dumps(_renamed(parse_server_event(frame), self._ours)) if self._ours else frame

    def outward(self, frame: str) -> str:
        """Return a frame for the service with its own ids."""
        return json.dumps(_renamed(json.loads(frame), self._theirs)) if self._theirs else frame

    def put(self, item_id: str) -> None:
        """Note that we add an item to the session: its id stays as it is, whichever session had it before."""
        _keep(self._givers, item_id, self)

    def gave(self, event: ev.Event) -> None:
        """Note the ids that an event has given, in another process that had the call: they stay as they are."""
        if type(event) in GIVING:
            for given, _ in _ids(cast("ev.SessionSaid", event)):
                _keep(self._givers, given, self)

    def repeats(self, event: ev.SessionSaid) -> bool:
        """Note the ids in an event; return whether another session gave one of them before: it has another now."""
        repeated = False
        for given, prefix in _ids(event):
            if self._givers.get(given, self) is self:
                _keep(self._givers, given, self)
            else:
                ours = make_id(prefix)
                _keep(self._givers, ours, self)
                _keep(self._ours, given, ours)
                _keep(self._theirs, ours, given)
                repeated = True
        return repeated


def _ids(event: ev.SessionSaid) -> Iterator[tuple[str, str]]:
    """Yield the ids that an event may give, with the prefix of their kind."""
    match event:
        case ev.ResponseStarted(response_id=response_id):
            yield response_id, "resp_"
        case ev.FunctionCalled() | ev.ItemReported() | HostedAsked() | HostedReported():
            yield event.item_id, "item_"
        case ev.SpeechStarted() | ev.TurnCommitted():
            yield event.item_id, "item_"
        case ev.ResponseProgressed(payload={"item": {"id": str(item_id)}}):
            yield item_id, "item_"


def _renamed(event: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return an event with other ids."""
    changed = event | {key: _name(event[key], names) for key in NAMED if key in event}
    for key in ("item", "response"):
        if isinstance(event.get(key), dict):
            changed[key] = _holder(event[key], names)
    return changed


def _holder(value: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return an item, or a response with its items, with other ids."""
    changed = value | {key: _name(value[key], names) for key in HELD if key in value}
    for key in ("output", "input"):
        if isinstance(value.get(key), list):
            changed[key] = [_holder(one, names) if isinstance(one, dict) else one for one in value[key]]
    return changed


def _name(value: Any, names: Mapping[str, str]) -> Any:
    return names.get(value, value) if isinstance(value, str) else value


def _keep(table: OrderedDict[str, Any], key: str, value: Any) -> None:
    table[key] = value
    table.move_to_end(key)
    if len(table) > REMEMBERED:
        table.popitem(last=False)
