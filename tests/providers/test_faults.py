"""What a service says of an error decides whether another try can help."""

from __future__ import annotations

import pytest

from orchestrator.providers.faults import FATAL_CODES, HTTP_CODES, fault


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"type": "error", "error": {"code": "x"}}, {"code": "x"}),
        ({"type": "error", "error": "odd"}, {}),
        ({"type": "error"}, {}),
    ],
)
def test_an_error_that_cannot_be_read_tells_nothing(event: dict[str, object], told: dict[str, str]) -> None:
    """Services differ in how they write it; nothing raises."""
    assert fault(event) == told


def test_a_connection_that_is_refused_for_its_key_or_model_is_final() -> None:
    """No retry makes a key right."""
    assert set(HTTP_CODES.values()) <= FATAL_CODES
