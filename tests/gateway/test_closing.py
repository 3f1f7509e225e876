"""The table of close codes."""

from __future__ import annotations

import pytest

from orchestrator.core.events import Ending
from orchestrator.gateway import closing


def test_codes_are_unique_and_legal() -> None:
    """Each code stands once; those of our own lie in the ranges that applications may use."""
    codes = [row.code for row in closing.TABLE]

    assert len(codes) == len(set(codes))
    assert all(code in (1000, 1001, 1009, 1011, 1012, 1013, 1014) or 3000 <= code <= 4999 for code in codes)


def test_every_ending_of_a_call_has_a_code_of_the_table() -> None:
    """However a call ends, its caller learns what that means and whether to connect again."""
    assert set(closing.CODES) == set(Ending)
    assert set(closing.CODES.values()) <= set(closing.BY_CODE)


def test_the_printed_table_says_whether_reconnecting_helps() -> None:
    """The printed table has one row for each code, with an answer in the last column."""
    lines = closing.close_table().splitlines()

    assert lines[0] == "| code | meaning | connect again? |"
    assert len(lines) == len(closing.TABLE) + 2
    assert all(line.split("|")[3].strip() in ("yes", "no", "later") for line in lines[2:])


@pytest.mark.parametrize("reason", ["", "short", "x" * 500, "ü" * 100])
def test_reasons_fit_into_a_close_frame(reason: str) -> None:
    """A reason is cut to 123 bytes, never inside a character."""
    cut = closing.plain(reason)

    assert len(cut.encode()) <= 123
    assert reason.startswith(cut)
