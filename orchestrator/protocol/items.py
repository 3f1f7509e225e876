"""The items of a conversation, checked and completed as the service does."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

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


def new_item(
    given: Mapping[str, Any],
    path: str = "item",
    *,
    without: Collection[str] = (),
    make_id: Callable[[str], str] = make_id,
) -> dict[str, Any]:
    """Return the complete item that a client's checked one becomes.

    `without` are content types that the session cannot take; one of them raises `CallerError`.
    """
    item = {key: value for key, value in given.items() if value is not None}
    item |= {"id": given.get("id") or make_id("item_"), "object": "realtime.item", "status": "completed"}
    if given["type"] == "function_call":
        item.setdefault("call_id", make_id("call_"))
    for at, part in enumerate(given.get("content", ())):
        if part["type"] in without:
            message = f"This session takes no content of type {part['type']!r}."
            raise CallerError(message, code="unsupported_content_type", param=f"{path}.content[{at}].type")
    if given["type"] == "message":
        item["content"] = [_kept(part) for part in given["content"]]
    return item


def _kept(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return a content part as it is kept: of what an assistant said, only the text."""
    if part["type"] == "output_audio":
        return {"type": "output_text", "text": part["text"]}
    return {"transcript": None, **part} if part["type"] == "input_audio" else dict(part)


def words(item: Mapping[str, Any]) -> str:
    """Return the words of a message item, typed or spoken."""
    parts = item.get("content") or []
    return " ".join(str(part.get("text") or part.get("transcript") or "") for part in parts).strip()
