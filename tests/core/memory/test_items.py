"""Which session each item of the call is on."""

from __future__ import annotations

from orchestrator.core.memory.items import REMEMBERED, Items


def test_items_have_an_owner_until_they_are_deleted() -> None:
    """An item that nobody told of has none."""
    items = Items()
    items.add("i1", "front")
    assert (items.owner("i1"), items.owner("i2")) == ("front", None)

    items.forget("i1")
    items.forget("i2")
    assert items.owner("i1") is None


def test_p36_items_are_bounded() -> None:
    """P36: the oldest are forgotten first."""
    items = Items()
    for number in range(REMEMBERED + 1):
        items.add(f"i{number}", "front")

    assert items.owner("i0") is None
    assert items.owner("i1") == "front"
