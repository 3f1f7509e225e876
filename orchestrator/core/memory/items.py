"""Which agent's session each item of the call is on: a caller's application names items, and only one session has each.

Items stay where they are when the caller moves on, so they can be read, cut and deleted later too.
"""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 2000  # items; older ones can no longer be named


class Items:
    """Item id → agent, oldest first."""

    def __init__(self) -> None:
        # The agents, by item.
        self._owners: OrderedDict[str, str] = OrderedDict()

    def add(self, item_id: str, agent: str) -> None:
        """Note that an item is on an agent's session."""
        self._owners[item_id] = agent
        if len(self._owners) > REMEMBERED:
            self._owners.popitem(last=False)

    def owner(self, item_id: str) -> str | None:
        """Return the agent on whose session an item is."""
        return self._owners.get(item_id)

    def forget(self, item_id: str) -> None:
        """Note that an item was deleted."""
        self._owners.pop(item_id, None)
