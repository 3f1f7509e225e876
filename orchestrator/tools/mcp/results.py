"""What a server's answer becomes for the model: its text, or its data as JSON; what is neither is only named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_types import CallToolResult, ContentBlock

ONLY = "result"  # the key under which a server puts a value that is no object
NOTHING = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    told: Any  # what the model is told: text, or what is written as JSON
    value: Any  # what templates see as `result`


def answer(result: CallToolResult) -> Answer:
    """Read the result of a tool that has worked."""
    texts = [block.text for block in result.content if block.type == "text"]
    others = [named(block) for block in result.content if block.type != "text"]
    data = _data(result.structured_content, texts)
    if data is not NOTHING and not others:
        return Answer(data, data)
    told = "\n".join([*texts, *others])
    return Answer(told or None, told if data is NOTHING else data)


def failure(result: CallToolResult) -> str:
    """Return what a tool says of its failure; "" if it says nothing."""
    return "\n".join(block.text for block in result.content if block.type == "text").strip()


def _data(structured: Any, texts: list[str]) -> Any:
    """Return the data of a result; `NOTHING` if its text is more than data written as JSON."""
    own = structured[ONLY] if isinstance(structured, dict) and structured.keys() == {ONLY} else structured
    if not texts and structured is not None:
        return own
    read = [_read(text) for text in texts]
    if structured is not None and (_same(read, own) or _same(read, structured)):
        return own
    return read[0] if structured is None and len(read) == 1 and isinstance(read[0], dict | list) else NOTHING


def _same(read: list[Any], data: Any) -> bool:
    return read == [data] or (isinstance(data, list) and read == data)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def named(block: ContentBlock) -> str:
    """Name a part of a result that is no text."""
    match block.type:
        case "image" | "audio":
            return f"[{block.type}, {block.mime_type}: it cannot be shown]"
        case "resource_link":
            return f"[resource {block.uri}]"
        case _:
            return f"[resource {getattr(getattr(block, 'resource', None), 'uri', '')}]"
