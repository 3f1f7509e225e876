"""The items of a conversation: checked as the service checks them, kept in order, shown in events."""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orchestrator.errors import CallerError
from orchestrator.protocol.checks import Check, anything, array, encoded, fields, nullable, text, variants, word
from orchestrator.protocol.ids import LONGEST_ID, make_id
from orchestrator.protocol.tools import NAME

LARGEST = 16 * 1024 * 1024  # characters of base64, or of text
MOST_PARTS = 100
ID = text(512, shortest=1)  # of something that exists
AUDIO = encoded(LARGEST)
IMAGE = encoded(LARGEST, ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,"))
WORDS = text(LARGEST)
KIND = {"type": anything}
INPUT_TEXT = fields({**KIND, "text": WORDS}, {})
USER_PARTS: Mapping[str, Check] = {
    "input_text": INPUT_TEXT,
    "input_audio": fields({**KIND, "audio": AUDIO}, {"transcript": nullable(WORDS)}),
    "input_image": fields({**KIND, "image_url": IMAGE}, {"detail": word("auto", "low", "high")}),
}
# A session cannot be given audio that it did not speak: of an assistant's turn only the text is accepted.
ASSISTANT_PARTS: Mapping[str, Check] = {
    "output_text": fields({**KIND, "text": WORDS}, {}),
    "output_audio": fields({**KIND, "text": WORDS}, {"audio": nullable(AUDIO), "transcript": nullable(WORDS)}),
}
PARTS = {"system": {"input_text": INPUT_TEXT}, "user": USER_PARTS, "assistant": ASSISTANT_PARTS}
EXTRAS = {
    "id": nullable(text(LONGEST_ID, shortest=1)),
    "object": nullable(word("realtime.item")),
    "status": nullable(word("completed", "incomplete", "in_progress")),
}


def _message(parts: Mapping[str, Check]) -> Check:
    return fields({**KIND, "role": anything, "content": array(variants("type", parts), MOST_PARTS)}, EXTRAS)


ITEM = variants(
    "type",
    {
        "message": variants("role", {role: _message(parts) for role, parts in PARTS.items()}),
        "function_call": fields({**KIND, "name": NAME, "arguments": WORDS}, {**EXTRAS, "call_id": nullable(ID)}),
        "function_call_output": fields({**KIND, "call_id": ID, "output": WORDS}, EXTRAS),
    },
)
ITEM_REFERENCE = fields({**KIND, "id": ID}, {})


@dataclass(slots=True)
class Entry:
    """An item of a conversation."""

    item: dict[str, Any]

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.item["id"])


Kept = TypeVar("Kept", bound=Entry)


class Conversation(Generic[Kept]):
    """The items of one session."""

    def __init__(self) -> None:
        # `conversation_id` of its responses.
        self.id = make_id("conv_")
        # In order.
        self._entries: list[Kept] = []

    def add(self, entry: Kept, *, after: str | None = None) -> str | None:
        """Place an item and return the id of the one before it.

        `after` is the client's `previous_item_id`: None appends, "root" is the front. Raises `CallerError`.
        """
        if any(entry.id == known.id for known in self._entries):
            message = f"Error adding item: an item with id {entry.id!r} already exists."
            raise CallerError(message, code="item_create_duplicate_item_id", param="item.id")
        at = len(self._entries)
        if after == "root":
            at = 0
        elif after is not None:
            at = self._index(after, "item_create_invalid_previous_item_id", "previous_item_id") + 1
        self._entries.insert(at, entry)
        return self._entries[at - 1].id if at else None

    def find(self, item_id: Any, code: str) -> Kept:
        """Return an entry; raises `CallerError` of that code."""
        return self._entries[self._index(item_id, code, "item_id")]

    def delete(self, item_id: Any) -> None:
        """Take an item out; raises `CallerError`."""
        del self._entries[self._index(item_id, "item_delete_invalid_item_id", "item_id")]

    def previous_id(self, entry: Kept) -> str | None:
        """Return the id of the item before one; None when it is the first, or deleted meanwhile."""
        ids = [known.id for known in self._entries]
        at = ids.index(entry.id) if entry.id in ids else 0
        return ids[at - 1] if at else None

    def entries(self) -> Sequence[Kept]:
        """Return what there is now, in order."""
        return tuple(self._entries)

    def _index(self, item_id: Any, code: str, param: str) -> int:
        for at, entry in enumerate(self._entries):
            if entry.id == item_id:
                return at
        raise CallerError(f"Item with item_id {item_id!r} does not exist.", code=code, param=param)


def new_item(given: Mapping[str, Any], path: str = "item", *, without: Collection[str] = ()) -> dict[str, Any]:
    """Return the complete item that a client's checked one becomes.

    `without` are content types that the session cannot take; one of them raises `CallerError`.
    """
    kind, item_id = given["type"], given.get("id") or make_id("item_")
    item = {"id": item_id, "object": "realtime.item", "type": kind, "status": "completed"}
    if kind == "function_call":
        call_id = given.get("call_id") or make_id("call_")
        return {**item, "name": given["name"], "call_id": call_id, "arguments": given["arguments"]}
    if kind == "function_call_output":
        return {**item, "call_id": given["call_id"], "output": given["output"]}
    for at, part in enumerate(given["content"]):
        if part["type"] in without:
            message = f"This session takes no content of type {part['type']!r}."
            raise CallerError(message, code="unsupported_content_type", param=f"{path}.content[{at}].type")
    return {**item, "role": given["role"], "content": [_kept(part) for part in given["content"]]}


def _kept(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content part as it is kept: of what an assistant said, only the text."""
    if part["type"] == "output_audio":
        return {"type": "output_text", "text": part["text"]}
    return {"transcript": None, **part} if part["type"] == "input_audio" else dict(part)


def shown(entry: Entry, status: str | None = None) -> dict[str, Any]:
    """Return the item as an event shows it: without its audio."""
    item = copy.deepcopy(entry.item)
    for part in item.get("content", ()):
        part.pop("audio", None)
    return item | {"status": status} if status else item


def words(item: Mapping[str, Any]) -> str:
    """Return the words of a message item, typed or spoken."""
    parts = item.get("content") or []
    return " ".join(str(part.get("text") or part.get("transcript") or "") for part in parts).strip()
