"""The options of `orchestrator calls`.

orchestrator calls [--agent A] [--ending E] [--since T] [--until T] [--text WORDS]
orchestrator calls show ID
orchestrator calls export ID --format jsonl|vtt|wav
orchestrator calls delete ID …
orchestrator calls purge [--before T]
"""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from pathlib import Path

UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of `orchestrator calls`, and the actions below it."""
    add_filter(parser)
    parser.add_argument("--team", help="calls with this team")
    parser.add_argument("--limit", type=int, default=50, help="the newest so many (default: 50)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    actions = parser.add_subparsers(metavar="ACTION")
    show_parser = actions.add_parser("show", help="show what happened in a call")
    show_parser.add_argument("call", metavar="ID")
    show_parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    show_parser.set_defaults(action="show")
    export_parser = actions.add_parser("export", help="write the record, the subtitles or the sound of a call")
    export_parser.add_argument("call", metavar="ID")
    export_parser.add_argument("--format", choices=("jsonl", "vtt", "wav"), default="jsonl", help="default: jsonl")
    export_parser.add_argument("--out", type=Path, metavar="FILE", help="file to write (default: standard output)")
    export_parser.set_defaults(action="export")
    delete_parser = actions.add_parser("delete", help="delete calls, with their recordings")
    delete_parser.add_argument("calls", metavar="ID", nargs="+")
    delete_parser.set_defaults(action="delete")
    purge_parser = actions.add_parser("purge", help="delete the calls that were kept long enough")
    purge_parser.add_argument("--before", type=moment, metavar="TIME", help="and all that ended before then")
    purge_parser.set_defaults(action="purge")
    parser.set_defaults(action="find")


def add_filter(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which calls are wanted."""
    parser.add_argument("--agent", help="calls in which this agent had the caller")
    parser.add_argument("--ending", help="how they ended, for example left or failed; open: they have not")
    parser.add_argument("--text", metavar="WORDS", help="calls in which these words were said")
    parser.add_argument("--since", type=moment, metavar="TIME", help="2026-11-28, '2026-11-28 16:00' or '2 days' ago")
    parser.add_argument("--until", type=moment, metavar="TIME", help="up to then")


def moment(text: str) -> float:
    """Read a time, local, or how long ago it was; returns unix seconds."""
    number, _, unit = text.strip().partition(" ")
    if number.isdigit() and (seconds := UNITS.get(unit.strip().removesuffix("s"))):
        return time.time() - int(number) * seconds
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except ValueError:
        message = f"{text!r} is not a time: write 2026-11-28, '2026-11-28 16:00' or '2 days'"
        raise argparse.ArgumentTypeError(message) from None
