"""The options of `orchestrator replay`."""

from __future__ import annotations

import argparse

import pytest

from orchestrator.terminal.replay_options import add_options


def test_one_call_or_several_can_be_named() -> None:
    """They are printed for people, unless JSON is wanted."""
    parser = argparse.ArgumentParser()
    add_options(parser)

    one = parser.parse_args(["sess_1", "--team", "new.yaml"])
    assert (one.call, one.team, one.last, one.format) == ("sess_1", "new.yaml", None, "text")
    several = parser.parse_args(["--last", "100", "--agent", "billing", "--format", "json"])
    assert (several.call, several.last, several.agent, several.format) == (None, 100, "billing", "json")
    for words in ("0", "many"):
        with pytest.raises(SystemExit):
            parser.parse_args(["--last", words])
