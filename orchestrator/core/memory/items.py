"""Which agent's session holds each item of the call: a caller's application names items, and one session has each.

Items stay where they are when the caller moves on, so they can be read, cut and deleted later too. What the team adds
or does gets its id here, spelled as the service spells ids. It follows from the seed, which is different for each call
and told to nobody: whoever sees some of our ids cannot guess another.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import TypeVar

REMEMBERED = 2000  # items, and function calls; older ones can no longer be named
SIZE = 12  # bytes of an id: with its prefix it stays under the 32 characters that the service takes
V = TypeVar("V")


class Items:
    """Item id → agent, oldest first."""

    def __init__(self, seed: str) -> None:
        # What our own ids follow from.
        self._seed = seed.encode()
        # How many of them there are.
        self._count = 0
        # The agents, by item.
        self._owners: OrderedDict[str, str] = OrderedDict()
        # The agents, by the id of a function call that the caller's application has added; None: it is the team's.
        self._calls: OrderedDict[str, str | None] = OrderedDict()

    def new_id(self, prefix: str = "msg_") -> str:
        """Return another id of our own."""
        self._count += 1
        return prefix + hashlib.blake2b(str(self._count).encode(), key=self._seed, digest_size=SIZE).hexdigest()

    def add(self, item_id: str, agent: str) -> None:
        """Note that an item is on an agent's session."""
        _keep(self._owners, item_id, agent)

    def add_call(self, call_id: str, agent: str) -> bool:
        """Note that the caller's application has added a function call; False when its id is one of the team's."""
        if call_id in self._calls and self._calls[call_id] is None:
            return False
        _keep(self._calls, call_id, agent)
        return True

    def reserve_call(self, call_id: str) -> None:
        """Note that a function call is the team's: no output of the caller's can be the answer."""
        _keep(self._calls, call_id, None)

    def caller_of(self, call_id: str) -> str | None:
        """Return the agent on whose session a function call is that the caller's application has added."""
        return self._calls.get(call_id)

    def owner(self, item_id: str) -> str | None:
        """Return the agent on whose session an item is."""
        return self._owners.get(item_id)

    def forget(self, item_id: str) -> None:
        """Note that an item was deleted."""
        self._owners.pop(item_id, None)


def _keep(table: OrderedDict[str, V], key: str, value: V) -> None:
    table[key] = value
    if len(table) > REMEMBERED:
        table.popitem(last=False)
