"""`orchestrator replay`: what is asked, what is printed, and the exit code."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from orchestrator.records import Filter
from orchestrator.replay import edited_report, report
from orchestrator.replay.batch import Row, Summary, rows
from orchestrator.replay.edited import Edited, Verdict, compare
from orchestrator.replay.edited_team import read_edited
from orchestrator.replay.exact import Exact, replay
from orchestrator.replay.source import archive, lines_of

Print = Callable[[str], object]
WANTED = ("agent", "ending", "text", "since", "until")


def run(arguments: argparse.Namespace, show: Print) -> int:
    """Do what is asked; returns 1 when a call is different, else 0."""
    if (arguments.call is None) == (arguments.last is None):
        arguments.refuse("which calls? Name an id of `orchestrator calls` or a .jsonl file, or use --last")
    if arguments.last is None and any(getattr(arguments, name) is not None for name in WANTED):
        arguments.refuse(f"{', '.join(f'--{name}' for name in WANTED)} can only be used with --last")
    again: Callable[[Iterator[str]], Edited | Exact] = replay
    if arguments.team is not None:
        again = partial(compare, team=read_edited(arguments.team))
    return one(arguments, again, show) if arguments.last is None else several(arguments, again, show)


def one(arguments: argparse.Namespace, again: Callable[[Iterator[str]], Edited | Exact], show: Print) -> int:
    """Run one call again."""
    done = again(lines_of(arguments.call))
    if isinstance(done, Edited):
        lines, told, same = edited_report.report(done), edited_report.told(done), done.verdict is not Verdict.CHANGED
    else:
        lines, told, same = report.report(done), report.told(done), done.same
    for line in [json.dumps(told, indent=2, ensure_ascii=False)] if arguments.format == "json" else lines:
        show(line)
    return 0 if same else 1


def several(arguments: argparse.Namespace, again: Callable[[Iterator[str]], Edited | Exact], show: Print) -> int:
    """Run the newest calls again, and show each as soon as it has run."""
    summary, as_json = Summary(), arguments.format == "json"
    wanted = Filter(**{name: getattr(arguments, name) for name in WANTED})
    for row in rows(archive(), wanted, arguments.last, again):
        summary.take(row)
        show(_line(row.told()) if as_json else _shown(row))
    for line in [_line(summary.told())] if as_json else ["", *summary.report()]:
        show(line)
    return 0 if summary.same else 1


def _line(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False)


def _shown(row: Row) -> str:
    started = time.strftime("%Y-%m-%d %H:%M", time.localtime(row.started))
    return f"{started}  {row.call:28}  {row.verdict:9}  {'; '.join(row.what)}".rstrip()
