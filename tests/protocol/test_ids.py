"""Ids made by the gateway."""

from __future__ import annotations

from orchestrator.protocol.ids import make_id


def test_p41_ids_have_the_services_form_and_differ() -> None:
    """P41: a prefix and 21 letters or digits, new each time."""
    ids = {make_id("sess_") for _ in range(100)}

    assert len(ids) == 100
    assert all(one.startswith("sess_") and len(one) == 26 and one[5:].isalnum() for one in ids)
