"""What the caller sees of the agents' sessions: one session, one conversation, one linear history. Sans-I/O.

- `previous_item_id` follows the caller's own history, across handoffs;
- function calls that are not of the caller's own tools, and their outputs, are hidden everywhere, and so is how the
  team answers a provider that wants to call a tool of a server; `output_index` stays;
- exactly one `response.done` for every `response.created`; what comes later of a closed response is dropped;
- a response that holds only function calls of the team is not shown: to the caller the one that follows is the answer,
  so it carries the metadata that the caller gave, and the tokens of both. Clients take an empty response for the end of
  a turn, and one of them asks for another;
- `.added` goes before anything that refers to an item;
- every event has a fresh `event_id`, and the shape that strict clients need (`protocol.server_events`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.core.wording import unmarked
from orchestrator.gateway.history import History
from orchestrator.gateway.responses import OpenResponse
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.server_events import NO_USAGE, tidy

ServerEvent = dict[str, Any]
DIGITS = 8  # of an event's number in its id
REMEMBERED = 2000  # hidden items and the caller's function calls; older ones are forgotten
MOST_OPEN = 64  # responses that have not ended; the oldest is forgotten
STEPS = "response.mcp_call."  # these say of which item they are, and not of which response
# Items by which an agent and the team answer each other.
INTERNAL = frozenset({"function_call_output", "mcp_approval_request", "mcp_approval_response"})
PLACED = frozenset({"conversation.item.added", "conversation.item.done", "input_audio_buffer.committed"})


class Ids:
    """A set of ids of bounded size; the oldest is forgotten first."""

    def __init__(self) -> None:
        # The ids, oldest first; the value says nothing.
        self._ids: OrderedDict[str, None] = OrderedDict()

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def add(self, key: str) -> None:
        """Add an id."""
        self._ids[key] = None
        if len(self._ids) > REMEMBERED:
            self._ids.popitem(last=False)


class Projection:
    """Turns server events of the agents' sessions into those of the caller's one session."""

    def __init__(self, conversation_id: str = "") -> None:
        # The caller's one conversation.
        self.conversation_id = conversation_id or make_id("conv_")
        # The order of items that the caller knows.
        self.history = History()
        # Names of the caller's own tools: their calls are shown.
        self._own_tools = Ids()
        # Responses that the caller saw begin and not end.
        self._responses: dict[str, OpenResponse] = {}
        # What the next response carries on of those that were not shown: metadata and usage.
        self._metadata: Mapping[str, Any] | None = None
        self._usage: Mapping[str, Any] = {}
        # Items that `conversation.item.added` was sent for.
        self._added = Ids()
        # Items that the caller must not see.
        self._hidden = Ids()
        # Items that the caller created itself.
        self._own_items = Ids()
        # The last turn that the caller spoke, by its item; None before the first.
        self.last_turn: str | None = None
        # Numbers the events.
        self._count = 0
        # Begins the event ids of this call; their numbers fill the service's length.
        self._prefix = make_id("event_")[:-DIGITS]

    def kept(self) -> dict[str, Any] | None:
        """Return, as JSON could hold it, what another projection has to know of this one; None in a response."""
        if self._responses:
            return None
        sets = {name: list(ids) for name, ids in self._sets.items()}
        carried = {"metadata": self._metadata, "usage": self._usage, "last_turn": self.last_turn}
        return {"history": self.history.kept(), "sets": sets, **carried}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Know what another projection has `kept`."""
        self.history.restore(kept["history"])
        for name, ids in self._sets.items():
            for one in kept["sets"][name]:
                ids.add(one)
        self._metadata, self._usage, self.last_turn = kept["metadata"], kept["usage"], kept["last_turn"]

    @property
    def _sets(self) -> dict[str, Ids]:
        return {"tools": self._own_tools, "added": self._added, "hidden": self._hidden, "own": self._own_items}

    def own_tools(self, names: Iterable[str]) -> None:
        """Note the names of the caller's own tools; the calls of those it had before stay visible."""
        for name in names:
            self._own_tools.add(name)

    def own_item(self, item_id: str, after: str | None = None) -> None:
        """Note an item that the caller is creating: it is shown whatever it is, at the place it was asked for."""
        self._own_items.add(item_id)
        self.history.want(item_id, after)

    def knows(self, item_id: str) -> bool:
        """Return whether the caller has seen an item, or created it."""
        return item_id in self.history or item_id in self._own_items

    def stamp(self, event: Mapping[str, Any]) -> ServerEvent:
        """Return the event with a fresh `event_id`."""
        self._count += 1
        return {"type": event["type"], "event_id": f"{self._prefix}{self._count:0{DIGITS}}", **_without_id(event)}

    def project(self, payload: Mapping[str, Any]) -> list[ServerEvent]:
        """Return what the caller gets for a server event: nothing, it, or it after those that must go first."""
        event = tidy(payload)
        if event is None or self._hides(event):
            return []
        of_response = event["type"].startswith("response.") and not event["type"].startswith(STEPS)
        events = self._in_response(event) if of_response else self._placed(event)
        return [self.stamp(one) for one in events]

    def plays(self, item_id: str) -> bool:
        """Return whether audio of an item may reach the caller: its response is open, its item was added."""
        return any(item_id in response.items for response in self._responses.values())

    def adds_words(self, response_id: str, item_id: str, content_index: int, text: str) -> bool:
        """Note words of a transcript; return False, and do nothing, when the caller was not told of their part yet."""
        response = self._responses.get(response_id)
        return response is not None and response.add_words(item_id, content_index, text)

    def end_response(self, response_id: str, status: str) -> list[ServerEvent]:
        """Close a response whose session will send nothing more of it, with all the `.done` events of the service."""
        response = self._responses.pop(response_id, None)
        if response is None:
            return []
        begun = self._begin(response)
        closed = (placed for event in response.close(status) for placed in self._placed(event))
        return [self.stamp(event) for event in (*begun, *closed)]

    def _in_response(self, event: ServerEvent) -> Iterator[ServerEvent]:
        if event["type"] == "response.created":
            self._created(event)
            return
        if event["type"] == "response.done":
            yield from self._done(event)
            return
        response = self._responses.get(event["response_id"])
        if response is None:
            return  # late, or of a response that the caller never saw
        if event["type"] == "response.function_call_arguments.done":
            event.setdefault("name", response.name_of(event["item_id"]))
        yield from self._begin(response)
        response.note(event)
        yield event

    def _created(self, event: ServerEvent) -> None:
        """Note that a response began; the caller is told of it together with its first visible event."""
        response = self._ours(event["response"])
        if response["conversation_id"] is not None and not response.get("metadata"):
            response["metadata"], self._metadata = self._metadata, None
        self._responses.setdefault(response["id"], OpenResponse(response))
        if len(self._responses) > MOST_OPEN:  # the service has forgotten to end them
            del self._responses[next(iter(self._responses))]

    def _begin(self, response: OpenResponse) -> Iterator[ServerEvent]:
        if not response.shown:
            response.shown = True
            yield {"type": "response.created", "response": response.created}

    def _done(self, event: ServerEvent) -> Iterator[ServerEvent]:
        opened = self._responses.pop(event["response"]["id"], None)
        if opened is None:
            return
        response = self._ours(event["response"])
        response["output"] = [item for item in response["output"] if not self._foreign(item)]
        response["metadata"] = response.get("metadata") or opened.created.get("metadata")
        response["usage"] = response.get("usage") or dict(NO_USAGE)
        if not opened.aside:
            response["usage"], self._usage = _sum(self._usage, response["usage"]), {}
        if opened.internal and response["status"] == "completed":
            self._metadata, self._usage = response["metadata"], response["usage"]
            return
        yield from self._begin(opened)
        yield {**event, "response": response}

    def _ours(self, response: ServerEvent) -> ServerEvent:
        aside = "conversation_id" in response and response["conversation_id"] is None
        if "metadata" in response:  # the core's marker is not the caller's
            response = {**response, "metadata": unmarked(response["metadata"])}
        return {**response, "conversation_id": None if aside else self.conversation_id}

    def _placed(self, event: ServerEvent) -> Iterator[ServerEvent]:
        kind = event["type"]
        if kind == "conversation.item.deleted":
            self.history.remove(event["item_id"])
        if kind not in PLACED:
            yield event
            return
        if kind == "input_audio_buffer.committed":
            item_id = self.last_turn = event["item_id"]
        else:
            item_id = event["item"]["id"]
        event = {**event, "previous_item_id": self.history.before(item_id)}
        if kind == "conversation.item.added":
            if item_id in self._added:
                return
            self._added.add(item_id)
        elif kind == "conversation.item.done" and item_id not in self._added:
            self._added.add(item_id)
            yield {**event, "type": "conversation.item.added"}
        yield event

    def _hides(self, event: ServerEvent) -> bool:
        item = event.get("item") if "item" in event["type"] else None
        if item is not None and self._foreign(item):
            self._hidden.add(item["id"])
            if event.get("response_id") in self._responses:
                self._responses[event["response_id"]].hides = True
            return True
        return event.get("item_id") in self._hidden

    def _foreign(self, item: Mapping[str, Any]) -> bool:
        if item["id"] in self._own_items:
            return False
        if item["type"] == "function_call":
            return item["name"] not in self._own_tools
        return item["type"] in INTERNAL


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> ServerEvent:
    """Add up two usages."""
    total = dict(other)
    for key, value in one.items():
        if isinstance(value, Mapping):
            total[key] = _sum(value, total.get(key) or {})
        elif isinstance(value, int):
            total[key] = value + (total.get(key) or 0)
    return total


def _without_id(event: Mapping[str, Any]) -> ServerEvent:
    return {key: value for key, value in event.items() if key not in ("type", "event_id")}
