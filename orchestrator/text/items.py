"""The items of a text session: text only, and as much of it as the largest models take."""

from __future__ import annotations

import json

from orchestrator.errors import CallerError
from orchestrator.protocol.conversation import Conversation, Entry
from orchestrator.protocol.frames import Emit

MOST_ITEMS, MOST_TEXT = 1000, 4 * 1024 * 1024  # items; characters of all that a client gave, as JSON
NO_TEXT = ("input_audio", "input_image")


class TextConversation(Conversation[Entry]):
    """The items of one session."""

    def __init__(self, emit: Emit) -> None:
        super().__init__(emit, Entry, without=NO_TEXT)
        # Item id → characters, of the items that the client gave.
        self._sizes: dict[str, int] = {}

    def create(self, entry: Entry, after: str | None) -> None:
        """Add an item of the client's, as long as there is room."""
        size = len(json.dumps(entry.item))
        if len(self._sizes) >= MOST_ITEMS or sum(self._sizes.values()) + size > MOST_TEXT:
            raise CallerError("The conversation is full.", code="context_length_exceeded", param="item")
        super().create(entry, after)
        self._sizes[entry.id] = size

    def delete(self, item_id: str) -> None:
        """Take an item out, which makes room."""
        super().delete(item_id)
        self._sizes.pop(item_id, None)
