"""How a share of the calls is written on the command line."""

from __future__ import annotations

import argparse

import pytest

from orchestrator.terminal.team_options import share


@pytest.mark.parametrize(("text", "read"), [("10%", 0.1), ("0.25", 0.25), ("100 %", 1.0)])
def test_a_share_is_written_in_either_way(text: str, read: float) -> None:
    """As in the team file."""
    assert share(text) == read


@pytest.mark.parametrize("text", ["0", "150%", "some", "", "-5%"])
def test_what_is_no_share_is_refused(text: str) -> None:
    """With how to write one."""
    with pytest.raises(argparse.ArgumentTypeError, match=r"write 10% or 0\.1"):
        share(text)
