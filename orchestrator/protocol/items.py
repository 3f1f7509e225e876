"""The items of a conversation, as a service keeps them and takes them from its clients."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from orchestrator.errors import CallerError
from orchestrator.protocol.ids import LONGEST_ID, make_id

TEXTS = {"system": {"input_text"}, "user": {"input_text", "input_audio"}, "assistant": {"output_text", "text"}}


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


def shown(entry: Entry, status: str | None = None) -> dict[str, Any]:
    """Return the item as an event shows it: without its audio."""
    item = copy.deepcopy(entry.item)
    for part in item.get("content", ()):
        part.pop("audio", None)
    return item | {"status": status} if status else item


def new_item(given: Any, path: str = "item") -> dict[str, Any]:
    """Return the complete item of a client's `conversation.item.create`; raises `CallerError`."""
    if not isinstance(given, Mapping):
        raise CallerError(f"Missing required parameter: '{path}'.", code="missing_required_parameter", param=path)
    item_id = given.get("id") or make_id("item_")
    if not isinstance(item_id, str) or len(item_id) > LONGEST_ID:
        message = f"Invalid '{path}.id': at most {LONGEST_ID} characters."
        raise CallerError(message, code="string_above_max_length", param=f"{path}.id")
    kind = given.get("type")
    base = {"id": item_id, "object": "realtime.item", "type": kind, "status": "completed"}
    if kind == "message":
        return base | _message(given, path)
    if kind == "function_call":
        return base | {key: _need(given, key, path) for key in ("name", "call_id", "arguments")}
    if kind == "function_call_output":
        return base | {key: _need(given, key, path) for key in ("call_id", "output")}
    message = f"Invalid value: {kind!r}. Supported values are: 'message', 'function_call', 'function_call_output'."
    raise CallerError(message, code="invalid_value", param=f"{path}.type")


def _need(given: Mapping[str, Any], key: str, path: str) -> str:
    value = given.get(key)
    if value is None:
        message = f"Missing required parameter: '{path}.{key}'."
        raise CallerError(message, code="missing_required_parameter", param=f"{path}.{key}")
    if not isinstance(value, str):
        message = f"Invalid type for '{path}.{key}': expected a string."
        raise CallerError(message, code="invalid_type", param=f"{path}.{key}")
    return value


def _message(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    role = given.get("role")
    if role not in TEXTS:
        message = f"Invalid value: {role!r}. Supported values are: 'system', 'user', 'assistant'."
        raise CallerError(message, code="invalid_value", param=f"{path}.role")
    content = given.get("content")
    if not isinstance(content, list):
        message = f"Missing required parameter: '{path}.content'."
        raise CallerError(message, code="missing_required_parameter", param=f"{path}.content")
    return {"role": role, "content": [_part(part, role, f"{path}.content[{at}]") for at, part in enumerate(content)]}


def _part(given: Any, role: str, path: str) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise CallerError(f"Invalid value: '{path}' must be an object.", code="invalid_value", param=path)
    kind = given.get("type")
    if role == "assistant" and kind == "output_audio":
        # As the service: an assistant's audio cannot be given back to it, its words can.
        _need(given, "text", path)
    if kind not in TEXTS[role]:
        message = f"Invalid value: {kind!r}. Supported values are: {sorted(TEXTS[role])}."
        raise CallerError(message, code="invalid_value", param=f"{path}.type")
    if kind == "input_audio":
        _need(given, "audio", path)
        return {"type": kind, "audio": given["audio"], "transcript": given.get("transcript")}
    return {"type": "output_text" if role == "assistant" else kind, "text": _need(given, "text", path)}


def words(item: Mapping[str, Any]) -> str:
    """Return the words of a message item, typed or spoken."""
    parts = item.get("content") or []
    return " ".join(str(part.get("text") or part.get("transcript") or "") for part in parts).strip()
