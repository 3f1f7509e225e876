"""The list of pain points: complete, and each held by a test that exists."""

from __future__ import annotations

from tests.docs.generated import GROUPS, held
from tests.docs.pages import PAIN_POINTS, rows, table


def test_the_list_and_the_tests_name_the_same_points() -> None:
    """No number in a test points nowhere; no line goes without a test."""
    listed = [row[0] for group in GROUPS for row in rows(table(PAIN_POINTS, group))]

    assert listed == [f"P{number:02}" for number in range(1, len(listed) + 1)]
    assert {point for test in held() for point in test.points} == set(listed)
