"""The options of `orchestrator tools`.

orchestrator tools [TEAM] [--format text|json]
orchestrator tools call NAME [ARGUMENTS] [--team FILE] [--agent A] [--set VARIABLE=VALUE] [--format text|json]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

CALL = "call"
USAGE = """orchestrator tools [TEAM] [--format {text,json}]
       orchestrator tools call NAME [ARGUMENTS] [--team FILE] [--agent AGENT] [--set VARIABLE=VALUE]"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.usage = USAGE
    about = "the team file (default: agents.yaml); or `call`, the name of a tool, and its arguments as JSON"
    parser.add_argument("words", nargs="*", action=Words, metavar="TEAM", help=about)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.add_argument("--team", metavar="FILE", help="the team file, for `call` (default: agents.yaml)")
    parser.add_argument("--agent", help="the agent that calls it (default: the first one that has it)")
    about = "a variable as the tool finds it (repeatable)"
    parser.add_argument("--set", action="append", default=[], type=assignment, metavar="VARIABLE=VALUE", help=about)
    parser.set_defaults(tool=None, arguments="{}")


class Words(argparse.Action):
    """Reads what has no option: the team file, or a call of a tool."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, words: Any, option: str | None = None
    ) -> None:
        """Set `team`, or `tool` and `arguments`."""
        given: Sequence[str] = words or ()
        if given[:1] != [CALL]:
            if len(given) > 1:
                parser.error(f"unknown words: {' '.join(given[1:])}")
            if given:
                namespace.team = given[0]
            return
        if not 2 <= len(given) <= 3:
            parser.error(
                """write the name of the tool, then its arguments in quotes: call find_order '{"number": 7}'"""
            )
        namespace.tool, namespace.arguments = given[1], given[2] if len(given) == 3 else "{}"


def assignment(text: str) -> tuple[str, str]:
    """Read `variable=value`."""
    name, sign, value = text.partition("=")
    if not sign or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} sets no variable: write customer=7 or name='Ann Smith'")
    return name.strip(), value
