"""The items of a scripted session, and the rules of the service for them."""

from __future__ import annotations

from typing import Any

from orchestrator.errors import CallerError
from orchestrator.testing.session_object import invalid, missing

Event = dict[str, Any]
ID_LENGTH = 32
# Role → what its content may be when a client creates the item; an assistant's audio cannot be given back.
CONTENT = {
    "system": ("input_text",),
    "user": ("input_text", "input_audio", "input_image"),
    "assistant": ("output_text",),
}


class Conversation:
    """Items in order. Every method raises `CallerError` with the code that the service has for it."""

    def __init__(self) -> None:
        # Id → item, in the order of the conversation.
        self.items: dict[str, Event] = {}
        # Id of an assistant item → milliseconds of audio in it.
        self._ms: dict[str, float] = {}

    @property
    def spoken(self) -> bool:
        """Whether there is any audio of the assistant."""
        return bool(self._ms)

    def create(self, item: Event, after: str | None) -> Event:
        """Add an item that the client made: at the end, at the front (`root`), or after another."""
        self._check(item)
        if item["id"] in self.items:
            raise _bad_id("item_create_duplicate_item_id", "item.id", item["id"])
        if after not in (None, "root") and after not in self.items:
            raise _bad_id("item_create_invalid_previous_item_id", "previous_item_id", after)
        place = len(self.items) if after is None else 0 if after == "root" else list(self.items).index(after) + 1
        kept = {"object": "realtime.item", "status": "completed", **item}
        rows = list(self.items.items())
        self.items = dict([*rows[:place], (item["id"], kept), *rows[place:]])
        return kept

    def append(self, item: Event) -> Event:
        """Add an item that the service made."""
        self.items[item["id"]] = item
        return item

    def before(self, item_id: str) -> str | None:
        """Return the id of the item before another one."""
        order = [None, *self.items]
        return order[order.index(item_id) - 1]

    def produced(self, item_id: str, ms: float) -> None:
        """Count audio of an assistant item."""
        self._ms[item_id] = self._ms.get(item_id, 0.0) + ms

    def retrieve(self, item_id: Any) -> Event:
        """Return an item."""
        return self._known("retrieve", item_id)

    def delete(self, item_id: Any) -> None:
        """Take an item out."""
        del self.items[self._known("delete", item_id)["id"]]

    def truncate(self, item_id: Any, ms: Any) -> None:
        """Cut an assistant item to its first milliseconds; its transcript is lost."""
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
        if item_id not in self.items:
            raise _bad_id(f"item_{verb}_invalid_item_id", "item_id", item_id)
        return self.items[item_id]

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
                if not any(one.get("call_id") == item.get("call_id") for one in self.items.values()):
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


def _bad_id(code: str, param: str, item_id: Any) -> CallerError:
    return CallerError(f"The item id {item_id!r} is not right here.", code=code, param=param)
