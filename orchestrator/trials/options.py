"""`orchestrator test`: its options, and what it does.

orchestrator test [agents.yaml] [tests/*.yaml …] [--model X] [--brain X] [--repeat N] [--only TEXT]
                  [--junit FILE]

The exit code is 0 when no test has failed, and 1 when one has; a test that was skipped has not failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors import OrchestratorError

if TYPE_CHECKING:
    from orchestrator.team.trials.cases import Case

MOST_ATTEMPTS = 100


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    about = "the team file (default: agents.yaml), then files of tests (default: tests.yaml and tests/*.yaml beside it)"
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=about)
    parser.add_argument("--model", help="provider/model for agents that name none")
    parser.add_argument(
        "--brain", metavar="MODEL", help="provider/model of simulated callers and judges that name none"
    )
    parser.add_argument("--repeat", type=_count, default=1, metavar="N", help="attempts at each test; reports pass^k")
    parser.add_argument("--only", default="", metavar="TEXT", help="tests with this text in their name")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="file to write the results to, as JUnit XML")


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_ATTEMPTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_ATTEMPTS}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Run the tests of a team, and report."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: its threads would spin on every core
    from orchestrator.log import set_up_log
    from orchestrator.settings import hidden, read_settings
    from orchestrator.trials.junit import junit
    from orchestrator.trials.reading import read
    from orchestrator.trials.report import Report
    from orchestrator.trials.run import Options, each_result

    settings = read_settings(model=arguments.model)
    set_up_log(level="error", secrets=hidden(settings))
    cast, cases, warnings = read(arguments.files, wanted=settings.model, environ=os.environ)
    sys.stderr.writelines(f"warning: {problem}\n" for problem in warnings)
    report = Report(print, coloured=sys.stdout.isatty())
    options = Options(brain=arguments.brain, repeat=arguments.repeat, only=arguments.only)
    began, done = time.monotonic(), []
    for case, result in each_result(cast, cases, options):
        report.tell(case, result)
        done.append((case, result))
    if not done:
        raise OrchestratorError(none_of(cases, arguments.only))
    report.close(time.monotonic() - began)
    if arguments.junit:
        arguments.junit.write_text(junit(cast.team.name, done), encoding="utf-8")
    return 1 if any(result.bad for _, result in done) else 0


def none_of(cases: Sequence[Case], only: str) -> str:
    """Return why no test has run."""
    if cases:
        names = ", ".join(repr(case.name) for case in cases)
        return f"No test has {only!r} in its name. There are {names}."
    return "There are no tests. Write them under `tests:` in the team file, or in tests.yaml beside it."
