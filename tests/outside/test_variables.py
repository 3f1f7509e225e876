"""Values as they are meant."""

from __future__ import annotations

import pytest

from orchestrator.outside.variables import plain, variable


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("sk-abc", "sk-abc"),
        ("sk-abc\n", "sk-abc"),
        ("  sk-abc\r\n", "sk-abc"),
        ('"sk-abc"', "sk-abc"),
        ("'sk-abc'\n", "sk-abc"),
        ('" sk-abc "', "sk-abc"),
        ("\ufeffsk-abc", "sk-abc"),
        ("\ufeff \u200bsk-abc\u00a0", "sk-abc"),
        ('"sk-abc', '"sk-abc'),
        ('"Yes" or "no"', '"Yes" or "no"'),
        ('"it\'s"', "it's"),
        ('"', '"'),
        ('""', ""),
        ("two words", "two words"),
        ("", ""),
    ],
)
def test_p67_what_copying_leaves_around_a_value_is_no_part_of_it(written: str, meant: str) -> None:
    """P67: white space, newlines, marks, and one pair of quotes."""
    assert plain(written) == meant


def test_p67_a_variable_without_a_value_is_not_set() -> None:
    """P67: quotes and white space alone are no value."""
    assert [variable({"KEY": value}, "KEY") for value in ("", " \n", '""', "x\n")] == ["", "", "", "x"]
    assert variable({}, "KEY") == ""
