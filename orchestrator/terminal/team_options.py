"""The options of `orchestrator teams`.

orchestrator teams [--url URL] [--key KEY] [--format text|json]
orchestrator teams reload NAME
orchestrator teams rollback NAME HASH
orchestrator teams canary NAME SHARE
orchestrator teams promote NAME
"""

from __future__ import annotations

import argparse

URL = "http://127.0.0.1:8080"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `orchestrator teams`, and the actions below it."""
    _add_server(parser, URL)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    parser.set_defaults(action="list", format="text")
    actions = parser.add_subparsers(metavar="ACTION")
    for action, about in (
        ("reload", "read the files of a team again, whether they have changed or not"),
        ("rollback", "give new calls a version from before"),
        ("canary", "give a share of the new calls what is in the files now"),
        ("promote", "give all new calls the version that a share of them gets"),
    ):
        added = actions.add_parser(action, help=about)
        added.add_argument("team", metavar="NAME")
        if action == "rollback":
            added.add_argument("hash", metavar="HASH", help="the beginning of it is enough")
        if action == "canary":
            added.add_argument("share", metavar="SHARE", type=share, help="of the new calls, for example 10%%")
        _add_server(added, argparse.SUPPRESS)
        added.set_defaults(action=action)


def _add_server(parser: argparse.ArgumentParser, default: str) -> None:
    parser.add_argument("--url", default=default, help=f"server to ask (default: {URL})")
    key = "key to ask it with (default: ORCHESTRATOR_ADMIN_KEY, else ORCHESTRATOR_API_KEY)"
    parser.add_argument("--key", default=default if default == argparse.SUPPRESS else None, help=key)


def share(text: str) -> float:
    """Read a share: `10%` or `0.1`."""
    number = text.strip()
    try:
        found = float(number.removesuffix("%")) / (100 if number.endswith("%") else 1)
    except ValueError:
        found = 0.0
    if not 0 < found <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share: write 10% or 0.1")
    return found
