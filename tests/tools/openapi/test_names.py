"""Names that services take."""

from __future__ import annotations

from orchestrator.tools.openapi.names import LONGEST, unlike, usable


def test_other_signs_become_underscores() -> None:
    """One for several, none at the ends."""
    assert usable("get/customers/{id}") == "get_customers_id"
    assert usable("filter[name]") == "filter_name"
    assert usable("address", "city") == "address_city"
    assert usable("名前") == "value"
    assert len(usable("x" * 100)) == LONGEST


def test_a_name_that_is_taken_gives_way() -> None:
    """To the next one, and at last to one with a number."""
    assert unlike({}, "id", "body_id") == "id"
    assert unlike({"id"}, "id", "body_id") == "body_id"
    assert unlike({"id", "body_id", "body_id_2"}, "id", "body_id") == "body_id_3"
    assert unlike({"x" * LONGEST}, "x" * LONGEST) == "x" * 60 + "_2"
