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
    """P58: a replay makes the same ones, another call others; none tells the seed, or what the next one is like."""
    seed = "0123456789abcdef" * 2
    ids, again, other = ([items.new_id() for _ in range(1000)] for items in (Items(seed), Items(seed), Items("other")))

    assert ids == again
    assert len({*ids, *other}) == 2000
    assert all(one.startswith("msg_") and len(one) <= 32 and seed[:8] not in one for one in ids)
    assert len({one[:10] for one in ids}) > 990
    assert Items(seed).new_id("call_").startswith("call_")


def test_a_function_call_is_the_teams_or_the_applications() -> None:
    """P58: an id of the team's can no longer be used by the caller's application, the other way round it can."""
    items = Items("seed")
    assert items.add_call("call_0", "front")
    assert items.caller_of("call_0") == "front"

    items.reserve_call("call_0")
    assert not items.add_call("call_0", "front")
    assert (items.caller_of("call_0"), items.caller_of("call_1")) == (None, None)
