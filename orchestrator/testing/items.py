"""The items of a scripted session's conversation, and the service's rules for them."""

from __future__ import annotations

from typing import Any

from orchestrator.errors import CallerError
from orchestrator.protocol.checks import refuse

Event = dict[str, Any]


class Items:
    """The items of one conversation, in order. A client's mistake raises `CallerError` with the service's code."""

    def __init__(self, conversation_id: str) -> None:
        # The id of the conversation.
        self.conversation_id = conversation_id
        # Id → item, in the order of the conversation.
        self.by_id: dict[str, Event] = {}
        # Id of an assistant item → milliseconds of audio in it.
        self._ms: dict[str, float] = {}
        # Id of a caller's spoken item → its words, whether or not they are transcribed for the client.
        self._spoken: dict[str, str] = {}

    @property
    def has_audio(self) -> bool:
        """Whether the assistant has spoken."""
        return bool(self._ms)

    def create(self, item: Event, after: str | None) -> Event:
        """Add a checked item that the client made: at the end (None), at the front (`root`), or after another item."""
        self._check(item)
        if item["id"] in self.by_id:
            raise _wrong_id("item_create_duplicate_item_id", "item.id", item["id"])
        order = list(self.by_id)
        if after is None:
            place = len(order)
        elif after == "root":
            place = 0
        elif after in order:
            place = order.index(after) + 1
        else:
            raise _wrong_id("item_create_invalid_previous_item_id", "previous_item_id", after)
        kept = {"object": "realtime.item", "status": "completed", **item}
        order.insert(place, kept["id"])
        known = {**self.by_id, kept["id"]: kept}
        self.by_id = {item_id: known[item_id] for item_id in order}
        return kept

    def append(self, item: Event) -> Event:
        """Add an item that the service made."""
        self.by_id[item["id"]] = item
        return item

    def append_spoken(self, item_id: str, words: str) -> Event:
        """Add what the caller said."""
        self._spoken[item_id] = words
        fields = {"object": "realtime.item", "type": "message", "role": "user", "status": "completed"}
        return self.append({"id": item_id, **fields, "content": [{"type": "input_audio", "transcript": None}]})

    def add_audio(self, item_id: str, ms: float) -> None:
        """Count audio of an assistant item."""
        self._ms[item_id] = self._ms.get(item_id, 0.0) + ms

    def before(self, item_id: str) -> str | None:
        """Return the id of the item before another one; None for the first."""
        order = list(self.by_id)
        place = order.index(item_id)
        return order[place - 1] if place else None

    def last(self) -> tuple[Event, str]:
        """Return the last item (empty when there is none) and its words: text, transcript or function output."""
        if not self.by_id:
            return {}, ""
        item = list(self.by_id.values())[-1]
        if item["id"] in self._spoken:
            return item, self._spoken[item["id"]]
        parts = item.get("content") or ()
        text = " ".join(part.get("text") or part.get("transcript") or "" for part in parts)
        return item, text or item.get("output", "")

    def retrieve(self, item_id: Any) -> Event:
        """Return an item."""
        return self._known("retrieve", item_id)

    def delete(self, item_id: Any) -> None:
        """Remove an item."""
        del self.by_id[self._known("delete", item_id)["id"]]

    def truncate(self, item_id: str, ms: int) -> None:
        """Cut an assistant item's audio to its first milliseconds; its transcript is lost."""
        item = self._known("truncate", item_id)
        if item_id not in self._ms:
            message = "Only model output audio messages can be truncated."
            raise CallerError(message, code="unsupported_content_type", param="item_id")
        if ms <= 0:
            refuse("audio_end_ms", "more than 0", ms)
        if ms > self._ms[item_id]:
            message = f"Audio content of {self._ms[item_id]:.0f}ms is already shorter than {ms}ms."
            raise CallerError(message, code="invalid_value", param="audio_end_ms")
        self._ms[item_id] = ms
        item["content"] = [{"type": "output_audio"}]

    def _known(self, verb: str, item_id: Any) -> Event:
        if item_id not in self.by_id:
            raise _wrong_id(f"item_{verb}_invalid_item_id", "item_id", item_id)
        return self.by_id[item_id]

    def _check(self, item: Event) -> None:
        """Refuse the output of a function call that is not in the conversation."""
        calls = [one.get("call_id") for one in self.by_id.values() if one["type"] == "function_call"]
        if item["type"] == "function_call_output" and item["call_id"] not in calls:
            refuse("item.call_id", "a function call of this conversation", item["call_id"])


def _wrong_id(code: str, param: str, item_id: Any) -> CallerError:
    return CallerError(f"Invalid {param}: {item_id!r}.", code=code, param=param)
