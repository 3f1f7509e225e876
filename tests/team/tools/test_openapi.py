"""Operations of an OpenAPI file among an agent's tools."""

from __future__ import annotations

from orchestrator.team.tools import OpenApiRef


def test_a_file_can_stand_for_itself() -> None:
    """Its operations are only known once it is read."""
    found = OpenApiRef.model_validate({"openapi": "crm.yaml"})

    assert found.openapi.file == "crm.yaml"
    assert (found.names, found.more) == ((), True)


def test_operations_that_are_allowed_by_name_are_known() -> None:
    """Patterns may be any; a name of its own goes before them."""
    allowed = {"openapi": {"file": "crm.yaml", "allow": ["getCustomer", "search*"]}}

    assert OpenApiRef.model_validate(allowed).names == ("getCustomer",)
    assert OpenApiRef.model_validate({**allowed, "name": "look"}).names == ("look",)
