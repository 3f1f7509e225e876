"""The options of `orchestrator replay`."""

from __future__ import annotations

import argparse

from orchestrator.terminal.replay_options import add_options


def test_a_call_is_named() -> None:
    """It is printed for people, unless JSON is wanted."""
    parser = argparse.ArgumentParser()
    add_options(parser)

    assert (parser.parse_args(["sess_1"]).call, parser.parse_args(["sess_1"]).format) == ("sess_1", "text")
    assert parser.parse_args(["x", "--format", "json"]).format == "json"
