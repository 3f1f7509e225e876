"""The options of `orchestrator replay`.

orchestrator replay CALL [--team FILE] [--by voice]
orchestrator replay --last N [--team FILE] [--agent A] [--ending E] [--since T] [--until T] [--text WORDS]
"""

from __future__ import annotations

import argparse

from orchestrator.terminal.call_options import add_filter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `orchestrator replay`."""
    parser.add_argument("call", nargs="?", metavar="CALL", help="id of a recorded call, or a .jsonl file")
    parser.add_argument("--team", metavar="FILE", help="an edited team file: what would it have changed?")
    parser.add_argument("--last", type=_count, metavar="N", help="the newest N calls that have ended, in place of one")
    about = "say what the caller said again, in real time, and show the new call beside the old one"
    parser.add_argument("--by", choices=("voice",), help=about)
    add_filter(parser)
    about = "default: text; json of several calls is one object a line, the last one sums them up"
    parser.add_argument("--format", choices=("text", "json"), default="text", help=about)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of calls")
    return int(text)
