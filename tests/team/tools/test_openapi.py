"""Operations of an OpenAPI file among an agent's tools."""

from __future__ import annotations

from orchestrator.team.tools import OpenApiRef


def test_a_file_can_stand_for_itself() -> None:
    """Its operations are only known once it is read."""
    found = OpenApiRef.model_validate({"openapi": "crm.yaml"})

    assert found.openapi.file == "crm.yaml"
    assert (found.names, found.more) == ((), True)
