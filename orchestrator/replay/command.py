"""`orchestrator replay`: what is asked, what is printed, and the exit code."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable

from orchestrator.replay.exact import replay
from orchestrator.replay.report import report, told
from orchestrator.replay.source import lines_of

Print = Callable[[str], object]


def run(arguments: argparse.Namespace, show: Print) -> int:
    """Do what is asked; returns 0 when nothing is different, else 1."""
    if arguments.call is None:
        arguments.refuse("which call? Name an id of `orchestrator calls`, or a .jsonl file")
    return exact(arguments, show)


def exact(arguments: argparse.Namespace, show: Print) -> int:
    """Run a call through today's code."""
    done = replay(lines_of(arguments.call))
    if arguments.format == "json":
        show(json.dumps(told(done), indent=2, ensure_ascii=False))
    else:
        for line in report(done):
            show(line)
    return 0 if done.same else 1
