"""`orchestrator test`: its options, and what it does.

orchestrator test [agents.yaml] [tests/*.yaml …] [--model X] [--brain X] [--repeat N] [--only TEXT]
                  [--by text|voice] [--junit FILE] [--coverage] [--fail-under PERCENT] [--mutate]

The exit code is 0 when no test has failed, and 1 when one has, or less is covered than demanded; a test that was
skipped has not failed.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors import OrchestratorError

if TYPE_CHECKING:
    from orchestrator.team.trials.cases import Case
    from orchestrator.trials.cast import Cast
    from orchestrator.trials.results import Result
    from orchestrator.trials.run import Options

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
    about = "text: in simulated time (default); voice: the caller speaks, in real time"
    parser.add_argument("--by", choices=("text", "voice"), default="text", help=about)
    parser.add_argument("--coverage", action="store_true", help="list what of the team the tests have taken")
    parser.add_argument("--fail-under", type=_percent, metavar="PERCENT", help="fail when less is covered")
    about = "leave out one rule, need or edge of the team at a time, and list what no test notices"
    parser.add_argument("--mutate", action="store_true", help=about)
    parser.add_argument("--junit", type=Path, metavar="FILE", help="file to write the results to, as JUnit XML")
    parser.add_argument("--write", metavar="CALL", help="make a test of a recorded call, by its id or a .jsonl file")
    parser.add_argument("--out", type=Path, metavar="FILE", help="file to write it to (default: standard output)")


def _count(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MOST_ATTEMPTS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_ATTEMPTS}")
    return int(text)


def _percent(text: str) -> float:
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        number = -1.0
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a percentage from 0 to 100")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Run the tests of a team, and report; or write one."""
    if arguments.write is not None:
        from orchestrator.trials.writing import write

        sys.stdout.write(f"{write(arguments.write, arguments.out)}\n")
        return 0
    if arguments.mutate and arguments.by == "voice":
        raise OrchestratorError("--mutate runs all tests for each rule, need and edge: do so by text.")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is imported: its threads would spin on every core
    from orchestrator.log import set_up_log
    from orchestrator.settings import hidden, read_settings
    from orchestrator.trials.reading import read
    from orchestrator.trials.reports.junit import junit
    from orchestrator.trials.reports.report import Report
    from orchestrator.trials.run import By, Options, each_result

    settings = read_settings(model=arguments.model)
    set_up_log(level="error", secrets=hidden(settings))
    cast, cases, warnings = read(arguments.files, wanted=settings.model, environ=os.environ)
    sys.stderr.writelines(f"warning: {problem}\n" for problem in warnings)
    report = Report(print, coloured=sys.stdout.isatty())
    options = Options(
        model=settings.model,
        brain=arguments.brain,
        repeat=arguments.repeat,
        only=arguments.only,
        by=By(arguments.by),
    )
    began, done = time.monotonic(), []
    for case, result in each_result(cast, cases, options):
        report.tell(case, result)
        done.append((case, result))
    if not done:
        raise OrchestratorError(none_of(cases, arguments.only))
    report.close(time.monotonic() - began)
    if arguments.junit:
        arguments.junit.write_text(junit(cast.team.name, done), encoding="utf-8")
    covered = measure(arguments, cast, done, options, tell=print)
    return 1 if any(result.bad for _, result in done) or not covered else 0


def measure(
    arguments: argparse.Namespace,
    cast: Cast,
    done: Sequence[tuple[Case, Result]],
    options: Options,
    *,
    tell: Callable[[str], None],
) -> bool:
    """Tell how much of the team its tests hold; return whether as much is covered as is demanded."""
    from orchestrator.trials.measures import measuring

    covered = True
    if arguments.coverage or arguments.fail_under is not None:
        coverage = measuring.coverage_of(cast, [result for _, result in done])
        tell(f"\n{coverage.table()}")
        covered = coverage.percent >= (arguments.fail_under or 0)
    if arguments.mutate:
        tell(f"\n{measuring.mutated(cast, done, options)}")
    return covered


def none_of(cases: Sequence[Case], only: str) -> str:
    """Return why no test has run."""
    if cases:
        names = ", ".join(repr(case.name) for case in cases)
        return f"No test has {only!r} in its name. There are {names}."
    from orchestrator.trials.measures.measuring import NO_TESTS

    return NO_TESTS
