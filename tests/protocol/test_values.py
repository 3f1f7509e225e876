"""Values are counted before a text is parsed."""

from __future__ import annotations

import json

import pytest

from orchestrator.protocol.values import more_values


@pytest.mark.parametrize(
    ("value", "more"),
    [
        ([0] * 50, False),
        ([0] * 200, True),
        ([[]] * 60, True),
        ({str(number): {} for number in range(60)}, True),
        (["," * 1000], False),
        (['"[{,' * 300, "\\"], False),
        ("x" * 1000, False),
    ],
    ids=["few", "elements", "brackets", "fields", "text", "quotes", "long"],
)
def test_p53_elements_fields_and_brackets_count(value: object, more: bool) -> None:
    """P53: and nothing that is within a text."""
    assert more_values(json.dumps(value), 100) is more
