"""What was said, as events of a call tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.core.events import CallerTyped, Event, ResponseFinished, TurnTranscribed

TELLING = (CallerTyped, ResponseFinished, TurnTranscribed)  # the events that tell of words


def words(event: Event) -> Iterator[tuple[str, str, str]]:
    """Yield who said something, the id of the item in which they did, and what."""
    match event:
        case TurnTranscribed(item_id=item_id, text=str(text)):
            yield "caller", item_id, text
        case CallerTyped(item=item):
            yield from (("caller", item_id, text) for item_id, text in _texts(item))
        case ResponseFinished(session=session, payload=payload):
            for item in listed(within(payload, "response"), "output"):
                yield from ((session.agent, item_id, text) for item_id, text in _texts(item))


def _texts(item: object) -> Iterator[tuple[str, str]]:
    """Yield the words of a message item, spoken or written."""
    for part in listed(item, "content"):
        said = within(part, "transcript") or within(part, "text")
        if isinstance(said, str):
            yield str(within(item, "id") or ""), said


def within(said: object, key: str) -> Any:
    """Return what a peer may have sent under a key; None when it has not."""
    return said.get(key) if isinstance(said, Mapping) else None


def listed(said: object, key: str) -> list[Any]:
    """Return a list that a peer may have sent under a key."""
    inner = within(said, key)
    return inner if isinstance(inner, list) else []
