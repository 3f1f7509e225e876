"""The options of `orchestrator replay`.

orchestrator replay CALL
"""

from __future__ import annotations

import argparse


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `orchestrator replay`."""
    parser.add_argument("call", nargs="?", metavar="CALL", help="id of a recorded call, or a .jsonl file")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
