"""Ids in the spelling of the service."""

from __future__ import annotations

from orchestrator.protocol.ids import ALPHABET, DRAW, LONGEST_ID, make_id


def test_p41_ids_have_the_services_form_and_differ() -> None:
    """P41: a prefix and 21 letters or digits, new each time."""
    ids = {make_id("sess_") for _ in range(100)}

    assert len(ids) == 100
    assert all(one.startswith("sess_") and len(one) == 26 and one[5:].isalnum() for one in ids)


def test_an_id_can_begin_as_asked() -> None:
    """A worker's letter comes first; the length stays, and every prefix in use fits into 32 characters."""
    assert make_id("sess_", "W").startswith("sess_W")
    assert len(make_id("sess_", "W")) == len(make_id("sess_"))
    assert all(len(make_id(prefix)) <= LONGEST_ID for prefix in ("item_", "event_", "call_", "fco_"))


def test_every_letter_is_drawn() -> None:
    """Ids use the whole alphabet."""
    assert set("".join(make_id("") for _ in range(500))) == set(ALPHABET)


def test_ids_can_be_drawn_from_another_source() -> None:
    """A test of a team has the same in each run."""
    token = DRAW.set(bytes)
    try:
        assert make_id("item_") == make_id("item_") == "item_" + ALPHABET[0] * 21
    finally:
        DRAW.reset(token)
