"""Which agent's session holds each item of the call: a caller's application names items, and one session has each.

Items stay where they are when the caller moves on, so they can be read, cut and deleted later too. Our own items get
their ids here, spelled as the service spells them; the seed, which is different for each call, keeps a caller from
naming one beforehand.
"""

from __future__ import annotations

from collections import OrderedDict

REMEMBERED = 2000  # items; older ones can no longer be named
SEED = 16  # characters of a seed at most


class Items:
    """Item id → agent, oldest first."""

    def __init__(self, seed: str) -> None:
        # What our own ids begin with; the service takes ids of 32 characters.
        assert len(seed) <= SEED
        self._prefix = f"msg_{seed}"
        # How many items of our own there are.
        self._count = 0
        # The agents, by item.
        self._owners: OrderedDict[str, str] = OrderedDict()

    def new_id(self) -> str:
        """Return the id for another item of our own."""
        self._count += 1
        return f"{self._prefix}{self._count}"

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
