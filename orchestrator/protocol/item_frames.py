"""The echo of an item, recognised without parsing it: a service reports each one that it was given, twice."""

from __future__ import annotations

import re

_TEXT = r'[^"\\\x00-\x1f]'
# The beginning of the two frames, as it is usually written. Another order, or escaped text, takes the full path.
_OPENING = re.compile(
    rf'\{{"type": ?"conversation\.item\.(?:added|done)", ?"event_id": ?"{_TEXT}{{0,512}}", ?'
    rf'(?:"previous_item_id": ?(?:null|"{_TEXT}*"), ?)?'
    rf'"item": ?\{{(?:"object": ?"{_TEXT}*", ?)?(?:"type": ?"{_TEXT}*", ?)?"id": ?"({_TEXT}+)"'
)


def reported_item(frame: str) -> str | None:
    """Return the id of the item that a frame reports; None when it reports none, or has to take the full path."""
    opened = _OPENING.match(frame)
    return None if opened is None else opened[1]
