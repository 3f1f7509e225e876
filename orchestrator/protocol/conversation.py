"""The conversation of a session as the service keeps it: items in order, and the events about them. Sans-I/O."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orchestrator.errors import CallerError
from orchestrator.protocol.frames import Emit
from orchestrator.protocol.ids import make_id
from orchestrator.protocol.items import new_item


@dataclass(slots=True)
class Entry:
    """An item of a conversation; subclasses add what the wire does not show of it."""

    item: dict[str, Any]

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.item["id"])

    def shown(self) -> dict[str, Any]:
        """Return the item as an event shows it: without its audio."""
        item = copy.deepcopy(self.item)
        for part in item.get("content", ()):
            part.pop("audio", None)
        return item


Kept = TypeVar("Kept", bound=Entry)


class Conversation(Generic[Kept]):
    """The items of one session. A client's mistake raises `CallerError` with the service's code.

    A session whose assistant speaks says in `audio_ms` and `cut` how its audio is truncated.
    """

    slack_ms = 0  # a truncation may be this much longer than the audio

    def __init__(
        self,
        emit: Emit,
        make_entry: Callable[[dict[str, Any]], Kept],
        *,
        without: Collection[str] = (),
        make_id: Callable[[str], str] = make_id,
    ) -> None:
        # Sends a server event.
        self.emit = emit
        # Makes an entry of a complete item.
        self.make_entry = make_entry
        # Types of content that the session cannot take.
        self._without = without
        # Makes ids, given their prefix.
        self.make_id = make_id
        # `conversation_id` of its responses.
        self.id = make_id("conv_")
        # In order.
        self._entries: list[Kept] = []

    def entries(self) -> Sequence[Kept]:
        """Return what there is now, in order."""
        return tuple(self._entries)

    def add(self, entry: Kept, after: str | None = None) -> None:
        """Place an item; `after` is the client's `previous_item_id`: None appends, "root" is the front."""
        if any(entry.id == known.id for known in self._entries):
            message = f"Error adding item: an item with id {entry.id!r} already exists."
            raise CallerError(message, code="item_create_duplicate_item_id", param="item.id")
        at = len(self._entries)
        if after == "root":
            at = 0
        elif after is not None:
            at = self._index(after, "item_create_invalid_previous_item_id", "previous_item_id") + 1
        self._entries.insert(at, entry)

    def find(self, item_id: Any, code: str) -> Kept:
        """Return an entry; raises `CallerError` of that code."""
        return self._entries[self._index(item_id, code, "item_id")]

    def previous_id(self, entry: Kept) -> str | None:
        """Return the id of the item before one; None when it is the first, or deleted meanwhile."""
        ids = [known.id for known in self._entries]
        at = ids.index(entry.id) if entry.id in ids else 0
        return ids[at - 1] if at else None

    def show(self, entry: Kept, *steps: str) -> None:
        """Tell that an item was `added` or is `done`."""
        for step in steps:
            self.emit(f"conversation.item.{step}", previous_item_id=self.previous_id(entry), item=entry.shown())

    def commit(self, item_id: str, transcript: str | None) -> Kept:
        """Add what the caller said, from the input audio buffer."""
        content = [{"type": "input_audio", "transcript": transcript}]
        item = {"id": item_id, "object": "realtime.item", "type": "message", "status": "completed", "role": "user"}
        entry = self.make_entry({**item, "content": content})
        self.add(entry)
        self.emit("input_audio_buffer.committed", item_id=item_id, previous_item_id=self.previous_id(entry))
        self.show(entry, "added", "done")
        return entry

    # --- client events ---

    def handle(self, event: Mapping[str, Any]) -> None:
        """Do what a checked `conversation.item.*` event asks for."""
        match event["type"].rpartition(".")[2]:
            case "create":
                self.create(self.given(event["item"]), event.get("previous_item_id"))
            case "retrieve":
                item = self.find(event["item_id"], "item_retrieve_invalid_item_id").shown()
                self.emit("conversation.item.retrieved", item=item)
            case "delete":
                self.delete(event["item_id"])
            case "truncate":
                self.truncate(event["item_id"], event["audio_end_ms"])

    def given(self, item: Mapping[str, Any], path: str = "item") -> Kept:
        """Return the entry of a client's checked item, which is not added yet."""
        return self.make_entry(new_item(item, path, without=self._without, make_id=self.make_id))

    def context(self, given: Sequence[Mapping[str, Any]] | None, code: str) -> Sequence[Kept]:
        """Return what a response is made from: all there is, or the items of its own checked `input`.

        `code` is that of the error when one of them refers to an item that is not here.
        """
        if given is None:
            return self.entries()
        return [
            self.find(item["id"], code)
            if item["type"] == "item_reference"
            else self.given(item, f"response.input[{at}]")
            for at, item in enumerate(given)
        ]

    def create(self, entry: Kept, after: str | None) -> None:
        """Add an item of the client's."""
        self.add(entry, after)
        self.show(entry, "added", "done")

    def delete(self, item_id: str) -> None:
        """Take an item out."""
        del self._entries[self._index(item_id, "item_delete_invalid_item_id", "item_id")]
        self.emit("conversation.item.deleted", item_id=item_id)

    def truncate(self, item_id: str, audio_end_ms: int) -> None:
        """Drop what the caller did not hear of an assistant's audio."""
        entry = self.find(item_id, "item_truncate_invalid_item_id")
        length = self.audio_ms(entry)
        if length is None:
            message = "Only model output audio messages can be truncated."
            raise CallerError(message, code="unsupported_content_type", param="item_id")
        if audio_end_ms > length + self.slack_ms:
            message = f"Audio content of {int(length)}ms is already shorter than {audio_end_ms}ms."
            raise CallerError(message, code="invalid_value", param="audio_end_ms")
        self.cut(entry, audio_end_ms)
        self.emit("conversation.item.truncated", item_id=item_id, content_index=0, audio_end_ms=audio_end_ms)

    def audio_ms(self, entry: Kept) -> float | None:
        """Return how long an assistant's audio is; None when the item has none."""
        return None

    def cut(self, entry: Kept, audio_end_ms: int) -> None:
        """Keep only so much of an assistant's audio."""
        raise NotImplementedError

    def _index(self, item_id: Any, code: str, param: str) -> int:
        for at, entry in enumerate(self._entries):
            if entry.id == item_id:
                return at
        raise CallerError(f"Item with item_id {item_id!r} does not exist.", code=code, param=param)
