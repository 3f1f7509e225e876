"""Which session each item of the call is on."""

from __future__ import annotations

from orchestrator.core.memory.items import REMEMBERED, Items


def test_items_have_an_owner_until_they_are_deleted() -> None:
    """An item that nobody told of has none."""
    items = Items("seed")
    items.add("i1", "front")
    assert (items.owner("i1"), items.owner("i2")) == ("front", None)

    items.forget("i1")
    items.forget("i2")
    assert items.owner("i1") is None


def test_p36_items_are_bounded() -> None:
    """P36: the oldest are forgotten first."""
    items = Items("seed")
    for number in range(REMEMBERED + 1):
        items.add(f"i{number}", "front")

    assert items.owner("i0") is None
    assert items.owner("i1") == "front"


def test_items_of_our_own_have_ids_of_the_services_spelling_that_nobody_can_guess() -> None:
    """They begin with the call's seed, and are short enough for the service however long the call is."""
    items = Items("0123456789abcdef")
    ids = [items.new_id() for _ in range(1000)]

    assert ids[0] == "msg_0123456789abcdef1"
    assert len(set(ids)) == 1000
    assert all(len(item_id) <= 32 for item_id in ids)
