"""The open responses as the caller saw them, and how to close one whose session sends nothing more of it. Sans-I/O.

A cancelled response still ends with all its `.done` events in the order of the service: part, item, response. So what
the caller has seen of each open item is remembered, and the `.done` events are written from that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.protocol.response import PARTS, Part
from orchestrator.protocol.server_events import NO_USAGE

ServerEvent = dict[str, Any]
DETAILS = {  # status → why
    "cancelled": {"type": "cancelled", "reason": "turn_detected"},
    "failed": {"type": "failed", "error": {"type": "server_error", "code": "server_error"}},
}
WORDS = frozenset(f"{part.stream}.delta" for part in PARTS.values())


@dataclass(slots=True)
class OpenPart:
    """A content part that is not done."""

    spelling: Part
    words: str = ""  # its text or transcript so far
    ended: set[str] = field(default_factory=set)  # types of the `.done` events that were sent


@dataclass(slots=True)
class OpenItem:
    """An output item that is not done."""

    item: ServerEvent
    output_index: int
    parts: dict[int, OpenPart] = field(default_factory=dict)
    content: list[ServerEvent] = field(default_factory=list)  # of the parts that are done


class OpenResponse:
    """A response between `response.created` and `response.done`, as the caller saw it."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        # The response object of `response.created`.
        self.created = dict(response)
        # Items that were added and are not done, in order.
        self._open: dict[str, OpenItem] = {}
        # Items that are done, as the caller saw them.
        self._output: list[ServerEvent] = []
        # Items whose audio may still be played to the caller.
        self.items: set[str] = set()
        # The caller was told that it began, which happens with its first visible event.
        self.shown = False
        # Part of it is hidden from the caller: a function call of the team.
        self.hides = False

    @property
    def aside(self) -> bool:
        """Whether it is out of band: its items are in no history."""
        return self.created.get("conversation_id") is None

    @property
    def internal(self) -> bool:
        """Whether all of it is hidden from the caller, who hears only the response that follows."""
        return self.hides and not self.shown and not self.aside

    def name_of(self, item_id: str) -> str:
        """Return the name of the function that an open item calls."""
        return str(self._open[item_id].item.get("name", "")) if item_id in self._open else ""

    def add_words(self, item_id: str, content_index: int, text: str) -> bool:
        """Remember words of an open part; return False when there is none."""
        item = self._open.get(item_id)
        part = item.parts.get(content_index) if item is not None else None
        if part is None:
            return False
        part.words += text
        return True

    def note(self, event: ServerEvent) -> None:
        """Remember an event that is being sent to the caller."""
        kind, item = event["type"], self._open.get(event.get("item_id", ""))
        if kind == "response.output_item.added":
            self._open[event["item"]["id"]] = OpenItem(event["item"], event["output_index"])
            self.items.add(event["item"]["id"])
        elif kind == "response.output_item.done":
            self._open.pop(event["item"]["id"], None)
            self._output.append(event["item"])
        elif item is not None:
            _note_part(item, event)

    def close(self, status: str) -> Iterator[ServerEvent]:
        """Yield the `.done` events of all open parts and items, and the `response.done`."""
        for item_id, item in self._open.items():
            yield from self._close_item(item_id, item)
        self._open.clear()
        details = DETAILS.get(status)
        changed = {"status": status, "status_details": details, "output": self._output, "usage": dict(NO_USAGE)}
        yield {"type": "response.done", "response": {**self.created, **changed}}

    def _close_item(self, item_id: str, item: OpenItem) -> Iterator[ServerEvent]:
        place = {"response_id": self.created["id"], "item_id": item_id, "output_index": item.output_index}
        content = list(item.content)
        for index, part in sorted(item.parts.items()):
            for kind, fields in part.spelling.closing(part.words):
                if kind not in part.ended:
                    yield {"type": kind, **place, "content_index": index, **fields}
            content.append(part.spelling.content(part.words))
        ended = {**item.item, "status": "incomplete"}
        if ended["type"] == "message":
            ended["content"] = content
        if not self.aside:
            yield {"type": "conversation.item.done", "item": ended}
        self._output.append(ended)
        at_item = {"response_id": self.created["id"], "output_index": item.output_index}
        yield {"type": "response.output_item.done", **at_item, "item": ended}


def _note_part(item: OpenItem, event: ServerEvent) -> None:
    kind, index = event["type"], event.get("content_index", 0)
    if kind == "response.content_part.added":
        item.parts[index] = OpenPart(PARTS[event["part"]["type"]])
        return
    part = item.parts.get(index)
    if part is None:
        return
    if kind in WORDS:
        part.words += event["delta"]
    elif kind == "response.content_part.done":
        words = event["part"].get(part.spelling.words, part.words)
        item.content.append(item.parts.pop(index).spelling.content(words))
    elif kind.endswith(".done"):
        part.ended.add(kind)
