"""The items of a text session: text only, and as much of it as the largest models take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.items import Conversation, Entry, new_item

MOST_ITEMS, MOST_TEXT = 1000, 4 * 1024 * 1024  # items; characters of all that a client gave, as JSON
NO_TEXT = ("input_audio", "input_image")


class TextConversation(Conversation[Entry]):
    """The items of one session."""

    def __init__(self) -> None:
        super().__init__()
        # Item id → characters, of the items that the client gave.
        self._sizes: dict[str, int] = {}

    def create(self, given: Mapping[str, Any], after: str | None) -> tuple[Entry, str | None]:
        """Add a checked item of the client's; return it and the id of the one before. Raises `CallerError`."""
        entry = Entry(new_item(given, without=NO_TEXT))
        size = len(json.dumps(entry.item))
        if len(self._sizes) >= MOST_ITEMS or sum(self._sizes.values()) + size > MOST_TEXT:
            raise CallerError("The conversation is full.", code="context_length_exceeded", param="item")
        before = self.add(entry, after=after)
        self._sizes[entry.id] = size
        return entry, before

    def delete(self, item_id: str) -> None:
        """Take an item out; raises `CallerError`."""
        super().delete(item_id)
        self._sizes.pop(item_id, None)

    def seen(self, given: list[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
        """Return the items that a response is made from: all there are, or those of its own checked `input`."""
        if given is None:
            return [entry.item for entry in self.entries()]
        return [self._brought(item, f"response.input[{at}]") for at, item in enumerate(given)]

    def _brought(self, item: Mapping[str, Any], path: str) -> Mapping[str, Any]:
        if item["type"] == "item_reference":
            return self.find(item["id"], "invalid_value").item
        return new_item(item, path, without=NO_TEXT)
