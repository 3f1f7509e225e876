"""The options of `orchestrator calls`."""

from __future__ import annotations

import argparse
import time
from datetime import datetime

import pytest

from orchestrator.cli import parser
from orchestrator.terminal.call_options import moment


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], {"action": "find", "limit": 50, "format": "text", "agent": None}),
        (["--agent", "billing", "--format", "json"], {"action": "find", "agent": "billing", "format": "json"}),
        (["show", "sess_1"], {"action": "show", "call": "sess_1", "format": "text"}),
        (["export", "sess_1", "--format", "vtt"], {"action": "export", "format": "vtt", "out": None}),
        (["delete", "sess_1", "sess_2"], {"action": "delete", "calls": ["sess_1", "sess_2"]}),
        (["purge"], {"action": "purge", "before": None}),
    ],
)
def test_each_action_has_its_options(words: list[str], wanted: dict[str, object]) -> None:
    """Without one, calls are listed."""
    read = vars(parser().parse_args(["calls", *words]))

    assert {name: read[name] for name in wanted} == wanted


def test_a_time_is_a_date_or_how_long_ago_it_was() -> None:
    """Dates are local."""
    assert moment("2026-11-28") == datetime(2026, 11, 28).timestamp()
    assert moment("2026-11-28 16:30") == datetime(2026, 11, 28, 16, 30).timestamp()
    assert time.time() - moment("2 days") == pytest.approx(2 * 86400, abs=60)
    assert time.time() - moment("1 hour") == pytest.approx(3600, abs=60)
    with pytest.raises(argparse.ArgumentTypeError, match="is not a time: write 2026-11-28"):
        moment("yesterday")
