"""The order of items in the caller's one conversation, although several sessions contribute to it. Sans-I/O."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

REMEMBERED = 2000  # items; older ones are forgotten


class History:
    """The order of the items that the caller has seen."""

    def __init__(self) -> None:
        # Item ids, oldest first.
        self._order: list[str] = []
        # The same ids, for fast look-up.
        self._known: set[str] = set()
        # Item → where the caller asked to insert it ("root", or the id of the previous item).
        self._wanted: dict[str, str] = {}

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._known

    def kept(self) -> dict[str, Any]:
        """Return, as JSON could hold it, all that is remembered."""
        return {"order": list(self._order), "wanted": dict(self._wanted)}

    def restore(self, kept: Mapping[str, Any]) -> None:
        """Remember what another history has `kept`."""
        self._order, self._wanted = list(kept["order"]), dict(kept["wanted"])
        self._known = set(self._order)

    def want(self, item_id: str, after: str | None) -> None:
        """Note where the caller wants an item that it is creating."""
        if after is None:
            return
        self._wanted[item_id] = after
        if len(self._wanted) > REMEMBERED:
            self._wanted.pop(next(iter(self._wanted)))

    def before(self, item_id: str) -> str | None:
        """Return the id of the previous item; a new item goes to the end, or where the caller wanted it."""
        if item_id not in self._known:
            self._place(item_id)
        at = self._order.index(item_id) if self._order[-1] != item_id else len(self._order) - 1
        return self._order[at - 1] if at > 0 else None

    def _place(self, item_id: str) -> None:
        after = self._wanted.pop(item_id, None)
        if len(self._order) >= REMEMBERED:
            self._known.discard(self._order.pop(0))
        if after == "root":
            self._order.insert(0, item_id)
        elif after in self._known:
            self._order.insert(self._order.index(after) + 1, item_id)
        else:
            self._order.append(item_id)
        self._known.add(item_id)

    def remove(self, item_id: str) -> None:
        """Remove an item (`conversation.item.deleted`)."""
        if item_id in self._known:
            self._known.discard(item_id)
            self._order.remove(item_id)
