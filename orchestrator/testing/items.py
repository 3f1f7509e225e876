"""The items of a scripted session's conversation, and the service's rules for them."""

from __future__ import annotations

from typing import Any

from orchestrator.errors import CallerError
from orchestrator.testing.session_object import invalid, missing

Event = dict[str, Any]
ID_LENGTH = 32
# Role → the content parts that a client may create; an assistant's audio cannot be given back.
CONTENT = {
    "system": ("input_text",),
    "user": ("input_text", "input_audio", "input_image"),
    "assistant": ("output_text",),
}


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
        """Add an item that the client made: at the end (None), at the front (`root`), or after another item."""
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

    def truncate(self, item_id: Any, ms: Any) -> None:
        """Cut an assistant item's audio to its first milliseconds; its transcript is lost."""
        item = self._known("truncate", item_id)
        if item_id not in self._ms:
            message = "Only model output audio messages can be truncated."
            raise CallerError(message, code="unsupported_content_type", param="item_id")
        if not isinstance(ms, int) or ms <= 0:
            raise invalid("audio_end_ms", ms)
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
        if len(item["id"]) > ID_LENGTH:
            raise invalid("item.id", item["id"])
        match item.get("type"):
            case "message":
                _check_message(item)
            case "function_call":
                for key in ("name", "arguments"):
                    if not isinstance(item.get(key), str):
                        raise missing(f"item.{key}")
            case "function_call_output":
                if not isinstance(item.get("output"), str):
                    raise missing("item.output")
                if not any(one.get("call_id") == item.get("call_id") for one in self.by_id.values()):
                    raise invalid("item.call_id", item.get("call_id"))
            case kind:
                raise invalid("item.type", kind)


def _check_message(item: Event) -> None:
    if item.get("role") not in CONTENT:
        raise invalid("item.role", item.get("role"))
    for number, part in enumerate(item.get("content") or ()):
        if part.get("type") == "output_audio":
            raise missing(f"item.content[{number}].text")
        if part.get("type") not in CONTENT[item["role"]]:
            raise invalid(f"item.content[{number}].type", part.get("type"))


def _wrong_id(code: str, param: str, item_id: Any) -> CallerError:
    return CallerError(f"Invalid {param}: {item_id!r}.", code=code, param=param)
